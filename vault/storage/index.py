"""The index of one vault: which lines each compartment has, and how a write changes them.

Segments divide a compartment's lines by date without overlap, so a write rewrites only the
segments that its lines fall into, and a list of the latest opens only the last ones.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush, heapreplace, merge
from itertools import groupby

from sqlalchemy import Connection

from vault.domain.compartments import Compartment
from vault.storage import segments
from vault.storage.index_lines import IndexLine, Key, ManifestLine
from vault.storage.keyring import KeyRing
from vault.storage.segments import Segment

SEGMENT_LINES = 1_000
_SPLIT_ABOVE = 1_500
_RUN_LINES = 100


def manifest(
    conn: Connection, ring: KeyRing, compartment: Compartment, horizon: int
) -> Iterator[ManifestLine]:
    """The manifest of a compartment, in order of date."""
    for segment in segments.heads(conn, ring, compartment, horizon):
        yield from segments.read_manifest(conn, ring, segment)


Rewritten = tuple[bytes | None, Sequence[IndexLine]]
"""The id of a segment that goes, if one does, and the lines of one that comes, if any."""


def rewritten(
    conn: Connection,
    ring: KeyRing,
    compartment: Compartment,
    removed: Sequence[Key],
    added: Iterable[IndexLine],
    horizon: int,
) -> Iterator[Rewritten]:
    """What a write makes of a compartment's segments, one at a time.

    `added` comes in order, and is never held as a whole: it may be a million lines.
    """
    heads = segments.heads(conn, ring, compartment, horizon)
    firsts = [head.first for head in heads]
    gone: dict[int, set[str]] = defaultdict(set)
    for key in removed:
        gone[_place(firsts, key)].add(key[1])
    for number, lines in groupby(added, lambda line: _place(firsts, line.order)):
        yield from _segment(conn, ring, heads, number, gone.pop(number, set()), lines)
    for number, ids in gone.items():
        yield from _segment(conn, ring, heads, number, ids, ())


def _place(firsts: Sequence[Key], key: Key) -> int:
    """The number of the segment that a line falls into; 0 where there is none yet."""
    return max(bisect_right(firsts, key) - 1, 0)


def _segment(
    conn: Connection,
    ring: KeyRing,
    heads: Sequence[Segment],
    number: int,
    removed: set[str],
    added: Iterable[IndexLine],
) -> Iterator[Rewritten]:
    """What becomes of one segment."""
    replaced: bytes | None = None
    kept: list[IndexLine] = []
    if heads:
        replaced = heads[number].segment_id
        lines = segments.read_all(conn, ring, heads[number])
        kept = [line for line in lines if line.manifest.record_id not in removed]
    for part in _parts(merge(kept, added, key=_order)):
        yield replaced, part
        replaced = None
    if replaced is not None:
        yield replaced, ()


def _order(line: IndexLine) -> Key:
    return line.order


def _parts(lines: Iterable[IndexLine]) -> Iterator[Sequence[IndexLine]]:
    """Lines of one segment, or of several where it has grown too long."""
    part: list[IndexLine] = []
    for line in lines:
        part.append(line)
        if len(part) > _SPLIT_ABOVE:
            yield part[:SEGMENT_LINES]
            part = part[SEGMENT_LINES:]
    if part:
        yield part


class Runs:
    """The lines that a long write adds, put aside in sorted runs until it knows all of them.

    A run is sealed and staged like the index itself, above the vault's counter: nobody reads it,
    and the next writer drops what a killed one has left. Its segments are short, for of each run
    that is being read one is held.
    """

    def __init__(self, ring: KeyRing, compartment: Compartment) -> None:
        self._ring = ring
        self._compartment = compartment
        self._runs: list[tuple[Key, list[Segment]]] = []

    def add(self, conn: Connection, lines: Iterable[IndexLine], change: int) -> None:
        """Put aside a run of lines, in any order."""
        ordered = sorted(lines, key=_order)
        starts = range(0, len(ordered), _RUN_LINES)
        parts = [ordered[start : start + _RUN_LINES] for start in starts]
        written = [
            segments.write(conn, self._ring, self._compartment, one, change) for one in parts
        ]
        self._runs.append((ordered[0].order, written))

    def lines(self, conn: Connection, rest: Iterable[IndexLine]) -> Iterator[IndexLine]:
        """Every line that was put aside, and the rest, in order."""
        runs = [(first, self._read(conn, run)) for first, run in self._runs]
        return merge(_in_turn(runs), sorted(rest, key=_order), key=_order)

    def _read(self, conn: Connection, run: Sequence[Segment]) -> Iterator[IndexLine]:
        for segment in run:
            yield from segments.read_all(conn, self._ring, segment)

    def ids(self) -> list[bytes]:
        """The segments to drop once the index is written."""
        return [segment.segment_id for _, run in self._runs for segment in run]


def _in_turn(runs: Iterable[tuple[Key, Iterator[IndexLine]]]) -> Iterator[IndexLine]:
    """The lines of sorted runs in order; each comes with its first, and is opened when that is due.

    A history comes by date, and then few are open at a time.
    """
    due: list[tuple[Key, int, IndexLine | None]] = []
    opened = []
    for number, (first, run) in enumerate(runs):
        opened.append(run)
        heappush(due, (first, number, None))
    while due:
        _, number, line = due[0]
        if line is not None:
            yield line
        following = next(opened[number], None)
        if following is None:
            heappop(due)
        else:
            heapreplace(due, (following.order, number, following))
