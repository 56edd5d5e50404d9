"""Filing: what waits in the inbox becomes records, once, with gift rules applied first.

Only the owner's open session files. It goes through an import's items twice: first to learn which
gifts they state, so that an order read before its gift goes to the twin at once; then slice by
slice, telling what is new from what is known by the name that the source has for it.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import orjson

from vault.domain.compartments import Compartment, Kind
from vault.domain.relations import NAMING_KINDS, GiftNames, relate
from vault.services import gift_moves
from vault.services.changes import Change, source_key
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord
from vault.storage.segments import ManifestLine

_SLICE = 500
RECORD_COMPARTMENTS = tuple(one for one in Compartment if one.kind is not None)


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


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it waits in the inbox: the parser's line, and where it was read."""

    line: bytes
    connector: str
    digest: str

    def parse(self) -> dict[str, Any]:
        """The line's JSON: `kind`, `sourceId`, `refs`, `data`."""
        parsed: dict[str, Any] = orjson.loads(self.line)
        return parsed

    @property
    def content(self) -> str:
        """A short hash of what the source says: equal lines need no second look."""
        return hashlib.blake2b(self.line, digest_size=12).hexdigest()

    def key(self, parsed: dict[str, Any]) -> str:
        """The name by which the source knows the record."""
        source = {"connector": self.connector, "sourceId": parsed["sourceId"]}
        return source_key(Kind(parsed["kind"]), source)


def known_lines(snapshot: Snapshot) -> dict[str, ManifestLine]:
    """Every imported record's index line, by the name that its source has for it."""
    return {line.key: line for line in snapshot.manifest(*RECORD_COMPARTMENTS) if line.key}


class _Candidate(NamedTuple):
    """An item that is new to the vault, or says something else than before."""

    item: Item
    parsed: dict[str, Any]
    record_id: bytes
    content: str
    known: bool


class Filing:
    """The plan of one filing: turns inbox items into changes, and counts."""

    def __init__(self, snapshot: Snapshot, import_id: bytes, imported_at: str) -> None:
        """`imported_at` is an ISO 8601 moment, UTC."""
        self.outcome = Outcome()
        self._snapshot = snapshot
        self._import_id = import_id.hex()
        self._imported_at = imported_at
        self._known = known_lines(snapshot)
        self._ids: dict[str, bytes] = {}
        self._done: set[bytes] = set()
        self._stated = GiftNames()
        self._names = gift_moves.present_gifts(snapshot)
        self._gifts = {line.key for line in snapshot.manifest(Compartment.GIFTS_PURCHASES)} - {""}

    def changes(self, items: Callable[[], Iterable[Item]]) -> Iterator[Change]:
        """Every change that the items make; `items` is asked for them twice."""
        self._learn(items())
        waiting = iter(items())
        while some := list(islice(waiting, _SLICE)):
            yield from self._file(some)
        for change in gift_moves.hide(self._snapshot, self._stated):
            if change.record_id not in self._done:
                yield change

    def _learn(self, items: Iterable[Item]) -> None:
        """Give ids to what others refer to, and gather the names of the gifts that are stated."""
        gifts = []
        for item in items:
            if b'"isGift":true' in item.line or self._marked(item):
                gifts.append(item)
            elif b'"kind":"purchase"' not in item.line:
                self._id_of(item.key(item.parse()))
        for item in gifts:
            parsed = item.parse()
            record_id = self._id_of(item.key(parsed))
            if not self._overruled(record_id):
                relation = relate(Kind.PURCHASE, record_id, self._linked(item, parsed))
                self._stated.add(relation)
                self._names.add(relation)

    def _marked(self, item: Item) -> bool:
        """Whether it is a gift by the customer's own word: the document may name more of it."""
        purchase = b'"kind":"purchase"' in item.line
        return purchase and bool(self._gifts) and item.key(item.parse()) in self._gifts

    def _overruled(self, record_id: bytes) -> bool:
        """Whether the customer has said by hand that this is no gift."""
        stored = self._snapshot.read([record_id]).get(record_id)
        if stored is None or "isGift" not in stored.data.get("edits", ()):
            return False
        return not stored.data.get("isGift")

    def _id_of(self, key: str) -> bytes:
        """The id of a record by its key: the one it has, or one drawn now."""
        found = self._ids.get(key)
        if found is None:
            line = self._known.get(key)
            found = bytes.fromhex(line.record_id) if line else os.urandom(16)
            self._ids[key] = found
        return found

    def _linked(self, item: Item, parsed: dict[str, Any]) -> dict[str, Any]:
        """The record's data with links to the records of the same document that it belongs to."""
        data: dict[str, Any] = parsed["data"]
        refs = parsed.get("refs")
        if not refs:
            return data
        ids = self._ids
        keys = (f"{item.connector}:{kind}:{ref}" for ref in refs for kind in NAMING_KINDS)
        return {**data, "links": [ids[key].hex() for key in keys if key in ids]}

    def _file(self, items: list[Item]) -> Iterator[Change]:
        fresh = [one for item in items if (one := self._look_up(item)) is not None]
        differing = [one.record_id for one in fresh if one.known]
        stored = self._snapshot.read(differing) if differing else {}
        for one in fresh:
            change = self._change(one, stored.get(one.record_id))
            if change is not None:
                yield change

    def _look_up(self, item: Item) -> "_Candidate | None":
        """The item with its place in the vault; None where the vault has just this already."""
        parsed = item.parse()
        key, content = item.key(parsed), item.content
        record_id, line = self._id_of(key), self._known.get(key)
        if record_id in self._done or (line is not None and line.content == content):
            self.outcome.unchanged += 1
            return None
        self._done.add(record_id)
        return _Candidate(item, parsed, record_id, content, known=line is not None)

    def _change(self, one: "_Candidate", old: StoredRecord | None) -> Change | None:
        kind = Kind(one.parsed["kind"])
        data = {**self._linked(one.item, one.parsed), "source": self._source(one, old)}
        if old is not None:
            data = merged(old.data, data)
            if _said(data) == _said(old.data):
                self.outcome.unchanged += 1
                return None
            self.outcome.changed += 1
        else:
            self.outcome.added += 1
        gift = self._is_gift(kind, one.record_id, data, old)
        self.outcome.gifts += gift and kind is Kind.PURCHASE
        return Change(kind, one.record_id, data, old=old, gift=gift)

    def _source(self, one: "_Candidate", old: StoredRecord | None) -> dict[str, Any]:
        """Where the record came from; a later import changes it and does not make it its own."""
        return {
            "connector": one.item.connector,
            "sourceId": one.parsed["sourceId"],
            "fileDigest": one.item.digest,
            "importedAt": self._imported_at,
            "batch": old.data["source"]["batch"] if old else self._import_id,
            "content": one.content,
        }

    def _is_gift(
        self, kind: Kind, record_id: bytes, data: dict[str, Any], old: StoredRecord | None
    ) -> bool:
        if kind is Kind.PURCHASE:
            return bool(data.get("isGift"))
        if kind not in NAMING_KINDS:
            return False
        # What stood in the twin stays there: only unmarking brings a record back.
        return (old is not None and old.is_gift) or (
            bool(self._names) and self._names.named_by(relate(kind, record_id, data))
        )


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What a document now says, over what earlier ones said, under what the customer corrected.

    One report of a vendor states what another leaves out; what a document does not say is not
    thereby untrue.
    """
    edits = old.get("edits", ())
    kept = {**old, **{name: value for name, value in new.items() if name not in edits}}
    links = [*old.get("links", ()), *new.get("links", ())]
    return {**kept, "links": list(dict.fromkeys(links))} if links else kept


def _said(data: dict[str, Any]) -> dict[str, Any]:
    """A record without where it came from."""
    return {name: value for name, value in data.items() if name != "source"}
