"""From what an address says to what the service is asked."""

from typing import Any

from vault.services.lists import Query
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
