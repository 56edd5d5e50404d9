"""What a set of terms releases of a vault: the one place where fields, sellers and dates apply.

A vendor's page, and *What they will see* on the consent page, are made by this same code.
Compartments that the terms do not reach are not refused here: their keys are not in the ring.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from typing import Any, NamedTuple

from sqlalchemy import Connection

from vault.crypto.wire import WireKey
from vault.domain.compartments import Compartment, Kind
from vault.domain.policy import Denied
from vault.domain.terms import Terms
from vault.storage import records
from vault.storage.batches import BatchReader
from vault.storage.keyring import KeyRing
from vault.storage.records import StoredRecord
from vault.storage.tombstones import Tombstone

_FIRST_SCAN = 100
_SCAN = 1_000


class Released(NamedTuple):
    """One record as the terms show it, and where it came from (for the ledger)."""

    record: StoredRecord
    item: dict[str, Any]


class Release:
    """Opens what terms allow, in the order of changes."""

    def __init__(
        self, conn: Connection, ring: KeyRing, terms: Terms, wire: WireKey, horizon: int
    ) -> None:
        """Read up to the change `horizon`, which the transaction's snapshot has."""
        self.horizon = horizon
        self._conn = conn
        self._ring = ring
        self._terms = terms
        self._wire = wire
        self._reader = BatchReader(conn, ring)

    def visible(self, kind: Kind, after: int, wanted: int) -> Iterator[Released]:
        """Every record of a kind that may be seen, above a change, oldest change first.

        `wanted` only sizes the first scan: withheld rows are passed over in silence.
        """
        streams = [
            self._stream(compartment, after, wanted) for compartment in self._compartments(kind)
        ]
        found = streams[0] if len(streams) == 1 else merge(*streams, key=lambda one: one.change)
        for record in found:
            if self._terms.allows(kind, record.data, gift=record.is_gift):
                yield Released(record, self.show(kind, record))

    def show(self, kind: Kind, record: StoredRecord) -> dict[str, Any]:
        """The granted fields of a record under its id on the wire."""
        rule = self._terms.rules[kind]
        shown = rule.project(record.data, gift=record.is_gift)
        shown["id"] = self._wire.wire_id(record.record_id).hex()
        if kind is Kind.LICENSE and Kind.LICENSE_KEY in self._terms.rules:
            self._add_keys(record, shown)
        return shown

    def one(self, kind: Kind, record_id: bytes) -> Released | None:
        """A record by its id; None where there is none that may be seen."""
        vault_id = self._ring.vault_id
        rows = records.sealed_rows(self._conn, vault_id, record_id, self.horizon)
        reached = {int(compartment) for compartment in self._compartments(kind)}
        known = [row for row in rows if row.compartment in reached]
        for record in records.decrypt(self._reader, known):
            if self._terms.allows(kind, record.data, gift=record.is_gift):
                return Released(record, self.show(kind, record))
        return None

    def _compartments(self, kind: Kind) -> list[Compartment]:
        rule = self._terms.rules.get(kind)
        if rule is None:
            return []
        twin = kind.gift_compartment
        return [kind.compartment, twin] if rule.gifts and twin else [kind.compartment]

    def _stream(self, compartment: Compartment, after: int, wanted: int) -> Iterator[StoredRecord]:
        size = max(wanted, _FIRST_SCAN)
        while True:
            rows = records.scan(
                self._conn, self._ring.vault_id, compartment, after, self.horizon, size
            )
            yield from records.decrypt(self._reader, rows)
            if len(rows) < size:
                return
            after, size = rows[-1].change, _SCAN

    def _add_keys(self, record: StoredRecord, shown: dict[str, Any]) -> None:
        """Put a license's keys beside it, where the terms grant the keys of this license."""
        rule = self._terms.rules[Kind.LICENSE_KEY]
        if isinstance(rule.decide(Kind.LICENSE, record.data, gift=record.is_gift), Denied):
            return
        if record.data.get("hasKey"):
            keys = self._keys.get(record.record_id.hex())
            if keys:
                shown["keys"] = keys

    @cached_property
    def _keys(self) -> dict[str, list[str]]:
        """The keys that may be read, by the license that each is linked to.

        A vendor's keys open no index, and an imported license is not linked to its keys.
        """
        found: dict[str, list[str]] = {}
        for compartment in self._compartments(Kind.LICENSE_KEY):
            for record in self._stream(compartment, 0, _SCAN):
                for link in record.data.get("links", ()):
                    found.setdefault(link, []).append(record.data["key"])
        return found


Event = tuple[int, Released | Tombstone]
"""A change number with what happened at it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a page brings: the items, the ids that are gone, and how far it reaches."""

    released: list[Released]
    gone: list[bytes]
    upto: int
    more: bool


def changes(
    release: Release,
    buried: list[Tombstone],
    kind: Kind,
    after: int,
    limit: int,
) -> Changes:
    """A page of at most `limit` changes above `after`: what may be seen, and what is gone.

    A record is gone where the vendor had seen it (its first tombstone's row was opened no later
    than the cursor) and may not see what stands in its place (the last one does not continue).
    """
    seen = release.visible(kind, after, limit + 1)
    events: list[Event] = []
    deaths: Iterator[Event] = ((one.change, one) for one in buried if one.change <= release.horizon)
    births: Iterator[Event] = ((one.record.change, one) for one in seen)
    tagged = merge(deaths, births, key=lambda event: event[0]) if buried else births
    counted: set[bytes] = set()
    for event in tagged:
        subject = _record_id(event[1])
        if len(counted) >= limit and subject not in counted:
            upto = events[-1][0]
            return _page(events, after, upto, more=True)
        counted.add(subject)
        events.append(event)
    return _page(events, after, release.horizon, more=False)


def _record_id(event: Released | Tombstone) -> bytes:
    return event.record_id if isinstance(event, Tombstone) else event.record.record_id


def _page(events: list[Event], after: int, upto: int, *, more: bool) -> Changes:
    released = [event for _, event in events if isinstance(event, Released)]
    shown = {one.record.record_id for one in released}
    first: dict[bytes, Tombstone] = {}
    last: dict[bytes, Tombstone] = {}
    for _, event in events:
        if isinstance(event, Tombstone):
            first.setdefault(event.record_id, event)
            last[event.record_id] = event
    gone = [
        record_id
        for record_id, tomb in last.items()
        if record_id not in shown and first[record_id].since <= after and not tomb.continues
    ]
    return Changes(released, gone, upto, more)
