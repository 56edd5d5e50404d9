"""Gifts: the customer's own knowledge of which purchases say nothing about their taste."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.errors import NotFound
from vault.services import gift_moves
from vault.services.changes import Change
from vault.services.open_vault import OpenVault
from vault.services.snapshots import Snapshot, snapshot
from vault.services.writing import writing
from vault.storage import grants
from vault.storage.records import StoredRecord
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Marked:
    """How many records moved, and how many vendors stopped (or began) to see the purchases."""

    moved: int
    vendors: int


class Gifts:
    """Marks and unmarks gifts; what would betray one moves with it, in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mark(self, vault: OpenVault, ids: Sequence[str]) -> Marked:
        """Mark purchases as gifts. Confirmed when this returns: no later read shows them."""
        return self._set(vault, ids, gift=True)

    def unmark(self, vault: OpenVault, ids: Sequence[str]) -> Marked:
        """Say that purchases are no gifts."""
        return self._set(vault, ids, gift=False)

    def consequence(self, vault: OpenVault, ids: Sequence[str]) -> int:
        """How many vendors would stop seeing any of these purchases, were they marked."""
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            changes = [_toggled(one, gift=True) for one in _purchases(now, ids) if not one.is_gift]
            return self._affected(now, changes)

    def _set(self, vault: OpenVault, ids: Sequence[str], *, gift: bool) -> Marked:
        with writing(self._store, vault) as (writer, now):
            stored = [one for one in _purchases(now, ids) if one.is_gift is not gift]
            changes = [_toggled(one, gift=gift) for one in stored]
            vendors = self._affected(now, changes)
            changes += _followers(now, stored, gift=gift)
            what = LedgerEvent.GIFTS_MARKED if gift else LedgerEvent.GIFTS_UNMARKED
            details = {"records": [one.record_id.hex() for one in stored], "moved": len(changes)}
            writer.apply(changes, what, lambda: details)
        return Marked(len(changes), vendors)

    def _affected(self, now: Snapshot, changes: Sequence[Change]) -> int:
        """How many vendors see at least one of the purchases on one side of the change alone."""
        return sum(
            any(
                consent.terms.allows(Kind.PURCHASE, change.old.data, gift=change.old.is_gift)
                is not consent.terms.allows(Kind.PURCHASE, change.data or {}, gift=change.gift)
                for change in changes
                if change.old
            )
            for consent in grants.live(now.conn, now.ring, self._store.clock())
        )


def _purchases(now: Snapshot, ids: Sequence[str]) -> list[StoredRecord]:
    """The purchases with these ids; NotFound where one of them is none."""
    try:
        wanted = list(dict.fromkeys(map(bytes.fromhex, ids)))
    except ValueError:
        raise NotFound("There is no such purchase.") from None
    found = now.read(wanted)
    purchases = [one for one in found.values() if one.compartment.kind is Kind.PURCHASE]
    if len(purchases) != len(wanted):
        raise NotFound("There is no such purchase.")
    return purchases


def _toggled(stored: StoredRecord, *, gift: bool) -> Change:
    """The purchase with the customer's word on it, which no later import overrules."""
    data = {name: value for name, value in stored.data.items() if name != "isGift"}
    if gift:
        data["isGift"] = True
    data["edits"] = sorted({*data.get("edits", ()), "isGift"})
    return Change(Kind.PURCHASE, stored.record_id, data, old=stored, gift=gift)


def _followers(now: Snapshot, stored: Sequence[StoredRecord], *, gift: bool) -> Iterator[Change]:
    names = gift_moves.names_of(stored, now.same_sellers())
    if gift:
        return gift_moves.hide(now, names)
    remaining = gift_moves.present_gifts(now, frozenset(one.record_id for one in stored))
    return gift_moves.bring_back(now, names, remaining)
