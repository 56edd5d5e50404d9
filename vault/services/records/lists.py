"""Lists: a kind's lines from the index, searched, filtered and sorted, a page at a time."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from vault.domain.compartments import Compartment, Kind
from vault.domain.listing import Listing
from vault.services.snapshots import Snapshot
from vault.storage import segments
from vault.storage.segments import Segment

ENOUGH_SEGMENTS = 4
"""A filtered list reads at least this many before it stops with a full page."""


@dataclass(frozen=True)
class Query:
    """What narrows a list, and its order. `after` is the `next` of the page before.

    `gift` True asks for gifts alone, False for none, None for both. Amounts compare within
    whatever currency a line has.
    """

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
    limit: int = 50


class Row(NamedTuple):
    """One line as the index has it."""

    id: str
    gift: bool
    listing: Listing


@dataclass(slots=True)
class Summary:
    """What a list amounts to. `complete` is False where only its first part was looked at."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    seller_names: set[str] = field(default_factory=set)
    complete: bool = True

    @property
    def sellers(self) -> int:
        """How many sellers there are."""
        return len(self.seller_names)

    def add(self, listing: Listing) -> None:
        """Count one line."""
        self.count += 1
        if listing.seller:
            self.seller_names.add(listing.seller)
        if listing.amount and listing.currency:
            self.add_sum(listing.currency, Decimal(listing.amount))

    def add_sum(self, currency: str, amount: Decimal) -> None:
        """Add an amount to its currency's sum."""
        self.sums[currency] = self.sums.get(currency, Decimal(0)) + amount

    def add_segment(self, segment: Segment) -> None:
        """Count a whole segment by its summary."""
        self.count += segment.count
        self.seller_names.update(segment.summary["sellers"])
        for currency, amount in segment.summary["sums"].items():
            self.add_sum(currency, Decimal(amount))


_SORTS: dict[str, tuple[Callable[[Row], object], bool]] = {
    "newest": (lambda row: (row.listing.date, row.id), True),
    "oldest": (lambda row: (row.listing.date or "9999", row.id), False),
    "largest": (lambda row: (Decimal(row.listing.amount or "-Infinity"), row.id), True),
    "smallest": (lambda row: (Decimal(row.listing.amount or "Infinity"), row.id), False),
    "seller": (lambda row: (row.listing.seller.casefold(), row.id), False),
    "title": (lambda row: (row.listing.title.casefold(), row.id), False),
    "due": (lambda row: (row.listing.until or "9999", row.id), False),
}


def narrows(query: Query) -> bool:
    """Whether a query leaves anything out."""
    return any(
        (
            query.search.strip(),
            query.seller,
            query.category,
            query.since,
            query.until,
            query.least is not None,
            query.most is not None,
            query.site,
        )
    )


def fits(query: Query) -> Callable[[Listing], bool]:
    """The test that a query's lines pass."""
    if not narrows(query):
        return lambda _: True
    words = query.search.casefold().split()
    since = query.since.isoformat() if query.since else ""
    until = query.until.isoformat() if query.until else ""

    def test(line: Listing) -> bool:
        if query.seller and line.seller != query.seller:
            return False
        if query.category and line.category != query.category:
            return False
        if query.site and line.place != query.site:
            return False
        if (since and line.date < since) or (until and not "" < line.date <= until):
            return False
        return _affordable(query, line) and _found(words, line)

    return test


def _affordable(query: Query, line: Listing) -> bool:
    if query.least is None and query.most is None:
        return True
    if not line.amount:
        return False
    amount = Decimal(line.amount)
    return (query.least is None or amount >= query.least) and (
        query.most is None or amount <= query.most
    )


def _found(words: Sequence[str], line: Listing) -> bool:
    if not words:
        return True
    text = f"{line.title}\n{line.seller}\n{line.number}\n{line.category}".casefold()
    return all(word in text for word in words)


def compartments(kind: Kind, query: Query) -> list[Compartment]:
    """Where a kind's lines stand: both twins, the gifts alone, or none of them.

    For a kind that only names gifts, the twin belongs to the list whatever was asked.
    """
    gift, twin = query.gift, kind.gift_compartment
    if twin is None:
        return [kind.compartment]
    if kind is not Kind.PURCHASE or gift is None:
        return [kind.compartment, twin]
    return [twin] if gift else [kind.compartment]


def rows(now: Snapshot, segment: Segment, passes: Callable[[Listing], bool]) -> list[Row]:
    """The lines of a segment that pass a test."""
    columns = segments.read_lines(now.conn, now.ring, segment)
    gift = segment.compartment.is_gifts
    lines = map(Listing._make, zip(*(columns[name] for name in Listing._fields), strict=True))
    pairs = zip(columns["id"], lines, strict=True)
    return [Row(record_id, gift, line) for record_id, line in pairs if passes(line)]


def find(now: Snapshot, kind: Kind, query: Query) -> tuple[list[Row], str | None, Summary]:
    """A page of lines, what to ask for the next one, and what the whole list amounts to.

    Newest first, which is how the index stands, a page opens only the segments that it needs; any
    other order looks at every line.
    """
    heads = [
        head
        for compartment in compartments(kind, query)
        for head in segments.heads(now.conn, now.ring, compartment, now.horizon)
    ]
    if query.sort == "newest":
        return _newest(now, heads, query)
    return _sorted(now, heads, query)


def _newest(
    now: Snapshot, heads: list[Segment], query: Query
) -> tuple[list[Row], str | None, Summary]:
    heads.sort(key=lambda head: head.last_date, reverse=True)
    passes, narrowed = fits(query), narrows(query)
    summary = Summary()
    if not narrowed:
        for head in heads:
            summary.add_segment(head)
    found: list[Row] = []
    for number, head in enumerate(heads):
        if _full(found, query, head) and (not narrowed or number >= ENOUGH_SEGMENTS):
            summary.complete = not narrowed
            break
        fitting = rows(now, head, passes)
        if narrowed:
            for row in fitting:
                summary.add(row.listing)
        found += [row for row in fitting if query.after is None or _token(row) < query.after]
        found.sort(key=lambda row: (row.listing.date, row.id), reverse=True)
        del found[query.limit + 1 :]
    page = found[: query.limit]
    following = _token(page[-1]) if len(found) > query.limit else None
    return page, following, summary


def _full(found: list[Row], query: Query, head: Segment) -> bool:
    """Whether no line of this segment, nor of an older one, can stand on the page."""
    return len(found) > query.limit and found[query.limit].listing.date > head.last_date


def _token(row: Row) -> str:
    return f"{row.listing.date}~{row.id}"


def _sorted(
    now: Snapshot, heads: list[Segment], query: Query
) -> tuple[list[Row], str | None, Summary]:
    passes = fits(query)
    summary = Summary()
    found = [row for head in heads for row in rows(now, head, passes)]
    for row in found:
        summary.add(row.listing)
    key, descending = _SORTS.get(query.sort, _SORTS["newest"])
    found.sort(key=key, reverse=descending)  # type: ignore[arg-type]
    start = int(query.after) if query.after and query.after.isdecimal() else 0
    page = found[start : start + query.limit]
    end = start + len(page)
    return page, str(end) if end < len(found) else None, summary


def choices(now: Snapshot, kind: Kind) -> dict[str, list[str]]:
    """The sellers, categories and places that stand in a kind's list, in order, by summaries."""
    found: dict[str, set[str]] = {"sellers": set(), "categories": set(), "places": set()}
    for compartment in compartments(kind, Query()):
        for head in segments.heads(now.conn, now.ring, compartment, now.horizon):
            for name, values in found.items():
                values.update(head.summary[name])
    return {name: sorted(values, key=str.casefold) for name, values in found.items()}
