"""What is written by hand: where it stands, and what moves because of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from vault.domain.compartments import Kind
from vault.domain.relations import NAMING_KINDS, GiftNames, relate
from vault.services.changes import Change
from vault.services.records import gift_moves
from vault.services.records.gift_moves import PASSING_ON, Named
from vault.services.snapshots import Snapshot
from vault.services.withholding import Withholding, bought


def withholding(snapshot: Snapshot, changes: Sequence[Change]) -> Withholding:
    """Where purchases stand after these changes: a gift comes, or goes, or an invoice of one."""
    there = [(one.kind, one.record_id, one.data) for one in changes if one.data]
    gifts = [
        bought(record_id, data)
        for kind, record_id, data in there
        if kind is Kind.PURCHASE and data.get("isGift")
    ]
    invoices = [
        (record_id, relate(kind, record_id, data))
        for kind, record_id, data in there
        if kind is Kind.INVOICE
    ]
    replaced = frozenset(one.record_id for one in changes if one.old)
    return Withholding(snapshot, replaced, gifts, lambda: invoices)


def placed(snapshot: Snapshot, changes: Iterable[Change]) -> list[Change]:
    """The changes, into the twins where what they write belongs there; and the purchases they move.

    What they write is a gift, or may be one, or names one that is there already.
    """
    written = list(changes)
    gifts = withholding(snapshot, written)
    written = [_in_place(one, gifts) for one in written]
    if any(one.kind in NAMING_KINDS and not one.gift for one in written):
        names = gift_moves.present_gifts(snapshot)
        written = [gift_moves.hidden_if_named(one, names) for one in written]
    return written + gifts.moves()


def _in_place(change: Change, gifts: Withholding) -> Change:
    if change.kind is not Kind.PURCHASE or change.data is None:
        return change
    return replace(change, gift=gifts.stands(change.record_id, change.data))


def followers(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Change]:
    """What else must move because of what was added, changed or moved."""
    touched = {change.record_id for change in changes}
    names = GiftNames((), snapshot.same_sellers())
    for one in changes:
        if one.kind in PASSING_ON and one.gift and one.data:
            relation = relate(one.kind, one.record_id, one.data)
            names.add(gift_moves.passing_on(Named(one.kind, one.record_id, relation)))
    purchases = [one for one in changes if one.kind is Kind.PURCHASE]
    hidden = gift_moves.hide(snapshot, names)
    for change in (*hidden, *gift_moves.following(snapshot, purchases)):
        if change.record_id not in touched:
            touched.add(change.record_id)
            yield change
