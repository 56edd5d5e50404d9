"""How the owner's open session writes: one writer, staged rows, one short flip.

Rows are staged above the vault's counter, where nobody reads, in slices that keep no reader
waiting. The flip is one transaction: it closes and erases what the write replaces, writes the
tombstones, swaps the index, appends to the ledger and advances the counter. Killed before the
flip, nothing has happened; the next writer drops what was staged.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from vault.domain.compartments import Compartment, Kind
from vault.domain.listing import describe
from vault.domain.relations import relate
from vault.errors import Busy
from vault.services import manifest, renewal
from vault.services.open_vault import OpenVault
from vault.storage import epochs, grants, index, ledger, records, segments, tombstones, vaults
from vault.storage.batches import BatchReader, BatchWriter
from vault.storage.grants import Consent
from vault.storage.keyring import KeyRing
from vault.storage.records import StoredRecord
from vault.storage.segments import IndexLine, Key, ManifestLine
from vault.storage.store import Store
from vault.storage.tombstones import Tombstone

_SLICE = 1_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The vault as one moment shows it to its owner."""

    conn: Connection
    ring: KeyRing
    reader: BatchReader
    horizon: int

    def read(self, ids: Iterable[bytes]) -> dict[bytes, StoredRecord]:
        """The open rows of some records."""
        return records.read(self.conn, self.reader, self.ring.vault_id, ids, self.horizon)

    def manifest(self, *compartments: Compartment) -> Iterator[ManifestLine]:
        """The index's manifest of some compartments."""
        for compartment in compartments:
            yield from index.manifest(self.conn, self.ring, compartment, self.horizon)


def snapshot(conn: Connection, ring: KeyRing) -> Snapshot:
    """What a read transaction shows: everything up to the vault's counter."""
    horizon = vaults.find(conn, ring.vault_id).change
    return Snapshot(conn, ring, BatchReader(conn, ring), horizon)


@dataclass(frozen=True, slots=True)
class Change:
    """One record added (`old` is None), replaced, moved, or deleted (`data` is None).

    `gift` says in which twin it shall stand.
    """

    kind: Kind
    record_id: bytes
    data: dict[str, Any] | None
    old: StoredRecord | None = None
    gift: bool = False

    @property
    def compartment(self) -> Compartment:
        """Where it shall stand."""
        twin = self.kind.gift_compartment
        return twin if self.gift and twin else self.kind.compartment

    @property
    def erases(self) -> bool:
        """Whether former versions must go: it is deleted, or moves between the twins."""
        return self.old is not None and (
            self.data is None or self.old.compartment is not self.compartment
        )


@dataclass(frozen=True, slots=True)
class Committed:
    """What a write did: the changes above `first`, up to `last`, and the ledger's new head."""

    first: int
    last: int
    head: bytes


@dataclass(slots=True)
class _Edits:
    """What the flip has to do, gathered while rows are staged."""

    closing: list[tuple[int, int, int]] = field(default_factory=list)
    erasing: list[bytes] = field(default_factory=list)
    replaced: list[tuple[int, Change]] = field(default_factory=list)
    removed: dict[Compartment, list[Key]] = field(default_factory=dict)
    added: dict[Compartment, list[IndexLine]] = field(default_factory=dict)


class Outdated(Busy):
    """The vault's keys are to be renewed, or were, since this write began: it begins anew."""


AlsoInFlip = Callable[[Connection, Committed], None]


class Writer:
    """One write of the owner: made by `write`, used once."""

    def __init__(self, store: Store, vault: OpenVault, base: int, fence: int) -> None:
        self._store = store
        self._vault = vault
        self._base = base
        self._next = base
        self._fence = fence
        self._edits = _Edits()
        self.flipped = False

    def apply(
        self,
        changes: Iterable[Change],
        what: str,
        details: Callable[[], Mapping[str, Any]],
        also: AlsoInFlip | None = None,
    ) -> Committed | None:
        """Stage every change and flip; None where there was nothing to change.

        `details` is asked after the last change, for the ledger; `also` runs in the flip.
        """
        waiting: list[Change] = []
        for change in changes:
            waiting.append(change)
            if len(waiting) >= _SLICE:
                with self._store.database.write() as conn:
                    self._go_on(conn)
                    self._stage(conn, waiting)
                waiting = []
        if not waiting and self._next == self._base and also is None:
            return None
        with self._store.database.write() as conn:
            self._go_on(conn)
            self._stage(conn, waiting)
            committed = self._flip(conn, what, details(), also)
        self.flipped = True
        return committed

    def _go_on(self, conn: Connection) -> None:
        """Check that this is still the writer and its keys still the vault's; lock the row.

        Without it a consent withdrawn half way through a long import could read the rest of it.
        """
        vaults.renew_lease(conn, self._vault.vault_id, self._fence, self._now)
        if epochs.outdated(conn, self._vault.ring):
            raise Outdated("a consent ended while this was being stored; try again", retry_after=1)

    @property
    def erased(self) -> bool:
        """Whether former versions were erased."""
        return self.flipped and bool(self._edits.erasing)

    @property
    def _now(self) -> int:
        return self._store.clock()

    def _stage(self, conn: Connection, changes: Iterable[Change]) -> None:
        """Seal and insert the rows of one slice."""
        writers: dict[Compartment, BatchWriter] = {}
        rows = []
        for change in changes:
            self._next += 1
            self._note_old(change)
            if change.data is None:
                continue
            compartment = change.compartment
            if compartment not in writers:
                writers[compartment] = BatchWriter(conn, self._vault.ring, compartment, self._next)
            writer = writers[compartment]
            revision = change.old.revision + 1 if change.old else 1
            position, envelope = writer.seal(change.record_id, revision, orjson.dumps(change.data))
            self._edits.added.setdefault(compartment, []).append(
                _line(change, revision, self._next, envelope)
            )
            rows.append(
                {
                    "vault_id": self._vault.vault_id,
                    "compartment": int(compartment),
                    "change": self._next,
                    "record_id": change.record_id,
                    "revision": revision,
                    "batch_id": writer.batch_id,
                    "position": position,
                    "ciphertext": envelope,
                }
            )
        records.stage(conn, rows)

    def _note_old(self, change: Change) -> None:
        old = change.old
        if old is None:
            return
        edits = self._edits
        edits.replaced.append((self._next, change))
        order = (describe(change.kind, old.data).date, change.record_id.hex())
        edits.removed.setdefault(old.compartment, []).append(order)
        if change.erases:
            edits.erasing.append(change.record_id)
        else:
            edits.closing.append((int(old.compartment), old.change, self._next))

    def _flip(
        self,
        conn: Connection,
        what: str,
        details: Mapping[str, Any],
        also: AlsoInFlip | None,
    ) -> Committed:
        vault_id, edits, last = self._vault.vault_id, self._edits, self._next
        self._swap_index(conn)
        records.close(conn, vault_id, edits.closing)
        self._erase(conn)
        self._bury(conn)
        locked = vaults.find(conn, vault_id)
        closed = last if edits.replaced else locked.closed_change
        vaults.set_values(conn, vault_id, change=last, closed_change=closed, leased_until=0)
        state = manifest.digest(conn, vault_id)
        entry = {**details, "state": state.hex()}
        head = ledger.append(conn, self._store.keys, locked, what, entry, self._now)
        committed = Committed(self._base, last, head)
        if also is not None:
            also(conn, committed)
        return committed

    def _swap_index(self, conn: Connection) -> None:
        edits, ring = self._edits, self._vault.ring
        for compartment in sorted(edits.removed.keys() | edits.added.keys()):
            replaced = index.rewrite(
                conn,
                ring,
                compartment,
                edits.removed.get(compartment, ()),
                edits.added.get(compartment, ()),
                horizon=self._base,
                change=self._next,
            )
            segments.drop(conn, ring.vault_id, replaced)

    def _erase(self, conn: Connection) -> None:
        """Erase former versions, except the rows that this very write has opened."""
        records.erase(conn, self._vault.vault_id, self._edits.erasing, self._base + 1)

    def _bury(self, conn: Connection) -> None:
        """Write a tombstone for each live grant that could see a row that closes."""
        if not self._edits.replaced:
            return
        consents = list(grants.live(conn, self._vault.ring, self._now))
        made = [
            _tombstone(consent, number, change)
            for number, change in self._edits.replaced
            for consent in consents
            if _sees(consent, change.kind, change.old)
        ]
        tombstones.add(conn, self._vault.vault_id, made, self._now)


def _sees(consent: Consent, kind: Kind, old: StoredRecord | None) -> bool:
    return old is not None and consent.terms.allows(kind, old.data, gift=old.is_gift)


def _tombstone(consent: Consent, number: int, change: Change) -> Tombstone:
    continues = change.data is not None and consent.terms.allows(
        change.kind, change.data, gift=change.gift
    )
    since = change.old.change if change.old else 0
    return Tombstone(
        consent.grant_id,
        int(change.kind.compartment),
        number,
        change.record_id,
        since,
        continues,
    )


def _line(change: Change, revision: int, number: int, envelope: bytes) -> IndexLine:
    data = change.data or {}
    relation = relate(change.kind, change.record_id, data)
    source = data.get("source") or {}
    line = ManifestLine(
        record_id=change.record_id.hex(),
        revision=revision,
        change=number,
        digest=hashlib.sha256(envelope).hexdigest(),
        key=source_key(change.kind, source),
        content=source.get("content", ""),
        imported=source.get("batch", ""),
        tokens=relation.tokens,
        sellers=relation.sellers,
    )
    return IndexLine(describe(change.kind, data), line)


def source_key(kind: Kind, source: Mapping[str, Any]) -> str:
    """The name by which its source knows a record; empty for one added by hand."""
    source_id = source.get("sourceId")
    return f"{source['connector']}:{kind}:{source_id}" if source_id else ""


@contextmanager
def writing(store: Store, vault: OpenVault) -> Iterator[tuple[Writer, Snapshot]]:
    """Become the vault's one writer, with the snapshot to plan the write on.

    Renews epochs first where that is due. Raises Busy while another write is under way.
    """
    with store.database.write() as conn:
        row = vaults.lease(conn, vault.vault_id, store.clock())
        ring = renewal.renew(conn, store, vault)
    vault.ring = ring
    writer = Writer(store, vault, row.change, row.fence)
    try:
        with store.database.read() as conn:
            yield writer, snapshot(conn, ring)
    finally:
        if not writer.flipped:
            with store.database.write() as conn:
                vaults.release(conn, vault.vault_id, row.fence)
    if writer.erased:
        # What was erased must not linger in SQLite's log; the sweep tries again if busy.
        store.database.checkpoint()
