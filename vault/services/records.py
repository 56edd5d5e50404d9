"""Records by hand: lists, one record, adding, changing, deleting, and a license's keys."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vault.domain.compartments import Compartment, Kind
from vault.domain.events import LedgerEvent
from vault.domain.records import check
from vault.domain.relations import NAMING_KINDS, GiftNames, link_to, relate
from vault.domain.statements import BOOKKEEPING, statements_of
from vault.errors import Conflict, NotFound
from vault.services import gift_moves, lists
from vault.services.changes import Change
from vault.services.gift_moves import Named
from vault.services.lists import Query, Row, Summary
from vault.services.open_vault import OpenVault
from vault.services.snapshots import Snapshot, snapshot
from vault.services.writing import writing
from vault.storage import grants, ledger, vaults
from vault.storage.records import StoredRecord
from vault.storage.store import Store

OWN_FIELDS = (*BOOKKEEPING, "mismatches")
"""What a form does not set: where a record came from, what it belongs to, what was corrected."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list; `vendors` counts those that can see the record now."""

    id: str
    gift: bool
    vendors: int
    date: str
    title: str
    seller: str
    number: str
    amount: str
    currency: str
    category: str
    place: str
    until: str
    status: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `next` is the `after` of the following one."""

    lines: list[Line]
    next: str | None
    summary: Summary


class Records:
    """What the customer does with records one by one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, vault: OpenVault, kind: Kind, query: Query) -> Page:
        """A page of a kind's list."""
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            rows, following, summary = lists.find(now, kind, query)
            return Page(list(self.lines(now, kind, rows)), following, summary)

    def lines(self, now: Snapshot, kind: Kind, rows: Sequence[Row]) -> Iterator[Line]:
        """Rows of the index with the number of vendors that see each."""
        consents = list(grants.live(now.conn, now.ring, self._store.clock()))
        read = now.read(bytes.fromhex(row.id) for row in rows) if consents else {}
        for row in rows:
            stored = read.get(bytes.fromhex(row.id))
            vendors = sum(
                one.terms.allows(kind, stored.data, gift=stored.is_gift)
                for one in consents
                if stored
            )
            yield Line(row.id, row.gift, vendors, **row.listing._asdict())

    def get(self, vault: OpenVault, kind: Kind, record_id: str) -> dict[str, Any]:
        """One record whole, with its id; NotFound where there is none."""
        with self._store.database.read() as conn:
            stored = _find(snapshot(conn, vault.ring), kind, record_id)
        return {**stored.data, "id": record_id}

    def add(self, vault: OpenVault, kind: Kind, data: dict[str, Any]) -> str:
        """Add a record by hand; its id. `keys` of a license are sealed apart."""
        record_id = os.urandom(16)
        keys = data.pop("keys", []) if kind is Kind.LICENSE else []
        check(kind, data)
        with writing(self._store, vault) as (writer, now):
            changes = list(_with_keys(kind, record_id, data, keys))
            changes = [_placed(now, change) for change in changes]
            changes += _hidden_by(now, changes)
            details = {"kind": str(kind), "records": [record_id.hex()]}
            writer.apply(changes, LedgerEvent.RECORD_ADDED, lambda: details)
        return record_id.hex()

    def edit(self, vault: OpenVault, kind: Kind, record_id: str, data: dict[str, Any]) -> None:
        """Replace what a form shows of a record; no later import overrules what was changed."""
        keys = data.pop("keys", []) if kind is Kind.LICENSE else []
        added = {"hasKey": True} if any(key.strip() for key in keys) else {}

        def edited(old: dict[str, Any]) -> dict[str, Any]:
            return _edited(kind, old, data | added, frozenset(added))

        self._replace(vault, kind, record_id, edited, keys)

    def choose(
        self, vault: OpenVault, kind: Kind, record_id: str, field: str, value: object
    ) -> None:
        """Settle what sources disagree about: from now on a field has the value chosen.

        It counts as corrected by hand. Raises Conflict where the sources do not disagree about it,
        or none of them states the value.
        """
        self._replace(vault, kind, record_id, lambda old: _chosen(kind, old, field, value))

    def _replace(
        self,
        vault: OpenVault,
        kind: Kind,
        record_id: str,
        edited: Callable[[dict[str, Any]], dict[str, Any]],
        keys: Sequence[str] = (),
    ) -> None:
        """Write what a record is once `edited`, and move what follows from it."""
        with writing(self._store, vault) as (writer, now):
            stored = _find(now, kind, record_id)
            merged = edited(stored.data)
            check(kind, {k: v for k, v in merged.items() if k not in BOOKKEEPING})
            changes = [Change(kind, stored.record_id, merged, old=stored, gift=stored.is_gift)]
            if keys:
                changes = list(_with_keys(kind, stored.record_id, merged, keys, stored))
            changes = [_placed(now, change) for change in changes]
            if changes[0].gift and not stored.is_gift:
                changes += [gift_moves.moved(key, gift=True) for key in _keys_of(now, stored)]
            changes += _hidden_by(now, changes)
            details = {"kind": str(kind), "records": [record_id]}
            writer.apply(changes, LedgerEvent.RECORD_CHANGED, lambda: details)

    def delete(self, vault: OpenVault, kind: Kind, ids: Sequence[str]) -> int:
        """Erase records, a license's keys with it; how many records of the kind that were."""
        with writing(self._store, vault) as (writer, now):
            stored = [_find(now, kind, record_id) for record_id in dict.fromkeys(ids)]
            doomed = stored + [key for one in stored for key in _keys_of(now, one)]
            changes = [
                Change(gift_moves.kind_of(one), one.record_id, None, old=one, gift=one.is_gift)
                for one in doomed
            ]
            details = {"kind": str(kind), "records": [one.record_id.hex() for one in stored]}
            writer.apply(changes, LedgerEvent.RECORDS_DELETED, lambda: details)
        return len(stored)

    def license_keys(self, vault: OpenVault, record_id: str) -> list[str]:
        """A license's keys in clear; that they were looked at stands in the ledger."""
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            stored = _find(now, Kind.LICENSE, record_id)
            keys = [one.data["key"] for one in _keys_of(now, stored)]
        with self._store.database.write() as conn:
            locked = vaults.lock(conn, vault.vault_id)
            details = {"records": [record_id], "count": len(keys)}
            ledger.append(
                conn,
                self._store.keys,
                locked,
                LedgerEvent.LICENSE_KEYS_SHOWN,
                details,
                self._store.clock(),
            )
        return keys

    def choices(self, vault: OpenVault, kind: Kind) -> dict[str, list[str]]:
        """The sellers, categories and places that a kind's list can be narrowed to."""
        with self._store.database.read() as conn:
            return lists.choices(snapshot(conn, vault.ring), kind)


def _find(now: Snapshot, kind: Kind, record_id: str) -> StoredRecord:
    try:
        wanted = bytes.fromhex(record_id)
    except ValueError:
        raise NotFound("There is no such record.") from None
    stored = now.read([wanted]).get(wanted)
    if stored is None or stored.compartment.kind is not kind:
        raise NotFound("There is no such record.")
    return stored


def _chosen(kind: Kind, old: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    """The record with one of the values about which its sources disagree."""
    stated = [
        one["value"]
        for conflict in old.get("conflicts", ())
        if conflict["field"] == field
        for one in conflict["values"]
    ]
    if value not in stated:
        raise Conflict("Your sources do not disagree about this any more. Look at it again.")
    form = {name: one for name, one in old.items() if name not in OWN_FIELDS}
    return _edited(kind, old, {**form, field: value}, frozenset({field}))


def _edited(
    kind: Kind, old: dict[str, Any], form: dict[str, Any], settled: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The record as the form has it, and which fields the customer has changed by now.

    `settled` are fields that count as changed whatever they were.
    """
    # Marking is a use case of its own: it moves whatever would betray the gift.
    kept = {name: old[name] for name in (*OWN_FIELDS, "isGift") if name in old}
    merged = {**{name: value for name, value in form.items() if name != "isGift"}, **kept}
    names = (old.keys() | merged.keys()) - set(OWN_FIELDS)
    changed = {name for name in names if old.get(name) != merged.get(name)}
    edits = sorted({*old.get("edits", ()), *changed, *settled})
    if not edits or "source" not in old:
        return merged
    # What was corrected is not forgotten: the sources still say what they said.
    kept = {"edits": edits, "sources": [one.to_json() for one in statements_of(kind, old)]}
    conflicts = [one for one in old.get("conflicts", ()) if one["field"] not in edits]
    merged.pop("conflicts", None)
    return merged | kept | ({"conflicts": conflicts} if conflicts else {})


def _with_keys(
    kind: Kind,
    record_id: bytes,
    data: dict[str, Any],
    keys: Sequence[str],
    old: StoredRecord | None = None,
) -> Iterator[Change]:
    """A record, and the keys of a license as records of their own in a compartment of their own.

    A key carries the license's numbers, so that whatever hides the license hides the key.
    """
    ids = [os.urandom(16) for key in keys if key.strip()]
    if ids:
        linked = [*data.get("links", ()), *(one.hex() for one in ids)]
        data = {**data, "links": linked, "hasKey": True}
    gift = old.is_gift if old else bool(data.get("isGift"))
    yield Change(kind, record_id, data, old=old, gift=gift)
    named = ("seller", "orderNumber", "invoiceNumber")
    stated: dict[str, Any] = {name: data[name] for name in named if name in data}
    texts = [key.strip() for key in keys if key.strip()]
    for key_id, key in zip(ids, texts, strict=True):
        sealed = {**stated, "key": key, "links": [record_id.hex()]}
        yield Change(Kind.LICENSE_KEY, key_id, sealed, gift=gift)


def _keys_of(now: Snapshot, stored: StoredRecord) -> list[StoredRecord]:
    """The key records of a license, by hand or imported; empty for any other record."""
    if stored.compartment.kind is not Kind.LICENSE:
        return []
    wanted = link_to(stored.record_id.hex())
    linked = now.read(
        bytes.fromhex(line.record_id)
        for line in now.manifest(Compartment.LICENSE_KEYS, Compartment.GIFTS_LICENSE_KEYS)
        if wanted in line.tokens
    )
    return list(linked.values())


def _placed(now: Snapshot, change: Change) -> Change:
    """The change with its record in the twin, where it names a gift that is there already."""
    if change.kind not in NAMING_KINDS or change.gift or change.data is None:
        return change
    relation = relate(change.kind, change.record_id, change.data)
    gift = gift_moves.present_gifts(now).named_by(relation)
    return Change(change.kind, change.record_id, change.data, old=change.old, gift=gift)


def _hidden_by(now: Snapshot, changes: Sequence[Change]) -> Iterator[Change]:
    """What must move because of what was added or changed: a gift, or what names one."""
    touched = {change.record_id for change in changes}
    gifts = (
        relate(Kind.PURCHASE, one.record_id, one.data)
        for one in changes
        if one.kind is Kind.PURCHASE and one.gift and one.data
    )
    names = GiftNames(gifts, now.same_sellers())
    for one in changes:
        if one.kind in (Kind.INVOICE, Kind.LICENSE) and one.gift and one.data:
            relation = relate(one.kind, one.record_id, one.data)
            names.add(gift_moves.passing_on(Named(one.kind, one.record_id, relation)))
    for change in gift_moves.hide(now, names):
        if change.record_id not in touched:
            yield change
