"""Restating: what records are, once something is different about what is stated of them.

An import's statements were taken out, or two sellers turned out to be one. All that hangs together
with what is different is put together anew, and gifts take with them, or let go, what names them
and what may be one of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from vault.domain.compartments import Kind
from vault.domain.relations import GiftNames, relate
from vault.domain.statements import Statement
from vault.services.changes import Change
from vault.services.importing.reconciling import Reconciliation, Restated, Thing, document_of
from vault.services.importing.relinking import Relinking
from vault.services.records import gift_moves
from vault.services.records.gift_moves import Named
from vault.services.snapshots import Snapshot
from vault.services.withholding import Withholding, bought
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
        moves = self._withholding.moves()
        remaining, present = self._remaining(moves), gift_moves.present_gifts(self._now)
        if self._same == before:
            ended = gift_moves.names_of(self._ended(moves), before)
            gift_moves.passed_on(self._now, ended)
        else:
            # Under other sellers any gift may hide more, or less, than it did.
            ended = present
        yield from map(_erased, self.gone)
        for thing in self._things:
            yield from self._restated(thing, present, remaining)
        yield from moves
        followers = {one.record_id: one for one in gift_moves.hide(self._now, remaining)}
        for change in gift_moves.bring_back(self._now, ended, remaining):
            followers.setdefault(change.record_id, change)
        for change in followers.values():
            if not self._is_restated(change.record_id) and not _in_place(change):
                yield gift_moves.hidden_if_named(self._links.relinked(change), remaining)
        seen = frozenset(self._stored) | {
            one.record_id for one in followers.values() if not _in_place(one)
        }
        for record in self._links.left(self._now, seen):
            left = gift_moves.hidden_if_named(self._links.relinked(_as_it_is(record)), remaining)
            if left.erases or left.data != record.data:
                yield left

    @cached_property
    def _data(self) -> list[tuple[Kind, bytes, dict[str, Any]]]:
        """What these records are now; those added by hand stay as they are."""
        by_hand = (one for one in self._stored.values() if "source" not in one.data)
        return [(one.kind, one.record_id, one.data()) for one in self._things] + [
            (gift_moves.kind_of(one), one.record_id, one.data) for one in by_hand
        ]

    @cached_property
    def _withholding(self) -> Withholding:
        """Where purchases stand now."""
        gifts = [
            bought(record_id, data)
            for kind, record_id, data in self._data
            if kind is Kind.PURCHASE and data.get("isGift")
        ]
        invoices = [
            (record_id, relate(kind, record_id, data))
            for kind, record_id, data in self._data
            if kind is Kind.INVOICE
        ]
        ids = frozenset(self._stored)
        return Withholding(self._now, ids, gifts, lambda: invoices, self._same)

    def _remaining(self, moves: Sequence[Change]) -> GiftNames:
        """The names of what stands in the twin now."""
        coming = [
            Named(kind, record_id, relate(kind, record_id, data), record_id in self._hidden)
            for kind, record_id, data in self._data
        ]
        coming += [gift_moves.coming(change) for change in moves]
        ids = frozenset(self._stored) | {one.record_id for one in moves}
        return gift_moves.gifts_with(self._now, ids, self._same, coming)

    @cached_property
    def _hidden(self) -> frozenset[bytes]:
        """The purchases among these that stand in the twin now."""
        return frozenset(
            record_id
            for kind, record_id, data in self._data
            if kind is Kind.PURCHASE and self._withholding.stands(record_id, data)
        )

    def _is_restated(self, record_id: bytes) -> bool:
        """Whether a record is one of these, and made of statements: not one added by hand."""
        return record_id in self._stored and "source" in self._stored[record_id].data

    def _ended(self, moves: Iterable[Change]) -> Iterator[StoredRecord]:
        """The purchases that were in the twin and are there no more, or are gone."""
        for one in self._stored.values():
            if one.is_gift and _is_purchase(one) and one.record_id not in self._hidden:
                yield one
        for change in moves:
            if change.old and not change.gift:
                yield change.old

    def _restated(self, thing: Thing, present: GiftNames, remaining: GiftNames) -> Iterator[Change]:
        """What becomes of a record of which something is stated.

        One that stood in the twin though nothing named it, for its gift was deleted, stays there.
        """
        data, old = thing.data(), thing.old
        yield from map(_erased, thing.absorbed)
        if thing.kind is Kind.PURCHASE:
            gift = thing.record_id in self._hidden
        else:
            kept = (one for one in thing.stored if one.is_gift and not _is_named(one, present))
            relation = relate(thing.kind, thing.record_id, data)
            gift = remaining.named_by(relation) or any(kept)
        if old is None or data != old.data or gift is not old.is_gift:
            yield Change(thing.kind, thing.record_id, data, old=old, gift=gift)


def _is_named(record: StoredRecord, names: GiftNames) -> bool:
    return names.named_by(relate(gift_moves.kind_of(record), record.record_id, record.data))


def _erased(record: StoredRecord) -> Change:
    kind = gift_moves.kind_of(record)
    return Change(kind, record.record_id, None, old=record, gift=record.is_gift)


def _as_it_is(record: StoredRecord) -> Change:
    kind = gift_moves.kind_of(record)
    return Change(kind, record.record_id, record.data, old=record, gift=record.is_gift)


def _in_place(change: Change) -> bool:
    return change.old is not None and change.old.compartment is change.compartment


def _is_purchase(record: StoredRecord) -> bool:
    return record.compartment.kind is Kind.PURCHASE


def _others() -> Iterator[Kind]:
    return (kind for kind in Kind if kind is not Kind.PURCHASE)
