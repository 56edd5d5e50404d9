"""What one write changes: rows staged above the counter, their index, and what goes in the flip.

Nobody reads what is staged here until the vault's counter passes it (`writing.py`).
"""

from collections.abc import Iterable, Iterator

import orjson
from sqlalchemy import Connection

from vault.domain.compartments import Compartment
from vault.domain.listing import describe
from vault.services.changes import Change, index_line
from vault.storage import index, records, segments
from vault.storage.batches import BatchWriter
from vault.storage.index import Rewritten
from vault.storage.index_lines import IndexLine, Key
from vault.storage.keyring import KeyRing

_LINES_HELD = 10_000
"""How many lines of the index are held, of a compartment, before they are put aside."""


class Edits:
    """The rows and lines of one write, with the numbers of its changes."""

    def __init__(self, ring: KeyRing, base: int) -> None:
        """`base` is the vault's counter: changes are numbered above it."""
        self.base = self.last = base
        self.replaced: list[tuple[int, Change]] = []
        self._ring = ring
        self._closing: list[tuple[int, int, int]] = []
        self._erasing: list[bytes] = []
        self._dropping: list[bytes] = []
        self._removed: dict[Compartment, list[Key]] = {}
        self._added: dict[Compartment, list[IndexLine]] = {}
        self._aside: dict[Compartment, index.Runs] = {}

    @property
    def erases(self) -> bool:
        """Whether former versions are erased."""
        return bool(self._erasing)

    def stage(self, conn: Connection, changes: Iterable[Change]) -> None:
        """Seal and insert the rows of one slice."""
        writers: dict[Compartment, BatchWriter] = {}
        rows = []
        for change in changes:
            self.last += 1
            self._note_old(change)
            if change.data is None:
                continue
            compartment = change.compartment
            if compartment not in writers:
                writers[compartment] = BatchWriter(conn, self._ring, compartment, self.last)
            rows.append(self._row(change, orjson.dumps(change.data), writers[compartment]))
        records.stage(conn, rows)

    def _row(self, change: Change, data: bytes, writer: BatchWriter) -> records.StagedRow:
        """Seal one row, and note its line of the index."""
        revision = change.old.revision + 1 if change.old else 1
        position, envelope = writer.seal(change.record_id, revision, data)
        line = index_line(change, revision, self.last, envelope)
        self._added.setdefault(change.compartment, []).append(line)
        return records.StagedRow(
            vault_id=self._ring.vault_id,
            compartment=int(change.compartment),
            change=self.last,
            record_id=change.record_id,
            revision=revision,
            batch_id=writer.batch_id,
            position=position,
            ciphertext=envelope,
        )

    def _note_old(self, change: Change) -> None:
        old = change.old
        if old is None:
            return
        self.replaced.append((self.last, change))
        order = (describe(change.kind, old.data).date, change.record_id.hex())
        self._removed.setdefault(old.compartment, []).append(order)
        if change.erases:
            self._erasing.append(change.record_id)
        else:
            self._closing.append((int(old.compartment), old.change, self.last))

    def put_aside(self, conn: Connection) -> None:
        """Let go of index lines before there are too many to hold."""
        for compartment, lines in self._added.items():
            if len(lines) > _LINES_HELD:
                runs = self._aside.setdefault(compartment, index.Runs(self._ring, compartment))
                runs.add(conn, lines, self.last)
                lines.clear()

    def rewritten(
        self, conn: Connection, staged: Connection
    ) -> Iterator[tuple[Compartment, Rewritten]]:
        """What the staged rows make of the index, segment by segment.

        `conn` shows the vault as it was, `staged` what this write has put aside.
        """
        for compartment in sorted(self._removed.keys() | self._added.keys()):
            removed, held = self._removed.get(compartment, ()), self._added.get(compartment, ())
            runs = self._aside.get(compartment) or index.Runs(self._ring, compartment)
            added = runs.lines(staged, held)
            parts = index.rewritten(conn, self._ring, compartment, removed, added, self.base)
            yield from ((compartment, part) for part in parts)

    def stage_index(self, conn: Connection, parts: Iterable[tuple[Compartment, Rewritten]]) -> None:
        """Insert segments of the index; those that they replace go in the flip."""
        for compartment, (replaced, lines) in parts:
            if replaced is not None:
                self._dropping.append(replaced)
            if lines:
                segments.write(conn, self._ring, compartment, lines, self.last)

    def index_is_staged(self) -> None:
        """What was put aside has become the index, and goes in the flip."""
        for runs in self._aside.values():
            self._dropping += runs.ids()

    def close(self, conn: Connection) -> None:
        """In the flip: close and erase what this replaces, but for the rows that it has opened."""
        vault_id = self._ring.vault_id
        segments.drop(conn, vault_id, self._dropping)
        records.close(conn, vault_id, self._closing)
        records.erase(conn, vault_id, self._erasing, self.base + 1)
