"""Looking through the ledger for one page: what is wanted, and how far a search goes at once.

Who and what an entry is about is sealed with it, so a search opens entries one by one, each at the
price of an HPKE operation. It stops where the page is full, and at `MOST_OPENED`, and says so.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from vault.storage import ledger
from vault.storage.keyring import KeyRing
from vault.storage.ledger import Entry

MOST_OPENED = 500
"""Entries that are opened for one page: some 50 ms."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the activity: a vendor, one consent, some events, a day (UTC)."""

    client_id: str = ""
    grant_id: str = ""
    events: frozenset[str] = frozenset()
    day: dt.date | None = None

    def has(self, entry: Entry) -> bool:
        """Whether an entry is wanted; its day is looked up beforehand."""
        return (
            (not self.client_id or entry.details.get("client") == self.client_id)
            and (not self.grant_id or entry.details.get("grant") == self.grant_id)
            and (not self.events or entry.what in self.events)
        )


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Span:
    """The entries from one number up to another that is left out."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `next` is where to go on below, None at the end.

    `stopped_at` is the time of the last entry that was looked at, where the search gave up first.
    """

    entries: list[Entry]
    next: int | None = None
    stopped_at: int | None = None


def day_span(conn: Connection, vault_id: bytes, last: int, day: dt.date | None) -> Span:
    """The entries of a day; all of them for none."""
    if day is None:
        return Span(1, last + 1)
    midnight = int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
    first, end = (
        ledger.first_since(conn, vault_id, last, moment) for moment in (midnight, midnight + 86_400)
    )
    return Span(first, end)


def search(conn: Connection, ring: KeyRing, span: Span, wanted: Wanted, limit: int) -> Found:
    """At most `limit` of the entries wanted, newest first."""
    found: list[Entry] = []
    last: Entry | None = None
    most = max(MOST_OPENED, limit)
    read = ledger.read(conn, ring, before=span.end, after=span.first - 1, limit=most + 1)
    for looked, entry in enumerate(read):
        if last is not None and len(found) == limit:
            return Found(found, last.number)
        if last is not None and looked == most:
            return Found(found, last.number, last.at)
        last = entry
        if wanted.has(entry):
            found.append(entry)
    return Found(found)
