"""What a connector is: a manifest, how sure it is of a document, and the records in it.

A connector is pure: bytes in, records out; no network, no clock, no vault. It runs in a child
process with limits on memory and time (`reader.py`), so it imports what parses its format when
it extracts, not when it is imported. It refuses a document by raising UnsupportedDocument.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, BinaryIO, Protocol, TypeAlias

from vault.domain.column_maps import ColumnMap
from vault.domain.compartments import Kind
from vault.domain.proposals import Proposal
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

HEAD_BYTES = 64 * 1024
BUFFER_BYTES = 64 * 1024 * 1024
CONFIDENT = 0.5
"""A document belongs to the connector that is surest of it, and at least this sure."""


class Access(StrEnum):
    """How a connector gets at a customer's data. Append-only."""

    FILE = "file"
    API_KEY = "api_key"
    OAUTH2 = "oauth2"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a connector says of itself before it runs.

    `slug` stands in each record's source and never changes. `hosts` are the only ones that it may
    call. `recognises` says in a sentence how it knows its documents.
    """

    slug: str
    name: str
    vendors: tuple[str, ...]
    access: Access
    kinds: tuple[Kind, ...]
    recognises: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the customer should know that is no fault: a file of an archive not read."""

    text: str


@dataclass(frozen=True, slots=True)
class Applied:
    """By which of the document's column maps it is read: its place among them."""

    place: int


Extracted: TypeAlias = ParsedRecord | RowError | Notice | Applied


class MapNeeded(UnsupportedDocument):
    """The document is a sheet, and no column map says what is in it.

    Of one that is `packed` in an archive that cannot be said there: it is not kept by itself.
    """

    def __init__(self, proposal: Proposal, *, packed: bool = False) -> None:
        bare = "nobody has said what its columns mean"
        unpack = "unpack it and choose it by itself, to say what its columns mean"
        super().__init__(f"this sheet needs a column map: {unpack if packed else bare}")
        self.proposal = proposal


class Document:
    """A file as a connector sees it: its name, its first bytes, and a stream of all of it.

    `maps` are the column maps that the customer keeps, for sheets that have no connector of their
    own. `stream` is read once, from front to back. Formats that must seek ask for `buffer()`, which
    holds the whole document in memory and never on disk.
    """

    def __init__(self, filename: str, stream: IO[bytes], maps: Sequence[ColumnMap] = ()) -> None:
        self.filename = filename
        self.maps = maps
        self.head = stream.read(HEAD_BYTES)
        self._stream = stream
        self._buffer: bytes | None = None

    def buffer(self) -> bytes:
        """Return the whole document; UnsupportedDocument beyond 64 MiB."""
        if self._buffer is None:
            content = self.head + self._stream.read(BUFFER_BYTES + 1 - len(self.head))
            if len(content) > BUFFER_BYTES:
                limit = f"{BUFFER_BYTES // 2**20} MiB"
                raise UnsupportedDocument(f"the file is larger than {limit}, too large to be read")
            self._buffer = content
        return self._buffer

    def open(self) -> BinaryIO:
        """Return a binary stream from the first byte; for an unbuffered document, once."""
        if self._buffer is not None:
            return io.BytesIO(self._buffer)
        return io.BufferedReader(_Rejoined(self.head, self._stream), HEAD_BYTES)


class _Rejoined(io.RawIOBase):
    """The bytes already read, then the rest of the stream."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._head:
            return self._rest.readinto(target)  # type: ignore[attr-defined, no-any-return]
        count = min(len(target), len(self._head))
        target[:count] = self._head[:count]
        self._head = self._head[count:]
        return count


class Connector(Protocol):
    """The contract. One class in one file (or one package) named after its slug."""

    manifest: Manifest

    def identify(self, document: Document) -> float:
        """Return from 0 to 1 how sure it is that it reads this document; imports no parser."""

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield records, and what could not be read; one bad row never loses the others."""
