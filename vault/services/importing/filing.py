"""Filing: what waits in the inbox becomes records, once, with gift rules applied first.

Only the owner's open session files. An import's items are surveyed first: which numbers they
claim, which gifts they state. What one source alone knows is filed slice by slice; what several
claim is put together (`gathering.py`), so that the vault does not depend on what came first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vault.domain.compartments import Compartment, Kind
from vault.services.changes import Change
from vault.services.importing.gathering import Gathering
from vault.services.importing.items import Item
from vault.services.importing.placing import Items, Placing
from vault.services.importing.reconciling import Thing
from vault.services.importing.repetitions import Repetitions
from vault.services.importing.stating import Stating
from vault.services.importing.surveying import Claim, Survey
from vault.services.records.gift_moves import PASSING_ON
from vault.services.snapshots import Snapshot


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
        self._passing = False
        gifts = snapshot.manifest(Compartment.GIFTS_PURCHASES)
        self._gifts = {key for line in gifts for key in line.keys}

    def changes(self, items: Items) -> Iterator[Change]:
        """Every change that the items make; `items` is asked for them several times."""
        gifts = list(self._surveyed(items()))
        if self._survey.contested:
            self._gather(items)
        gathering = self._gathering
        placing = Placing(
            self._snapshot,
            self._survey,
            gathering,
            self._stating,
            items,
            gifts,
            passing=self._passing,
        )
        for item in items():
            parsed = item.parse()
            if not gathering.takes(item, parsed):
                yield from self._file(item, parsed, placing)
        for thing in gathering.things():
            yield from self._settle(thing, placing)
        yield from placing.following(self._done)

    def foreseen(self, items: Items) -> Outcome | None:
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
                self._passing = self._passing or claim.kind in PASSING_ON
            elif parsed["data"].get("isGift") or claim.key in self._gifts:
                # A gift by the customer's own word counts too: the document may name more of it.
                yield item
        self._survey.compare(self._snapshot)

    def _gather(self, items: Items) -> None:
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
            of_kind = (parsed["kind"] == Kind.PURCHASE) is purchases
            if of_kind and self._gathering.takes(item, parsed):
                yield item, parsed

    def _file(self, item: Item, parsed: dict[str, Any], placing: Placing) -> Iterator[Change]:
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
        kind, data = Kind(parsed["kind"]), self._stating.data(item, parsed)
        self.outcome.gifts += _is_gift(kind, data)
        gift = placing.stands(kind, record_id, data, was=False)
        yield Change(kind, record_id, data, gift=gift)

    def _settle(self, thing: Thing, placing: Placing) -> Iterator[Change]:
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
        was = any(one.is_gift for one in thing.stored)
        gift = placing.stands(thing.kind, thing.record_id, data, was=was)
        change = Change(thing.kind, thing.record_id, data, old=old, gift=gift)
        if old is None or data != old.data or change.erases:
            self.outcome.gifts += _is_gift(thing.kind, data)
            yield change


def _is_gift(kind: Kind, data: dict[str, Any]) -> bool:
    return kind is Kind.PURCHASE and bool(data.get("isGift"))


def _claimed(item: Item) -> tuple[Claim, list[str]]:
    parsed = item.parse()
    return item.claim(parsed), item.refs(parsed)
