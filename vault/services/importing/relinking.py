"""Relinking: where links lead once the documents that they named are joined, or fell apart."""

from collections.abc import Callable, Iterable, Iterator

from vault.domain.relations import link_to
from vault.domain.statements import Statement, statements_of
from vault.services.changes import Change, source_key
from vault.services.importing.reconciling import Thing, followed
from vault.services.records.gift_moves import kind_of
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord


class Relinking:
    """Follows links from the records that there were to the things that they have become."""

    def __init__(self, stored: Iterable[StoredRecord], things: Iterable[Thing]) -> None:
        """`stored` are the documents that there were, `things` what they are now."""
        self._now: dict[str, tuple[str, str]] = {}
        for thing in things:
            for one in thing.statements:
                key = source_key(thing.kind, one.source())
                self._now[key] = thing.record_id.hex(), one.file_digest
        self._absorbed = {
            one.record_id.hex(): thing.record_id.hex() for thing in things for one in thing.absorbed
        }
        self._parts = {one.record_id.hex(): list(_keys(one)) for one in stored}
        torn = {one for one, keys in self._parts.items() if any(map(self._is_elsewhere(one), keys))}
        self._moved = torn | self._absorbed.keys()

    def _is_elsewhere(self, record: str) -> Callable[[str], bool]:
        """Whether what a source states, of what stood in a record, now stands in another."""
        return lambda key: self._now.get(key, (record, ""))[0] != record

    def followed(self, statement: Statement) -> tuple[str, ...]:
        """The links of a statement, each to the part of what it named that stood beside it."""
        links = (self._part(statement, link) for link in statement.links)
        return followed(links, self._absorbed)

    def _part(self, statement: Statement, link: str) -> str:
        mine = f"{statement.connector}:{statement.document}"
        parts = [key for key in self._parts.get(link, ()) if key in self._now]
        for key in parts:
            if key == mine:
                return self._now[key][0]
        for key in parts:
            found, digest = self._now[key]
            if key.startswith(f"{statement.connector}:") and digest == statement.file_digest:
                return found
        return link

    def left(self, now: Snapshot, seen: frozenset[bytes]) -> Iterator[StoredRecord]:
        """The records beside those `seen` that are linked to one that was absorbed, or torn."""
        wanted = {link_to(one) for one in self._moved}
        ids = [
            bytes.fromhex(line.record_id)
            for _, line in (now.index() if wanted else ())
            if not wanted.isdisjoint(line.tokens)
        ]
        for record in now.read(ids).values() if ids else ():
            if record.record_id not in seen:
                yield record

    def relinked(self, change: Change) -> Change:
        """The change with its links turned to what absorbed the records, or to the part meant."""
        links = (change.data or {}).get("links", ())
        if not links or self._moved.isdisjoint(links):
            return change
        stated = statements_of(change.kind, change.data or {})
        led = self.followed(stated[0]) if len(stated) == 1 else followed(links, self._absorbed)
        data = {**(change.data or {}), "links": list(led)}
        return Change(change.kind, change.record_id, data, old=change.old, gift=change.gift)


def _keys(record: StoredRecord) -> Iterator[str]:
    for one in statements_of(kind_of(record), record.data):
        yield source_key(kind_of(record), one.source())
