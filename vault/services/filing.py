"""Filing: what waits in the inbox becomes records, once, with gift rules applied first.

Only the owner's open session files. An import's items are surveyed first: which numbers they
claim, which gifts they state. What one source alone knows is filed slice by slice; what several
claim is put together (`gathering.py`), so that the vault does not depend on what came first.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vault.domain.compartments import Compartment, Kind
from vault.domain.relations import NAMING_KINDS, relate
from vault.services import gift_moves
from vault.services.changes import Change
from vault.services.gathering import Gathering
from vault.services.gift_moves import Named
from vault.services.items import Item
from vault.services.reconciling import Thing
from vault.services.repetitions import Repetitions
from vault.services.snapshots import Snapshot
from vault.services.stating import Stating
from vault.services.surveying import Claim, Survey
from vault.storage.records import StoredRecord

_PASSING = (Kind.INVOICE, Kind.LICENSE)
"""The kinds that others are known by: what names a gift through one of these betrays it too."""


@dataclass(slots=True)
class Outcome:
    """What filing or undoing an import did, in records."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gifts: int = 0

    @property
    def total(self) -> int:
        """How many records were looked at; gifts are counted among the others."""
        return self.added + self.changed + self.unchanged


class Filing:
    """The plan of one filing: turns inbox items into changes, and counts."""

    def __init__(self, snapshot: Snapshot, import_id: bytes, imported_at: str) -> None:
        """`imported_at` is an ISO 8601 moment, UTC."""
        self.outcome = Outcome()
        self.repetitions = Repetitions(imported_at)
        self._snapshot = snapshot
        self._import_id = import_id.hex()
        self._survey = Survey()
        self._stating = Stating(self._survey, self._import_id, imported_at)
        self._gathering = Gathering(snapshot, self._survey)
        self._done: set[bytes] = set()
        self._passing = self._moves = False
        self._names = gift_moves.present_gifts(snapshot)
        gifts = snapshot.manifest(Compartment.GIFTS_PURCHASES)
        self._gifts = {key for line in gifts for key in line.keys}

    def changes(self, items: Callable[[], Iterable[Item]]) -> Iterator[Change]:
        """Every change that the items make; `items` is asked for them several times."""
        gifts = list(self._surveyed(items()))
        if self._survey.contested:
            self._gather(items)
        self._learn(gifts)
        gift_moves.passed_on(self._snapshot, self._names, lambda: self._naming(items()))
        for item in items():
            parsed = item.parse()
            if not self._is_contested(item, parsed):
                yield from self._file(item, parsed)
        for thing in self._gathering.things():
            yield from self._settle(thing)
        yield from self._following()

    def foreseen(self, items: Callable[[], Iterable[Item]]) -> Outcome | None:
        """What filing them would do; None where each stands for itself. Nothing is written."""
        for _ in self._surveyed(items()):
            pass
        if not self._survey.contested:
            return None
        whole = Filing(self._snapshot, bytes.fromhex(self._import_id), "")
        for _ in whole.changes(items):
            pass
        return whole.outcome

    def _surveyed(self, items: Iterable[Item]) -> Iterator[Item]:
        """Note who claims what; yield the items that state a gift."""
        for item in items:
            parsed = item.parse()
            claim = item.claim(parsed)
            self._survey.claim(claim, item.content)
            if claim.kind is not Kind.PURCHASE:
                self._passing = self._passing or claim.kind in _PASSING
            elif parsed["data"].get("isGift") or claim.key in self._gifts:
                # A gift by the customer's own word counts too: the document may name more of it.
                yield item
        self._survey.compare(self._snapshot)

    def _gather(self, items: Callable[[], Iterable[Item]]) -> None:
        """Put together what several claim: documents first, for purchases are known by theirs."""
        gathering = self._gathering
        gathering.widen(lambda: map(_claimed, items()))
        for item, parsed in self._contested(items(), purchases=False):
            self._take(item, parsed)
        for key, record_id in gathering.close_documents():
            self._stating.ids[key] = record_id
        for item, parsed in self._contested(items(), purchases=True):
            self._take(item, parsed)
        gathering.close_purchases()

    def _take(self, item: Item, parsed: dict[str, Any]) -> None:
        """Take in what a contested item states; note what another import has stated already."""
        known = self._gathering.add(self._stating.statement(item, parsed))
        if known is not None:
            self.outcome.unchanged += 1
            if known.batch != self._import_id:
                self.repetitions.add_again(item.digest, known)

    def _contested(
        self, items: Iterable[Item], *, purchases: bool
    ) -> Iterator[tuple[Item, dict[str, Any]]]:
        for item in items:
            parsed = item.parse()
            if (parsed["kind"] == Kind.PURCHASE) is purchases and self._is_contested(item, parsed):
                yield item, parsed

    def _is_contested(self, item: Item, parsed: dict[str, Any]) -> bool:
        if not self._survey.contested:
            return False
        return self._gathering.concerns(item.claim(parsed), item.refs(parsed))

    def _learn(self, gifts: Iterable[Item]) -> None:
        """Gather the names of the gifts that are stated."""
        for item in gifts:
            parsed = item.parse()
            if self._is_contested(item, parsed):
                continue
            record_id = self._stating.id_of(item.key(parsed))
            if not self._overruled(record_id):
                self._name_gift(record_id, self._stating.data(item, parsed))
        for thing in self._gathering.things():
            data = thing.data()
            if thing.kind is Kind.PURCHASE and data.get("isGift"):
                self._name_gift(thing.record_id, data)

    def _name_gift(self, record_id: bytes, data: dict[str, Any]) -> None:
        self._names.add(relate(Kind.PURCHASE, record_id, data))
        self._moves = True

    def _naming(self, items: Iterable[Item]) -> Iterator[Named]:
        """The invoices and licenses that come: what names a gift through them is hidden too."""
        for item in items if self._passing else ():
            parsed = item.parse()
            kind = Kind(parsed["kind"])
            if kind in _PASSING and not self._is_contested(item, parsed):
                record_id = self._stating.id_of(item.key(parsed))
                relation = relate(kind, record_id, self._stating.data(item, parsed))
                yield Named(kind, record_id, relation)
        for thing in self._gathering.things():
            if thing.kind in _PASSING:
                relation = relate(thing.kind, thing.record_id, thing.data())
                yield Named(thing.kind, thing.record_id, relation)

    def _overruled(self, record_id: bytes) -> bool:
        """Whether the customer has said by hand that this is no gift."""
        stored = self._snapshot.read([record_id]).get(record_id)
        if stored is None or "isGift" not in stored.data.get("edits", ()):
            return False
        return not stored.data.get("isGift")

    def _file(self, item: Item, parsed: dict[str, Any]) -> Iterator[Change]:
        """What one source alone knows: new, or there already and just the same."""
        key = item.key(parsed)
        record_id = self._stating.id_of(key)
        known = self._survey.record_of(key) is not None
        if known or record_id in self._done:
            self.outcome.unchanged += 1
            if known:
                self.repetitions.add(item.digest, key, item.content)
            return
        if self._survey.repeats(key):
            self._done.add(record_id)
        self.outcome.added += 1
        data = self._stating.data(item, parsed)
        yield self._placed(Kind(parsed["kind"]), record_id, data, None, was_gift=False)

    def _settle(self, thing: Thing) -> Iterator[Change]:
        """The changes that make one record of what several sources state."""
        data, old = thing.data(), thing.old
        if old is None:
            self.outcome.added += 1
            self.outcome.changed += len(thing.coming) - 1
        else:
            self.outcome.changed += len(thing.coming)
        self._done |= {thing.record_id, *(one.record_id for one in thing.stored)}
        for one in thing.absorbed:
            yield Change(thing.kind, one.record_id, None, old=one, gift=one.is_gift)
        same = old is not None and data == old.data
        if same and thing.kind is Kind.PURCHASE:
            return
        was_gift = any(one.is_gift for one in thing.stored)
        change = self._placed(thing.kind, thing.record_id, data, old, was_gift=was_gift)
        if not same or change.erases:
            yield change

    def _placed(
        self,
        kind: Kind,
        record_id: bytes,
        data: dict[str, Any],
        old: StoredRecord | None,
        *,
        was_gift: bool,
    ) -> Change:
        """The change with its record in the twin where gifts stand, if it is one or names one."""
        if kind is Kind.PURCHASE:
            gift = bool(data.get("isGift"))
            self.outcome.gifts += gift
        else:
            # What stood in the twin stays there: only unmarking brings a record back.
            named = kind in NAMING_KINDS and bool(self._names)
            gift = was_gift or (named and self._names.named_by(relate(kind, record_id, data)))
        return Change(kind, record_id, data, old=old, gift=gift)

    def _following(self) -> Iterator[Change]:
        """What moves because of the gifts, and what was linked to records that were absorbed."""
        moves = self._moves or self._passing
        for change in gift_moves.hide(self._snapshot, self._names) if moves else ():
            if change.record_id not in self._done:
                self._done.add(change.record_id)
                yield self._gathering.relinked(change)
        for change in self._gathering.left_linked():
            if change.record_id not in self._done:
                yield gift_moves.withheld(change, self._names)


def _claimed(item: Item) -> tuple[Claim, list[str]]:
    parsed = item.parse()
    return item.claim(parsed), item.refs(parsed)
