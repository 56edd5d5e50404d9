"""Undoing an import: what it stated is taken out of the vault, and nothing else.

A record of which nothing is stated any more is erased. One that other sources know as well is what
these say of it; what the customer corrected in it stands. Where the import had made two records
one, they part again.
"""

from collections.abc import Iterator

from vault.domain.compartments import Kind
from vault.domain.relations import GiftNames, relate
from vault.services import gift_moves
from vault.services.changes import Change
from vault.services.filing import Outcome
from vault.services.neighbourhood import Neighbourhood
from vault.services.reconciling import Reconciliation, Thing, document_of
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord


def reversal(now: Snapshot, import_id: bytes, outcome: Outcome) -> Iterator[Change]:
    """Take back what an import stated, and bring back what its gifts hid.

    `outcome.added` counts what is erased, `outcome.changed` what other sources still state.
    """
    left = _Remains(now, import_id.hex())
    ended, remaining = left.ended_gifts(), left.remaining_gifts(now)
    for one in left.gone:
        outcome.added += 1
        yield _erased(one)
    for thing in left.things:
        for change in _restated(thing, ended, remaining):
            outcome.changed += 1
            yield change
    for change in gift_moves.bring_back(now, ended, remaining):
        if change.record_id not in left.stored:
            yield change


class _Remains:
    """An import's records and those that share a number with one, less what it stated."""

    def __init__(self, now: Snapshot, batch: str) -> None:
        self.stored = now.read(_concerned(now, batch))
        kinds = {kind: Reconciliation(now.same_sellers()) for kind in Kind}
        for record in self.stored.values():
            kinds[gift_moves.kind_of(record)].add_stored(record, without=batch)
        self.gone = [one for kind in Kind for one in kinds[kind].left_without_source()]
        self.things = [thing for kind in Kind for thing in _things(kind, kinds[kind])]

    def ended_gifts(self) -> GiftNames:
        """The names of the purchases that were gifts by this import's word alone."""
        stay = {thing.record_id for thing in self.things if _is_gift(thing)}
        was = [one for one in self.stored.values() if one.is_gift and _is_purchase(one)]
        return gift_moves.names_of(one for one in was if one.record_id not in stay)

    def remaining_gifts(self, now: Snapshot) -> GiftNames:
        """The names of every gift that is left in the vault."""
        names = gift_moves.present_gifts(now, frozenset(self.stored))
        for thing in self.things:
            if _is_gift(thing):
                names.add(relate(Kind.PURCHASE, thing.record_id, thing.data()))
        by_hand = [one for one in self.stored.values() if "source" not in one.data]
        for one in by_hand:
            if one.is_gift and _is_purchase(one):
                names.add(relate(Kind.PURCHASE, one.record_id, one.data))
        return names


def _concerned(now: Snapshot, batch: str) -> set[bytes]:
    """The records of which an import states something, and all that hangs together with one."""
    neighbourhood = Neighbourhood(now)
    return neighbourhood.reach(set(), (), neighbourhood.brought_by(batch))


def _things(kind: Kind, left: Reconciliation) -> list[Thing]:
    return left.purchases(document_of) if kind is Kind.PURCHASE else left.things()


def _restated(thing: Thing, ended: GiftNames, remaining: GiftNames) -> Iterator[Change]:
    """What becomes of a record that others still know."""
    data, old = thing.data(), thing.old
    yield from map(_erased, thing.absorbed)
    relation = relate(thing.kind, thing.record_id, data)
    if thing.kind is Kind.PURCHASE:
        gift = bool(data.get("isGift"))
    else:
        was = old is not None and old.is_gift
        gift = remaining.named_by(relation) or (was and not ended.named_by(relation))
    if old is None or data != old.data or gift is not old.is_gift:
        yield Change(thing.kind, thing.record_id, data, old=old, gift=gift)


def _erased(record: StoredRecord) -> Change:
    kind = gift_moves.kind_of(record)
    return Change(kind, record.record_id, None, old=record, gift=record.is_gift)


def _is_gift(thing: Thing) -> bool:
    return thing.kind is Kind.PURCHASE and bool(thing.data().get("isGift"))


def _is_purchase(record: StoredRecord) -> bool:
    return record.compartment.kind is Kind.PURCHASE
