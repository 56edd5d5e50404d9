"""From what an address says to what the service is asked."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vault.web.forms.search import gift_choice
from vault.web.kinds import KindPage

PAGE_LINES = 50


@dataclass(frozen=True)
class Query:
    """What narrows a list, and its order."""

    search: str = ""
    seller: str = ""
    category: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    gift: bool | None = None
    site: str = ""
    sort: str = "newest"
    after: str | None = None
    limit: int = PAGE_LINES


def query_of(form: Any, words: KindPage) -> Any:  # noqa: ANN401
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
