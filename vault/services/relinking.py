"""Relinking: where links lead once the documents that they named are joined, or fell apart."""

from collections.abc import Iterable, Iterator

from vault.domain.relations import link_to
from vault.domain.statements import Statement, statements_of
from vault.services.changes import Change, source_key
from vault.services.gift_moves import kind_of
from vault.services.reconciling import Thing, followed
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
        """The records beside those `seen` that are linked to one that was absorbed."""
        wanted = {link_to(one) for one in self._absorbed}
        ids = [
            bytes.fromhex(line.record_id)
            for _, line in (now.index() if wanted else ())
            if not wanted.isdisjoint(line.tokens)
        ]
        for record in now.read(ids).values() if ids else ():
            if record.record_id not in seen:
                yield record

    def relinked(self, change: Change) -> Change:
        """The change with its links to absorbed records turned to what absorbed them."""
        links = (change.data or {}).get("links", ())
        if not links or self._absorbed.keys().isdisjoint(links):
            return change
        data = {**(change.data or {}), "links": list(followed(links, self._absorbed))}
        return Change(change.kind, change.record_id, data, old=change.old, gift=change.gift)


def _keys(record: StoredRecord) -> Iterator[str]:
    for one in statements_of(kind_of(record), record.data):
        yield source_key(kind_of(record), one.source())
