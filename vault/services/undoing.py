"""Undoing an import: the changes that take back all that one filing did."""

from collections.abc import Iterator
from dataclasses import replace

from vault.domain.compartments import Kind
from vault.domain.relations import relate
from vault.services import gift_moves
from vault.services.changes import Change
from vault.services.filing import RECORD_COMPARTMENTS, Outcome
from vault.services.snapshots import Snapshot
from vault.storage import records
from vault.storage.records import StoredRecord


def reversal(
    now: Snapshot, import_id: bytes, made: tuple[int, int], outcome: Outcome
) -> Iterator[Change]:
    """Erase what the import added, restore what it changed, bring back what its gifts hid.

    `made` is the range of its changes, the first exclusive. `outcome.added` counts what is
    erased. A record that the customer has edited since keeps the edited version.
    """
    created = _created(now, import_id)
    erased = now.read(created)
    for one in erased.values():
        outcome.added += 1
        yield Change(gift_moves.kind_of(one), one.record_id, None, old=one, gift=one.is_gift)
    gifts = [one for one in erased.values() if one.is_gift and _is_purchase(one)]
    remaining = gift_moves.present_gifts(now, frozenset(created))
    names = gift_moves.names_of(gifts)
    brought = {change.record_id: change for change in gift_moves.bring_back(now, names, remaining)}
    for change in _restored(now, made, created):
        outcome.changed += 1
        # One row closes once: what is restored and comes back at the same time is one change.
        back = brought.pop(change.record_id, None) is not None
        named = remaining.named_by(relate(change.kind, change.record_id, change.data or {}))
        yield replace(change, gift=named) if back else change
    for change in brought.values():
        if change.record_id not in created:
            yield change


def _created(now: Snapshot, import_id: bytes) -> set[bytes]:
    batch = import_id.hex()
    return {
        bytes.fromhex(line.record_id)
        for line in now.manifest(*RECORD_COMPARTMENTS)
        if line.imported == batch
    }


def _restored(now: Snapshot, made: tuple[int, int], created: set[bytes]) -> Iterator[Change]:
    """The former version of each record that the import changed and nobody has touched since."""
    vault_id = now.ring.vault_id
    revised = [
        record_id
        for record_id, revision in records.opened_between(now.conn, vault_id, *made)
        if revision > 1 and record_id not in created
    ]
    for record_id, current in now.read(revised).items():
        former = records.revision_before(
            now.conn, now.reader, vault_id, record_id, current.revision
        )
        if former is not None and former.compartment is current.compartment:
            kind = gift_moves.kind_of(current)
            yield Change(kind, record_id, former.data, old=current, gift=former.is_gift)


def _is_purchase(record: StoredRecord) -> bool:
    return record.compartment.kind is Kind.PURCHASE
