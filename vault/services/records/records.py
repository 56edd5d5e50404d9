"""Records by hand: lists, one record, adding, changing, deleting, and a license's keys."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vault.domain.aliases import KEPT
from vault.domain.compartments import Kind
from vault.domain.corrections import chosen, edited
from vault.domain.events import LedgerEvent
from vault.domain.records import check
from vault.domain.statements import BOOKKEEPING
from vault.services.changes import Change
from vault.services.open_vault import OpenVault
from vault.services.records import by_hand, gift_moves, lists
from vault.services.records.license_keys import keys_of, stray_keys, with_keys
from vault.services.records.lists import Query, Row, Summary
from vault.services.snapshots import Snapshot, snapshot
from vault.services.withholding import may_be_gift
from vault.services.writing import writing
from vault.storage import grants, ledger, vaults
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list; `vendors` counts those that can see the record now.

    `withheld` says that it only may be a gift, under another name.
    """

    id: str
    gift: bool
    withheld: bool
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
        asked = [row for row in rows if consents or (row.gift and kind is Kind.PURCHASE)]
        read = now.read(bytes.fromhex(row.id) for row in asked) if asked else {}
        for row in rows:
            stored = read.get(bytes.fromhex(row.id))
            withheld = stored is not None and may_be_gift(stored)
            vendors = sum(
                one.terms.allows(kind, stored.data, gift=stored.is_gift)
                for one in consents
                if stored
            )
            gift = row.gift and not withheld
            yield Line(row.id, gift, withheld, vendors, **row.listing._asdict())

    def get(self, vault: OpenVault, kind: Kind, record_id: str) -> dict[str, Any]:
        """One record whole, with its id; NotFound where there is none.

        `withheld` stands in a purchase that only may be a gift.
        """
        with self._store.database.read() as conn:
            stored = snapshot(conn, vault.ring).find(kind, record_id)
        shown = {name: value for name, value in stored.data.items() if name != KEPT}
        withheld = {KEPT: True} if may_be_gift(stored) else {}
        return {**shown, **withheld, "id": record_id}

    def add(self, vault: OpenVault, kind: Kind, data: dict[str, Any]) -> str:
        """Add a record by hand; its id. `keys` of a license are sealed apart."""
        record_id = os.urandom(16)
        keys = data.pop("keys", []) if kind is Kind.LICENSE else []
        check(kind, data)
        with writing(self._store, vault) as (writer, now):
            changes = by_hand.placed(now, with_keys(kind, record_id, data, keys))
            changes += by_hand.followers(now, changes)
            details = {"kind": str(kind), "records": [record_id.hex()]}
            writer.apply(changes, LedgerEvent.RECORD_ADDED, lambda: details)
        return record_id.hex()

    def edit(self, vault: OpenVault, kind: Kind, record_id: str, data: dict[str, Any]) -> None:
        """Replace what a form shows of a record; no later import overrules what was changed."""
        keys = data.pop("keys", []) if kind is Kind.LICENSE else []
        added = {"hasKey": True} if any(key.strip() for key in keys) else {}

        def corrected(old: dict[str, Any]) -> dict[str, Any]:
            return edited(kind, old, data | added, frozenset(added))

        self._replace(vault, kind, record_id, corrected, keys)

    def choose(
        self, vault: OpenVault, kind: Kind, record_id: str, field: str, value: object
    ) -> None:
        """Settle what sources disagree about: from now on a field has the value chosen.

        It counts as corrected by hand. Raises Conflict where the sources do not disagree about it,
        or none of them states the value.
        """
        self._replace(vault, kind, record_id, lambda old: chosen(kind, old, field, value))

    def _replace(
        self,
        vault: OpenVault,
        kind: Kind,
        record_id: str,
        corrected: Callable[[dict[str, Any]], dict[str, Any]],
        keys: Sequence[str] = (),
    ) -> None:
        """Write what a record is once `corrected`, and move what follows from it."""
        with writing(self._store, vault) as (writer, now):
            stored = now.find(kind, record_id)
            data = corrected(stored.data)
            check(kind, {k: v for k, v in data.items() if k not in BOOKKEEPING})
            written = with_keys(kind, stored.record_id, data, keys, stored)
            changes = by_hand.placed(now, written)
            if changes[0].gift and not stored.is_gift:
                changes += [gift_moves.moved(key, gift=True) for key in keys_of(now, stored)]
            changes += by_hand.followers(now, changes)
            details = {"kind": str(kind), "records": [record_id]}
            writer.apply(changes, LedgerEvent.RECORD_CHANGED, lambda: details)

    def delete(self, vault: OpenVault, kind: Kind, ids: Sequence[str]) -> int:
        """Erase records, a license's keys with it; how many records of the kind that were."""
        with writing(self._store, vault) as (writer, now):
            stored = [now.find(kind, record_id) for record_id in dict.fromkeys(ids)]
            doomed = stored + [key for one in stored for key in keys_of(now, one)]
            changes = [
                Change(gift_moves.kind_of(one), one.record_id, None, old=one, gift=one.is_gift)
                for one in doomed
            ]
            changes += by_hand.withholding(now, changes).kept()
            details = {"kind": str(kind), "records": [one.record_id.hex() for one in stored]}
            writer.apply(changes, LedgerEvent.RECORDS_DELETED, lambda: details)
        return len(stored)

    def license_keys(self, vault: OpenVault, record_id: str) -> list[str]:
        """A license's keys in clear; that they were looked at stands in the ledger."""
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            stored = now.find(Kind.LICENSE, record_id)
            keys = [one.data["key"] for one in keys_of(now, stored)]
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

    def stray_keys(self, vault: OpenVault) -> int:
        """How many keys have no license in the vault; the export has them."""
        with self._store.database.read() as conn:
            return len(stray_keys(snapshot(conn, vault.ring)))

    def choices(self, vault: OpenVault, kind: Kind) -> dict[str, list[str]]:
        """The sellers, categories and places that a kind's list can be narrowed to."""
        with self._store.database.read() as conn:
            return lists.choices(snapshot(conn, vault.ring), kind)
