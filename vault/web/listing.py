"""From what an address says, or a record, to what the service is asked."""

from collections.abc import Mapping
from typing import Any

from vault.domain.compartments import Kind
from vault.services.records.lists import Query
from vault.services.records.records import Line
from vault.web.blueprint import open_vault, services
from vault.web.forms.search import gift_choice
from vault.web.kinds import KindPage

PAGE_LINES = 50


def query_of(form: Any, words: KindPage) -> Query:
    """The query of a list; a date or amount that is none narrows nothing and is shown as wrong."""
    sort = form.sort.data if form.sort.data in words.sorts else next(iter(words.sorts))
    return Query(
        search=form.q.data or "",
        seller=form.seller.data or "",
        category=form.category.data or "",
        since=form.since.data,
        until=form.until.data,
        least=form.least.data,
        most=form.most.data,
        gift=gift_choice(form),
        site=form.site.data or "",
        sort=sort,
        after=form.after.data or None,
        limit=PAGE_LINES,
    )


def items_of(kind: Kind, record: Mapping[str, Any]) -> list[Line]:
    """The purchases that were ordered with an order, by its number; none for another record."""
    number = record.get("orderNumber", "") if kind is Kind.ORDER else ""
    if not number:
        return []
    found = services().records.page(open_vault(), Kind.PURCHASE, Query(search=number)).lines
    return [line for line in found if line.number == number]
