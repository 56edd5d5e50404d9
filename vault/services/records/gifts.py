"""Gifts: the customer's own knowledge of which purchases say nothing about their taste."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vault.domain.aliases import KEPT
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.errors import NotFound
from vault.services.changes import Change
from vault.services.open_vault import OpenVault
from vault.services.records import gift_moves
from vault.services.snapshots import Snapshot, snapshot
from vault.services.withholding import Withholding, bought
from vault.services.writing import writing
from vault.storage import grants
from vault.storage.consent_records import Consent
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
        """How many vendors would stop seeing a purchase, were these marked."""
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            marked = _marked(now, ids, gift=True)
            return self._affected(now, marked, lambda: _moved(now, marked, gift=True))

    def _set(self, vault: OpenVault, ids: Sequence[str], *, gift: bool) -> Marked:
        with writing(self._store, vault) as (writer, now):
            marked = _marked(now, ids, gift=gift)
            moved = _moved(now, marked, gift=gift)
            vendors = self._affected(now, marked, lambda: moved)
            changes = marked + moved
            changes += gift_moves.following(now, changes)
            what = LedgerEvent.GIFTS_MARKED if gift else LedgerEvent.GIFTS_UNMARKED
            records = [one.record_id.hex() for one in marked]
            details = {"records": records, "moved": len(changes)}
            writer.apply(changes, what, lambda: details)
        return Marked(len(changes), vendors)

    def _affected(
        self, now: Snapshot, marked: Sequence[Change], moved: Callable[[], Sequence[Change]]
    ) -> int:
        """How many vendors see at least one of the purchases on one side of the change alone.

        `moved` is asked only where it matters: it looks through the whole index.
        """
        consents = list(grants.live(now.conn, now.ring, self._store.clock()))
        others = [one for one in consents if not _is_affected(one, marked)]
        more = moved() if any(map(_may_be_affected, others)) else ()
        return len(consents) - len(others) + sum(_is_affected(one, more) for one in others)


def _may_be_affected(consent: Consent) -> bool:
    rule = consent.terms.rules.get(Kind.PURCHASE)
    return rule is not None and not rule.gifts


def _is_affected(consent: Consent, changes: Sequence[Change]) -> bool:
    """Whether a vendor sees one of the purchases on one side of the change alone."""
    return any(
        consent.terms.allows(Kind.PURCHASE, change.old.data, gift=change.old.is_gift)
        is not consent.terms.allows(Kind.PURCHASE, change.data or {}, gift=change.gift)
        for change in changes
        if change.old
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


def _marked(now: Snapshot, ids: Sequence[str], *, gift: bool) -> list[Change]:
    """The purchases with the customer's word on them; what is withheld takes either word."""
    return [_said(one, gift=gift) for one in _purchases(now, ids) if _differs(one, gift=gift)]


def _moved(now: Snapshot, marked: Sequence[Change], *, gift: bool) -> list[Change]:
    """The purchases that are withheld, or let go, because of that word."""
    replaced = frozenset(one.record_id for one in marked)
    gifts = [bought(one.record_id, one.data or {}) for one in marked if gift]
    return Withholding(now, replaced, gifts).moves()


def _differs(stored: StoredRecord, *, gift: bool) -> bool:
    return not stored.data.get("isGift") if gift else stored.is_gift


def _said(stored: StoredRecord, *, gift: bool) -> Change:
    """The purchase with the customer's word on it, which no later import overrules."""
    data = {name: value for name, value in stored.data.items() if name not in ("isGift", KEPT)}
    if gift:
        data["isGift"] = True
    data["edits"] = sorted({*data.get("edits", ()), "isGift"})
    return Change(Kind.PURCHASE, stored.record_id, data, old=stored, gift=gift)
