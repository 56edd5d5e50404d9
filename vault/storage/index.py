"""The index of one vault: which lines each compartment has, and how a write changes them.

Segments divide a compartment's lines by date without overlap, so a write rewrites only the
segments that its lines fall into, and a list of the latest opens only the last ones.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from vault.domain.compartments import Compartment
from vault.storage import segments
from vault.storage.keyring import KeyRing
from vault.storage.segments import IndexLine, Key, ManifestLine

SEGMENT_LINES = 1_000
_SPLIT_ABOVE = 1_500


def manifest(
    conn: Connection, ring: KeyRing, compartment: Compartment, horizon: int
) -> Iterator[ManifestLine]:
    """The manifest of a compartment, in order of date."""
    for segment in segments.heads(conn, ring, compartment, horizon):
        yield from segments.read_manifest(conn, ring, segment)


@dataclass(slots=True)
class _Edit:
    """What happens to one segment."""

    removed: set[str] = field(default_factory=set)
    added: list[IndexLine] = field(default_factory=list)


Rewritten = tuple[bytes | None, Sequence[IndexLine]]
"""The id of a segment that goes, if one does, and the lines of one that comes, if any."""


def rewritten(
    conn: Connection,
    ring: KeyRing,
    compartment: Compartment,
    removed: Sequence[Key],
    added: Sequence[IndexLine],
    horizon: int,
) -> Iterator[Rewritten]:
    """What a write makes of a compartment's segments, one at a time."""
    heads = segments.heads(conn, ring, compartment, horizon)
    edits = _divide([head.first for head in heads], removed, added)
    for number, edit in sorted(edits.items()):
        replaced: bytes | None = None
        kept: list[IndexLine] = []
        if heads:
            replaced = heads[number].segment_id
            kept = [
                line
                for line in segments.read_all(conn, ring, heads[number])
                if line.manifest.record_id not in edit.removed
            ]
        for part in _parts(sorted(kept + edit.added, key=lambda line: line.order)):
            yield replaced, part
            replaced = None
        if replaced is not None:
            yield replaced, ()


def _divide(
    firsts: Sequence[Key], removed: Sequence[Key], added: Sequence[IndexLine]
) -> dict[int, _Edit]:
    """For each segment's number what falls into it; all into 0 where there is none yet."""
    edits: dict[int, _Edit] = defaultdict(_Edit)
    for key in removed:
        edits[max(bisect_right(firsts, key) - 1, 0)].removed.add(key[1])
    for line in added:
        edits[max(bisect_right(firsts, line.order) - 1, 0)].added.append(line)
    return edits


def _parts(lines: Sequence[IndexLine]) -> Iterator[Sequence[IndexLine]]:
    """Lines of one segment, or of several equal ones where it has grown too long."""
    if not lines:
        return
    number = 1 if len(lines) <= _SPLIT_ABOVE else -(-len(lines) // SEGMENT_LINES)
    size = -(-len(lines) // number)
    for start in range(0, len(lines), size):
        yield lines[start : start + size]
