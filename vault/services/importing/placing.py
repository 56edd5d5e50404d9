"""Placing: which of what an import brings, and of what is there, stands in the gift twins.

It is decided before anything is filed, so that nobody reads a gift for a moment: first which
purchases are gifts or may be, then what names one of these.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from vault.domain.compartments import Kind
from vault.domain.relations import NAMING_KINDS, GiftNames, Relation, relate
from vault.services.changes import Change
from vault.services.importing.gathering import Gathering
from vault.services.importing.items import Item
from vault.services.importing.reconciling import Thing
from vault.services.importing.stating import Stating
from vault.services.importing.surveying import Survey
from vault.services.records import gift_moves
from vault.services.records.gift_moves import PASSING_ON, Named
from vault.services.snapshots import Snapshot
from vault.services.withholding import Withholding, bought
from vault.storage.records import StoredRecord

Items: TypeAlias = Callable[[], Iterable[Item]]
"""The items of an import; asked for several times."""
_Purchase: TypeAlias = tuple[bytes, dict[str, Any]]
"""A purchase's id, and its data as they will be."""


class Placing:
    """Where the records of an import stand, and what else moves because of it."""

    def __init__(
        self,
        snapshot: Snapshot,
        survey: Survey,
        gathering: Gathering,
        stating: Stating,
        items: Items,
        gifts: Iterable[Item],
        *,
        passing: bool,
    ) -> None:
        """`gathering` has put together what several sources claim.

        `gifts` are the items that state a gift, or are known as one; `passing` says whether there
        are invoices or licenses among the items.
        """
        self._snapshot = snapshot
        self._survey = survey
        self._gathering = gathering
        self._stating = stating
        self._items = items
        self._passing = passing
        stated, repeated = self._stated(gifts)
        coming = [bought(*one) for one in stated]
        self._withholding = Withholding(snapshot, gathering.taken_in, coming, self._invoices)
        self._moved = self._withholding.moves()
        self._left = list(self._leaving())
        entered = [*stated, *self._entering(), *repeated]
        self._names = self._names_with(entered)
        self._hides = passing or bool(entered)
        self._ended = gift_moves.names_of(self._left, snapshot.same_sellers())
        gift_moves.passed_on(snapshot, self._ended)

    def _names_with(self, entered: Iterable[_Purchase]) -> GiftNames:
        """The names of what stands in the twin once the import is filed."""
        gone = self._gathering.taken_in | {one.record_id for one in self._left}
        names = gift_moves.names_in_twin(self._snapshot, gone)
        for record_id, data in entered:
            names.add(relate(Kind.PURCHASE, record_id, data))
        return gift_moves.passed_on(self._snapshot, names, self._passing_on)

    def _stated(self, gifts: Iterable[Item]) -> tuple[list[_Purchase], list[_Purchase]]:
        """The gifts that come, alone or with others; and what is in the twin, as stated anew."""
        stated: list[_Purchase] = []
        repeated: list[_Purchase] = []
        for item in gifts:
            parsed = item.parse()
            record_id = self._stating.id_of(item.key(parsed))
            if not self._gathering.takes(item, parsed) and not self._overruled(record_id):
                found = repeated if self._is_known(item, parsed) else stated
                found.append((record_id, self._stating.data(item, parsed)))
        things = [(one.record_id, one.data()) for one in self._purchases()]
        return stated + [one for one in things if one[1].get("isGift")], repeated

    def _is_known(self, item: Item, parsed: dict[str, Any]) -> bool:
        return self._survey.record_of(item.key(parsed)) is not None

    def _overruled(self, record_id: bytes) -> bool:
        """Whether the customer has said by hand that this is no gift."""
        stored = self._snapshot.read([record_id]).get(record_id)
        if stored is None or "isGift" not in stored.data.get("edits", ()):
            return False
        return not stored.data.get("isGift")

    def _leaving(self) -> Iterator[StoredRecord]:
        """The purchases that were in the twin, and will not be."""
        for change in self._moved:
            if change.old and not change.gift:
                yield change.old
        for thing in self._purchases():
            there = [one for one in thing.stored if one.is_gift]
            if there and not self._withholding.stands(thing.record_id, thing.data()):
                yield from there

    def _entering(self) -> Iterator[_Purchase]:
        """The purchases that are withheld from now on: what names one would betray it."""
        withholding = self._withholding
        for change in self._moved:
            if change.gift:
                yield change.record_id, change.data or {}
        for thing in self._purchases():
            if withholding.withholds(thing.record_id, data := thing.data()):
                yield thing.record_id, data
        for item in self._items() if withholding else ():
            parsed = item.parse()
            if parsed["kind"] != Kind.PURCHASE or not withholding.may_concern(parsed["data"]):
                continue
            if not self._is_known(item, parsed) and not self._gathering.takes(item, parsed):
                record_id = self._stating.id_of(item.key(parsed))
                if withholding.withholds(record_id, data := self._stating.data(item, parsed)):
                    yield record_id, data

    def _purchases(self) -> Iterator[Thing]:
        return (one for one in self._gathering.things() if one.kind is Kind.PURCHASE)

    def _invoices(self) -> Iterator[tuple[bytes, Relation]]:
        """The invoices that come: purchases may be known by their orders alone."""
        for one in self._passing_on():
            if one.kind is Kind.INVOICE:
                yield one.record_id, one.relation

    def _passing_on(self) -> Iterator[Named]:
        """The invoices and licenses that come: what names a gift through them is hidden too."""
        for item in self._items() if self._passing else ():
            parsed = item.parse()
            kind = Kind(parsed["kind"])
            if kind in PASSING_ON and not self._gathering.takes(item, parsed):
                record_id = self._stating.id_of(item.key(parsed))
                relation = relate(kind, record_id, self._stating.data(item, parsed))
                yield Named(kind, record_id, relation)
        for thing in self._gathering.things():
            if thing.kind in PASSING_ON:
                relation = relate(thing.kind, thing.record_id, thing.data())
                yield Named(thing.kind, thing.record_id, relation)

    def stands(self, kind: Kind, record_id: bytes, data: dict[str, Any], *, was: bool) -> bool:
        """Whether a record stands in the twin: it is a gift or may be, or names one.

        `was` says that it stood there.
        """
        if kind is Kind.PURCHASE:
            return self._withholding.stands(record_id, data)
        if kind not in NAMING_KINDS or not (self._names or was):
            return was
        relation = relate(kind, record_id, data)
        # What stood in the twin stays there, unless what it names has left.
        return self._names.named_by(relation) or (was and not self._ended.named_by(relation))

    def following(self, done: set[bytes]) -> Iterator[Change]:
        """What moves because of the gifts, and what was linked to records that were absorbed.

        `done` are the records that the import itself has written.
        """
        yield from self._moved
        hidden = gift_moves.hide(self._snapshot, self._names) if self._hides else ()
        left = gift_moves.names_of(self._left, self._snapshot.same_sellers())
        for change in chain(hidden, gift_moves.bring_back(self._snapshot, left, self._names)):
            if change.record_id not in done:
                done.add(change.record_id)
                yield self._gathering.relinked(change)
        for change in self._gathering.left_linked():
            if change.record_id not in done:
                yield gift_moves.hidden_if_named(change, self._names)
