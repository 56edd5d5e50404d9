"""Activity: the ledger as its customer reads it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import NotFound
from vault.services.activity.named_records import NamedRecord, named
from vault.services.activity.search import EVERYTHING, Span, Wanted, day_span, search
from vault.services.open_vault import OpenVault
from vault.services.snapshots import snapshot
from vault.storage import clients, grants, ledger, refusals, vaults
from vault.storage.ledger import Entry
from vault.storage.store import Store

PAGE = 50
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the activity: what happened when, with its details and the vendor's name.

    `repeated` counts further refusals of the same kind within that hour. `hash` (hex) is what the
    chain continues: the ledger's head, at the time.
    """

    number: int
    at: int
    what: str
    details: Mapping[str, Any]
    vendor: str = ""
    repeated: int = 0
    hash: str = ""

    @property
    def client_id(self) -> str:
        """The vendor that it was about; empty where it was about none."""
        return str(self.details.get("client", ""))

    @property
    def records(self) -> list[str]:
        """The ids of the records that it was about."""
        stated = self.details.get("records", "")
        if isinstance(stated, list):
            return stated
        return [stated[start : start + 32] for start in range(0, len(stated), 32)]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A page of the activity, newest first; `head` is the ledger's newest hash, in hex.

    `next` is where older entries go on. `stopped_at` is set where the search gave up before the
    page was full: the time of the last entry that it looked at. `earlier` and `later` are, of one
    day's page, the nearest days on which something happened.
    """

    entries: list[Event]
    head: str
    next: int | None
    stopped_at: int | None = None
    earlier: dt.date | None = None
    later: dt.date | None = None


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """One entry with a page of its records; `next` is the `after` of the following page."""

    event: Event
    records: list[NamedRecord]
    next: int | None


class Activity:
    """Reads the ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self,
        vault: OpenVault,
        before: int | None = None,
        limit: int = PAGE,
        wanted: Wanted = EVERYTHING,
    ) -> ActivityPage:
        """A page of the entries wanted with numbers below `before`."""
        with self._store.database.read() as conn:
            row = vaults.find(conn, vault.vault_id)
            day = day_span(conn, vault.vault_id, row.ledger_number, wanted.day)
            end = day.end if before is None else min(before, day.end)
            found = search(conn, vault.ring, Span(day.first, end), wanted, limit)
            return ActivityPage(
                entries=list(self._events(conn, vault, found.entries)),
                head=row.ledger_head.hex(),
                next=found.next,
                stopped_at=found.stopped_at,
                earlier=_day_of(conn, vault, day.first - 1) if wanted.day else None,
                later=_day_of(conn, vault, day.end) if wanted.day else None,
            )

    def entry(
        self, vault: OpenVault, number: int, after: int = 0, limit: int = PAGE
    ) -> OpenedEntry:
        """One entry, with the records it names from the one at place `after` on.

        NotFound where there is no such entry.
        """
        with self._store.database.read() as conn:
            found = list(
                ledger.read(conn, vault.ring, before=number + 1, after=number - 1, limit=1)
            )
            if not found:
                raise NotFound("There is no such entry.")
            [event] = self._events(conn, vault, found)
            ids = event.records[after : after + limit]
            records = list(named(snapshot(conn, vault.ring), ids))
        more = len(event.records) > after + limit
        return OpenedEntry(event, records, after + limit if more else None)

    def everything(self, vault: OpenVault) -> Iterator[Event]:
        """All entries, oldest first, the last of them saying that they were taken along.

        That one is written at once. They are read a few at a time, so however many there are they
        need little memory, and no transaction stays open while somebody downloads.
        """
        with self._store.database.write() as conn:
            locked = vaults.lock(conn, vault.vault_id)
            event, now = LedgerEvent.ACTIVITY_EXPORTED, self._store.clock()
            ledger.append(conn, self._store.keys, locked, event, {}, now)
        return self._up_to(vault, locked.ledger_number + 1)

    def _up_to(self, vault: OpenVault, last: int) -> Iterator[Event]:
        for start in range(0, last, _AT_ONCE):
            end = min(start + _AT_ONCE, last) + 1
            with self._store.database.read() as conn:
                entries = ledger.read(
                    conn, vault.ring, after=start, before=end, limit=_AT_ONCE, oldest_first=True
                )
                events = list(self._events(conn, vault, list(entries)))
            yield from events

    def _events(self, conn: Connection, vault: OpenVault, entries: list[Entry]) -> Iterator[Event]:
        ids = {entry.details["client"] for entry in entries if "client" in entry.details}
        known = clients.find_any(conn, sorted(ids))
        counts = refusals.counts(conn, vault.vault_id)
        for entry in entries:
            details = entry.details
            client = known.get(details.get("client", ""))
            name = client.name if client else details.get("clientName", details.get("client", ""))
            repeated = 0
            if entry.what == LedgerEvent.REFUSAL:
                hour = entry.at // refusals.HOUR
                place = (bytes.fromhex(details["grant"]), details["reason"], hour)
                repeated = max(counts.get(place, 1) - 1, 0)
            head = entry.hash.hex()
            yield Event(entry.number, entry.at, entry.what, details, name, repeated, head)

    def reads(self, vault: OpenVault, limit: int) -> list[Event]:
        """The latest disclosures; found by the times and counts that stand in clear."""
        with self._store.database.read() as conn:
            read = [row for row in grants.rows(conn, vault.vault_id) if row.last_read_at]
        if not read:
            return []
        began, latest = (row.created_at for row in read), (row.last_read_at for row in read)
        limit = min(limit, sum(row.reads for row in read))
        wanted = Wanted(events=frozenset({LedgerEvent.DISCLOSURE}))
        return self._between(vault, min(began), max(latest), limit, wanted)

    def of_consent(self, vault: OpenVault, grant_id: str, limit: int) -> list[Event]:
        """The latest entries about one consent; NotFound for another vault's."""
        with self._store.database.read() as conn:
            row = grants.find(conn, vault.vault_id, grants.id_of(grant_id))
            counts = refusals.counts(conn, vault.vault_id)
            changed = grants.changed(conn, vault.vault_id).get(row.grant_id)
        times = [row.created_at, row.last_read_at, row.ended_at, row.deleted_at, changed]
        times += [(hour + 1) * refusals.HOUR for grant, _, hour in counts if grant == row.grant_id]
        latest = max(at for at in times if at is not None)
        wanted = Wanted(grant_id=row.grant_id.hex())
        return self._between(vault, row.created_at, latest, limit, wanted)

    def _between(
        self, vault: OpenVault, since: int, until: int, limit: int, wanted: Wanted
    ) -> list[Event]:
        """What is wanted between two moments, so that nothing else is opened in vain."""
        with self._store.database.read() as conn:
            last = vaults.find(conn, vault.vault_id).ledger_number
            first = ledger.first_since(conn, vault.vault_id, last, since)
            end = ledger.first_since(conn, vault.vault_id, last, until + 1)
            found = search(conn, vault.ring, Span(first, end), wanted, limit)
            return list(self._events(conn, vault, found.entries))


def _day_of(conn: Connection, vault: OpenVault, number: int) -> dt.date | None:
    """The day of an entry; None where there is none."""
    at = ledger.time_of(conn, vault.vault_id, number)
    return None if at is None else dt.datetime.fromtimestamp(at, dt.UTC).date()
