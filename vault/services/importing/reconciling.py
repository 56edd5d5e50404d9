"""Reconciling: which records several sources make together, and what changes by that.

It takes the statements of records that are there and of what comes, puts those about one thing
together (`domain/identity.py`), and says what each record then is. A thing keeps the id of the
oldest of the records that it is made of; the others are absorbed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import urandom
from typing import Any, TypeAlias

from vault.domain import identity
from vault.domain.aliases import KEPT
from vault.domain.compartments import Kind
from vault.domain.merging import compose, ranked_of
from vault.domain.statements import Statement, statements_of
from vault.errors import InvalidInput
from vault.services.records.gift_moves import kind_of
from vault.storage.records import StoredRecord

VERSIONS_LIMIT = 500
COMING_LIMIT = 150_000
_TOO_MANY_VERSIONS = (
    "More than %(most)d different things are said of one record: nothing was stored."
)
_TOO_MANY = "More than %(most)d records are known from elsewhere too: bring them in in parts."
Restated: TypeAlias = Callable[[Statement], Statement | None]
"""What a statement of the vault is from now on; None for one that is taken out."""


@dataclass(slots=True)
class Thing:
    """What becomes one record: all that is stated of it, and the records that there were of it.

    The first of `stored` is the one whose id it keeps. `coming` are those of its statements that
    the vault did not have.
    """

    kind: Kind
    record_id: bytes
    statements: list[Statement]
    stored: list[StoredRecord] = field(default_factory=list)
    coming: list[Statement] = field(default_factory=list)
    marked: bool = False
    """Whether it is a part of what the customer had marked as a gift, and fell apart."""
    kept: bool = False
    """Whether it stays withheld for a gift that was deleted, or is a part of what does."""

    @property
    def old(self) -> StoredRecord | None:
        """The record whose id it keeps; None for a new one."""
        return self.stored[0] if self.stored else None

    @property
    def absorbed(self) -> list[StoredRecord]:
        """The records that have become a part of it."""
        return self.stored[1:]

    def data(self) -> dict[str, Any]:
        """The record's data; what the customer corrected in any of its records stands."""
        corrected: dict[str, Any] = {"edits": []}
        for record in self.stored:
            for name in record.data.get("edits", ()):
                if name not in corrected["edits"]:
                    corrected["edits"].append(name)
                    corrected |= {name: record.data[name]} if name in record.data else {}
        if self.marked or any(map(_marked, self.stored)) or self._is_disputed(corrected["edits"]):
            corrected["isGift"] = True
            corrected["edits"] = list(dict.fromkeys([*corrected["edits"], "isGift"]))
        data = compose(self.kind, self.statements, corrected)
        if "hasKey" in corrected["edits"]:
            # Keys that were added by hand: no statement is linked to them.
            linked = [link for record in self.stored for link in record.data.get("links", ())]
            data["links"] = list(dict.fromkeys([*data.get("links", ()), *linked]))
        if self.kept and "isGift" not in corrected["edits"]:
            # Also where a source calls it a gift by now: that source may be taken out again.
            data[KEPT] = True
        return data

    def _is_disputed(self, edits: Sequence[str]) -> bool:
        """Whether one of its records is a gift, and of another the customer has said it is none.

        What was said of one name of a gift, held to be another thing, does not release the gift.
        """
        stated = [bool(one.data.get("isGift")) for one in self.stored]
        return "isGift" in edits and any(stated) and not all(stated)


class Reconciliation:
    """Gathers what is stated of one kind of things, then says which statements make one."""

    def __init__(self, same: identity.Same) -> None:
        """`same` are the seller keys that the customer has joined."""
        self._same = same
        self._stored: dict[bytes, StoredRecord] = {}
        self._record_of: dict[int, StoredRecord] = {}
        self._statements: dict[tuple[str, str], dict[str, Statement]] = {}
        self._coming: set[int] = set()

    def add_stored(self, record: StoredRecord, restated: Restated = lambda one: one) -> None:
        """Take in a record of the vault, with what its statements are from now on."""
        if record.record_id in self._stored:
            return
        self._stored[record.record_id] = record
        for stated in statements_of(kind_of(record), record.data):
            one = restated(stated)
            if one is not None:
                one = self._statements.setdefault(one.key, {}).setdefault(one.words(), one)
                self._record_of.setdefault(id(one), record)

    def add_coming(self, statement: Statement) -> Statement | None:
        """Take in what a document states; return what says just this already, if anything does.

        InvalidInput beyond what is put together at once: a hostile file must not hold up others.
        """
        versions, words = self._statements.setdefault(statement.key, {}), statement.words()
        if words in versions:
            return versions[words]
        if len(versions) >= VERSIONS_LIMIT:
            raise InvalidInput(
                "More than %(most)d different things are said of one record. Nothing was stored.",
                most=VERSIONS_LIMIT,
            )
        if len(self._coming) >= COMING_LIMIT:
            raise InvalidInput(
                "More than %(most)d records are known from elsewhere too. Bring them in in parts.",
                most=COMING_LIMIT,
            )
        self._coming.add(id(statement))
        versions[words] = statement
        return None

    def things(self) -> list[Thing]:
        """Orders, invoices or licenses, each with all that is stated of it."""
        return self._claimed(identity.things(self._all(), self._same))

    def purchases(self, document_of: Callable[[Statement], str]) -> list[Thing]:
        """Purchases likewise; `document_of` names what each was read with."""
        return self._claimed(identity.purchases(self._all(), self._same, document_of))

    def left_without_source(self) -> Iterator[StoredRecord]:
        """The records of which nothing is stated any more."""
        kept = {self._record_of[id(one)].record_id for one in self._all() if self._was(one)}
        for record_id, record in self._stored.items():
            if record_id not in kept and statements_of(kind_of(record), record.data):
                yield record

    def _was(self, statement: Statement) -> bool:
        return id(statement) in self._record_of

    def _all(self) -> Iterable[Statement]:
        return [one for versions in self._statements.values() for one in versions.values()]

    def _claimed(self, groups: list[list[Statement]]) -> list[Thing]:
        """Give each group the id of the oldest record that no other group has taken.

        The group that says most of a record chooses first: where one falls apart, its id and the
        customer's corrections stay with the larger part.
        """
        taken: set[bytes] = set()
        found = []
        for group in sorted(map(ranked_of, groups), key=_size):
            records = {self._record_of[id(one)].record_id for one in group if self._was(one)}
            free = [self._stored[one] for one in records - taken]
            stored = sorted(free, key=lambda one: (one.change, one.record_id))
            taken |= {one.record_id for one in stored}
            record_id = stored[0].record_id if stored else urandom(16)
            coming = [one for one in group if id(one) in self._coming]
            # Either part may be the gift: too much is withheld rather than too little.
            marked = any(_marked(self._stored[one]) for one in records)
            kept = any(KEPT in self._stored[one].data for one in records)
            found.append(Thing(group[0].kind, record_id, group, stored, coming, marked, kept))
        return found


def document_of(statement: Statement) -> str:
    """The record of the document in which a purchase stands: the first that it is linked to."""
    return statement.links[0] if statement.links else ""


def _size(group: list[Statement]) -> tuple[int, tuple[str, str]]:
    return -len(group), group[0].key


def _marked(record: StoredRecord) -> bool:
    """Whether the customer has said by hand that it is a gift."""
    return "isGift" in record.data.get("edits", ()) and bool(record.data.get("isGift"))


def followed(links: Iterable[str], moved: Mapping[str, str]) -> tuple[str, ...]:
    """Links, those to absorbed records leading to what absorbed them."""
    return tuple(dict.fromkeys(moved.get(link, link) for link in links))
