"""Index segments: about a thousand lines in columns, compressed and sealed like records.

A segment has three parts, sealed apart so that each use opens only what it needs: `lines` for
lists and search, `manifest` for deduplication, relations and verification, `summary` for home.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, delete, insert, select

from vault.crypto.envelope import context
from vault.domain.compartments import Compartment
from vault.domain.listing import Listing
from vault.storage.index_lines import IndexLine, Key, ManifestLine
from vault.storage.keyring import KeyRing
from vault.storage.schema import segments

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment's place and its opened summary: enough to decide whether to open the rest."""

    segment_id: bytes
    compartment: Compartment
    epoch: int
    summary: dict[str, Any]

    @property
    def first(self) -> Key:
        """The order of its first line."""
        date, record_id = self.summary["first"]
        return date, record_id

    @property
    def last_date(self) -> str:
        """The latest date in it."""
        return str(self.summary["last"][0])

    @property
    def count(self) -> int:
        """How many lines it has."""
        return int(self.summary["count"])


def _place(
    vault_id: bytes, compartment: Compartment, epoch: int, segment_id: bytes, part: str
) -> bytes:
    return context("segment", vault_id, int(compartment), epoch, segment_id, part)


def _pack(columns: Any) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(orjson.dumps(columns))


def _unpack(packed: bytes) -> Any:
    return orjson.loads(zstandard.ZstdDecompressor().decompress(packed))


def _tally(lines: Sequence[IndexLine], name: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for line in lines:
        value = getattr(line.listing, name)
        if value:
            counted[value] = counted.get(value, 0) + 1
    return counted


def _summarise(lines: Sequence[IndexLine]) -> dict[str, Any]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        amount, currency = line.listing.amount, line.listing.currency
        if amount and currency:
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(amount)
    return {
        "count": len(lines),
        "first": lines[0].order,
        "last": lines[-1].order,
        "sums": {currency: str(total) for currency, total in sums.items()},
        "sellers": _tally(lines, "seller"),
        "categories": _tally(lines, "category"),
        "places": _tally(lines, "place"),
    }


def write(
    conn: Connection,
    ring: KeyRing,
    compartment: Compartment,
    lines: Sequence[IndexLine],
    change: int,
) -> Segment:
    """Stage one segment of ordered lines; it counts once the vault's counter reaches `change`."""
    segment_id, epoch = os.urandom(16), ring.epoch(compartment)
    sealed: dict[str, bytes] = {}
    for part, content in _parts(lines):
        where = _place(ring.vault_id, compartment, epoch, segment_id, part)
        sealed[part] = ring.seal(compartment, _pack(content), where)[1]
    conn.execute(
        insert(segments).values(
            vault_id=ring.vault_id,
            compartment=int(compartment),
            segment_id=segment_id,
            change=change,
            epoch=epoch,
            digest=digest_of(sealed["lines"], sealed["manifest"], sealed["summary"]),
            **sealed,
        )
    )
    return Segment(segment_id, compartment, epoch, {})


def _parts(lines: Sequence[IndexLine]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the three parts of a segment say, by name."""
    shown = {"id": [line.manifest.record_id for line in lines]}
    yield "lines", shown | _columns(Listing._fields, [line.listing for line in lines])
    yield "manifest", _columns(ManifestLine._fields, [line.manifest for line in lines])
    yield "summary", _summarise(lines)


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Columns:
    """Rows turned into named columns; `_rows` turns them back."""
    columns = zip(*rows, strict=True)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _rows(names: Sequence[str], columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*(columns[name] for name in names), strict=True)


def digest_of(lines: bytes, manifest: bytes, summary: bytes) -> bytes:
    """SHA-256 over the three envelopes' own digests."""
    parts = (hashlib.sha256(part).digest() for part in (lines, manifest, summary))
    return hashlib.sha256(b"".join(parts)).digest()


def heads(conn: Connection, ring: KeyRing, compartment: Compartment, horizon: int) -> list[Segment]:
    """The segments of a compartment with their summaries, in order of their lines."""
    rows = conn.execute(
        select(segments.c.segment_id, segments.c.epoch, segments.c.summary).where(
            segments.c.vault_id == ring.vault_id,
            segments.c.compartment == int(compartment),
            segments.c.change <= horizon,
        )
    )
    found = [
        Segment(
            row.segment_id,
            compartment,
            row.epoch,
            _open(conn, ring, compartment, row.epoch, row.segment_id, "summary", row.summary),
        )
        for row in rows
    ]
    return sorted(found, key=lambda segment: segment.first)


def _open(
    conn: Connection,
    ring: KeyRing,
    compartment: Compartment,
    epoch: int,
    segment_id: bytes,
    part: str,
    envelope: bytes,
) -> Any:
    where = _place(ring.vault_id, compartment, epoch, segment_id, part)
    return _unpack(ring.unseal(conn, compartment, epoch, envelope, where))


def _read(conn: Connection, ring: KeyRing, segment: Segment, *parts: str) -> list[Any]:
    row = conn.execute(
        select(*(segments.c[part] for part in parts)).where(
            segments.c.vault_id == ring.vault_id,
            segments.c.compartment == int(segment.compartment),
            segments.c.segment_id == segment.segment_id,
        )
    ).one()
    place = (segment.compartment, segment.epoch, segment.segment_id)
    return [_open(conn, ring, *place, part, row[number]) for number, part in enumerate(parts)]


def read_lines(conn: Connection, ring: KeyRing, segment: Segment) -> Columns:
    """The columns that lists need: `id`, and those of `Listing`."""
    opened: Columns = _read(conn, ring, segment, "lines")[0]
    return opened


def read_manifest(conn: Connection, ring: KeyRing, segment: Segment) -> Iterator[ManifestLine]:
    """The manifest lines of a segment."""
    return _manifest(_read(conn, ring, segment, "manifest")[0])


def read_all(conn: Connection, ring: KeyRing, segment: Segment) -> Iterator[IndexLine]:
    """Every line of a segment, whole."""
    shown, manifest = _read(conn, ring, segment, "lines", "manifest")
    listings = map(Listing._make, _rows(Listing._fields, shown))
    return map(IndexLine, listings, _manifest(manifest))


def _manifest(columns: Columns) -> Iterator[ManifestLine]:
    """The manifest lines of a segment, which may be from when a record had but one key."""
    if "key" in columns:
        columns["keys"] = [[key] if key else [] for key in columns.pop("key")]
    return map(ManifestLine._make, _rows(ManifestLine._fields, columns))


def drop(conn: Connection, vault_id: bytes, replaced: Sequence[bytes]) -> None:
    """Erase segments that others have replaced."""
    for start in range(0, len(replaced), 500):
        conn.execute(
            delete(segments).where(
                segments.c.vault_id == vault_id,
                segments.c.segment_id.in_(replaced[start : start + 500]),
            )
        )


def discard_staged(conn: Connection, vault_id: bytes, counter: int) -> None:
    """Drop the segments that a writer staged and never committed."""
    conn.execute(
        delete(segments).where(segments.c.vault_id == vault_id, segments.c.change > counter)
    )
