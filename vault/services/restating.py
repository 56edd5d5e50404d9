"""Restating: what records are, once something is different about what is stated of them.

An import's statements were taken out, or two sellers turned out to be one. All that hangs together
with what is different is put together anew, and gifts take with them, or let go, what names them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from vault.domain.compartments import Kind
from vault.domain.relations import GiftNames, relate
from vault.domain.statements import Statement
from vault.services import gift_moves
from vault.services.changes import Change
from vault.services.gift_moves import Named
from vault.services.reconciling import Reconciliation, Restated, Thing, document_of
from vault.services.relinking import Relinking
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord


class Restatement:
    """Some records, with what their statements are from now on, under some sellers that are one."""

    def __init__(
        self,
        now: Snapshot,
        ids: Iterable[bytes],
        same: Mapping[str, str],
        restated: Restated = lambda one: one,
    ) -> None:
        """`ids` are all that hang together.

        `same` may be other than what holds now: then gifts are hidden, and let go, by it.
        """
        self._now = now
        self._same = same
        self._stored = now.read(ids)
        kinds = {kind: Reconciliation(same) for kind in Kind}
        for record in self._stored.values():
            if not _is_purchase(record):
                kinds[gift_moves.kind_of(record)].add_stored(record, restated)
        self._things = [thing for kind in _others() for thing in kinds[kind].things()]
        documents = (one for one in self._stored.values() if not _is_purchase(one))
        self._links = Relinking(documents, self._things)
        for thing in self._things:
            thing.statements = [self._relinked(one) for one in thing.statements]

        def relinked(statement: Statement) -> Statement | None:
            one = restated(statement)
            return self._relinked(one) if one else None

        for record in self._stored.values():
            if _is_purchase(record):
                kinds[Kind.PURCHASE].add_stored(record, relinked)
        self._things += kinds[Kind.PURCHASE].purchases(document_of)
        self.gone = [one for kind in Kind for one in kinds[kind].left_without_source()]

    def _relinked(self, statement: Statement) -> Statement:
        return replace(statement, links=self._links.followed(statement))

    def changes(self) -> Iterator[Change]:
        """Every change that follows; the first are the erasures of `gone`."""
        before = self._now.same_sellers()
        ids = frozenset(self._stored)
        remaining = gift_moves.gifts_with(self._now, ids, self._same, list(self._named()))
        if self._same == before:
            ended = gift_moves.names_of(self._ended(), before)
            gift_moves.passed_on(self._now, ended)
        else:
            # Under other sellers any gift may hide more, or less, than it did.
            ended = gift_moves.present_gifts(self._now, same=before)
        yield from map(_erased, self.gone)
        for thing in self._things:
            yield from _restated(thing, ended, remaining)
        followers = {one.record_id: one for one in gift_moves.hide(self._now, remaining)}
        for change in gift_moves.bring_back(self._now, ended, remaining):
            followers.setdefault(change.record_id, change)
        for change in followers.values():
            if not self._is_restated(change.record_id) and not _in_place(change):
                yield gift_moves.withheld(self._links.relinked(change), remaining)
        seen = frozenset(self._stored) | {
            one.record_id for one in followers.values() if not _in_place(one)
        }
        for record in self._links.left(self._now, seen):
            left = gift_moves.withheld(self._links.relinked(_as_it_is(record)), remaining)
            if left.erases or left.data != record.data:
                yield left

    def _named(self) -> Iterator[Named]:
        """What these records are now; those added by hand stay as they are."""
        for thing in self._things:
            relation = relate(thing.kind, thing.record_id, thing.data())
            yield Named(thing.kind, thing.record_id, relation, _is_gift(thing))
        for one in self._stored.values():
            if "source" not in one.data:
                kind = gift_moves.kind_of(one)
                relation = relate(kind, one.record_id, one.data)
                yield Named(kind, one.record_id, relation, one.is_gift)

    def _is_restated(self, record_id: bytes) -> bool:
        """Whether a record is one of these, and made of statements: not one added by hand."""
        return record_id in self._stored and "source" in self._stored[record_id].data

    def _ended(self) -> Iterator[StoredRecord]:
        """The purchases that were gifts and are none any more, or are gone."""
        stay = {thing.record_id for thing in self._things if _is_gift(thing)}
        for one in self._stored.values():
            by_hand = "source" not in one.data
            if one.is_gift and _is_purchase(one) and one.record_id not in stay and not by_hand:
                yield one


def _restated(thing: Thing, ended: GiftNames, remaining: GiftNames) -> Iterator[Change]:
    """What becomes of a record of which something is stated."""
    data, old = thing.data(), thing.old
    yield from map(_erased, thing.absorbed)
    if thing.kind is Kind.PURCHASE:
        gift = bool(data.get("isGift"))
    else:
        relation = relate(thing.kind, thing.record_id, data)
        was = any(one.is_gift for one in thing.stored)
        gift = remaining.named_by(relation) or (was and not ended.named_by(relation))
    if old is None or data != old.data or gift is not old.is_gift:
        yield Change(thing.kind, thing.record_id, data, old=old, gift=gift)


def _erased(record: StoredRecord) -> Change:
    kind = gift_moves.kind_of(record)
    return Change(kind, record.record_id, None, old=record, gift=record.is_gift)


def _as_it_is(record: StoredRecord) -> Change:
    kind = gift_moves.kind_of(record)
    return Change(kind, record.record_id, record.data, old=record, gift=record.is_gift)


def _in_place(change: Change) -> bool:
    return change.old is not None and change.old.compartment is change.compartment


def _is_gift(thing: Thing) -> bool:
    return thing.kind is Kind.PURCHASE and bool(thing.data().get("isGift"))


def _is_purchase(record: StoredRecord) -> bool:
    return record.compartment.kind is Kind.PURCHASE


def _others() -> Iterator[Kind]:
    return (kind for kind in Kind if kind is not Kind.PURCHASE)
