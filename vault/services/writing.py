"""How the owner's open session writes: one writer, staged rows, one short flip.

Rows are staged above the vault's counter, where nobody reads, in slices that keep no reader
waiting. The flip is one transaction: it closes and erases what the write replaces, writes the
tombstones, swaps the index, appends to the ledger and advances the counter. Killed before the
flip, nothing has happened; the next writer drops what was staged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import Busy
from vault.services import renewal
from vault.services.changes import Change, saw, tombstone
from vault.services.edits import Edits
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.services.snapshots import Snapshot, snapshot
from vault.storage import epochs, grants, tombstones, vaults
from vault.storage.store import Store
from vault.storage.tombstones import Tombstone

_SLICE = 1_000
_SEGMENTS_AT_ONCE = 5
_STAY_SECONDS = vaults.LEASE_SECONDS // 3
_CHANGES_LOGGED = 50_000
"""After how many changes SQLite's log may be emptied: it has some 6 KiB for each."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a write did: the changes above `first`, up to `last`, and the ledger's new head."""

    first: int
    last: int
    head: bytes


class Outdated(Busy):
    """The vault's keys are to be renewed, or were, since this write began: it begins anew."""


AlsoInFlip = Callable[[Connection, Committed], None]


class Writer:
    """One write of the owner: made by `write`, used once."""

    def __init__(self, store: Store, vault: OpenVault, seen: Snapshot, fence: int) -> None:
        """Write above `seen`, which is planned on; `fence` is the lease's number."""
        self._store = store
        self._vault = vault
        self._seen = seen
        self._fence = fence
        self._stayed = store.clock()
        self._edits = Edits(vault.ring, seen.horizon)
        self.flipped = False

    def apply(
        self,
        changes: Iterable[Change],
        what: LedgerEvent,
        details: Callable[[], Mapping[str, Any]],
        also: AlsoInFlip | None = None,
    ) -> Committed | None:
        """Stage every change and flip; None where there was nothing to change.

        `details` is asked after the last change, for the ledger; `also` runs in the flip.
        """
        coming = iter(changes)
        waiting = list(islice(coming, _SLICE))
        if len(waiting) == _SLICE:
            self._stage_in_slices(chain(waiting, coming))
            waiting = []
        edits = self._edits
        if not waiting and edits.last == edits.base and also is None:
            return None
        with self._write() as conn:
            edits.stage(conn, waiting)
            if waiting:
                edits.stage_index(conn, edits.rewritten(conn, conn))
            committed = self._flip(conn, what, details(), also)
        self.flipped = True
        return committed

    def _stage_in_slices(self, changes: Iterator[Change]) -> None:
        """Stage a long write, so that nobody waits for more than a slice of it."""
        edits = self._edits
        while some := list(islice(changes, _SLICE)):
            with self._write() as conn:
                edits.stage(conn, some)
                edits.put_aside(conn)
            if (edits.last - edits.base) % _CHANGES_LOGGED == 0:
                self._look_anew()
        with self._store.database.read() as staged:
            rewritten = edits.rewritten(self._seen.conn, staged)
            while parts := list(islice(rewritten, _SEGMENTS_AT_ONCE)):
                with self._write() as conn:
                    edits.stage_index(conn, parts)
        edits.index_is_staged()

    def _look_anew(self) -> None:
        """Go on planning on what is there now: it is the same, but the log may begin anew.

        That it is the same, the fencing number says: nobody else has written records since.
        """
        self._store.database.renew(self._seen.conn)
        with self._write():
            pass

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """One transaction of this write."""
        with self._store.database.write() as conn:
            self._go_on(conn)
            yield conn

    def _go_on(self, conn: Connection) -> None:
        """Check that this is still the writer and its keys still the vault's; lock the row.

        Without it a consent withdrawn half way through a long import could read the rest of it.
        """
        self._stayed = self._now
        vaults.renew_lease(conn, self._vault.vault_id, self._fence, self._stayed)
        if epochs.outdated(conn, self._vault.ring):
            raise Outdated("A consent ended while this was being stored: try again.", retry_after=1)

    def stay(self) -> None:
        """Remain the writer while a long write is still planned: to be called now and then.

        Raises Busy where another took its place.
        """
        if self._now >= self._stayed + _STAY_SECONDS:
            with self._write():
                pass

    @property
    def erased(self) -> bool:
        """Whether former versions were erased."""
        return self.flipped and self._edits.erases

    @property
    def _now(self) -> int:
        return self._store.clock()

    def _flip(
        self,
        conn: Connection,
        what: LedgerEvent,
        details: Mapping[str, Any],
        also: AlsoInFlip | None,
    ) -> Committed:
        vault_id, edits, last = self._vault.vault_id, self._edits, self._edits.last
        recording = Recording(conn, self._store, vault_id)
        if recording.altered:
            # Nothing of this stays: the next try finds it too, and renews before it writes.
            raise Outdated("A consent ended while this was being stored: try again.", retry_after=1)
        edits.close(conn)
        self._bury(conn)
        closed = last if edits.replaced else vaults.find(conn, vault_id).closed_change
        vaults.set_values(conn, vault_id, change=last, closed_change=closed, leased_until=0)
        committed = Committed(edits.base, last, recording.write(what, details))
        if also is not None:
            also(conn, committed)
        return committed

    def _bury(self, conn: Connection) -> None:
        """Write a tombstone for each live grant that could see a row that closes."""
        if not self._edits.replaced:
            return
        made: list[Tombstone] = []
        for consent in list(grants.live(conn, self._vault.ring, self._now)):
            seen = [
                tombstone(consent, number, change)
                for number, change in self._edits.replaced
                if saw(consent, change)
            ]
            made += tombstones.held(conn, self._vault.vault_id, consent.progress, seen)
        tombstones.add(conn, self._vault.vault_id, made, self._now)


@contextmanager
def writing(store: Store, vault: OpenVault) -> Iterator[tuple[Writer, Snapshot]]:
    """Become the vault's one writer, with the snapshot to plan the write on.

    Renews epochs first where that is due. Raises Busy while another write is under way.
    """
    with store.database.write() as conn:
        row = vaults.lease(conn, vault.vault_id, store.clock())
        ring = renewal.renew(conn, store, vault)
    vault.ring = ring
    with store.database.read() as conn:
        seen = snapshot(conn, ring)
        writer = Writer(store, vault, seen, row.fence)
        try:
            yield writer, seen
        finally:
            if not writer.flipped:
                with store.database.write() as releasing:
                    vaults.release(releasing, vault.vault_id, row.fence)
    if writer.erased:
        # What was erased must not linger in SQLite's log; the sweep tries again if busy.
        store.database.checkpoint()
