"""The child's side: one file from standard input, records as frames to standard output.

The first line on standard input is a JSON request, `{"filename", "connector", "archives", "maps"}`;
the file follows until the end. Limits are set before either is read. `maps` are the column maps by
which sheets may be read. A frame is a tag of one byte, the length of its payload (32 bits,
big-endian), and the payload:

    C  slug of the connector that reads the document
    R  records: JSON documents `{"kind", "sourceId", "refs", "data"}`, one a line, with `issuer`
       and `asOf` where they are stated
    E  a row that could not be read: `[line, reason]`
    N  a notice: text
    M  the place of the column map that the document is read by: decimal digits
    P  the document is a sheet without a column map, and is going to be refused: a JSON proposal
    X  the document is refused: the reason
    D  done: everything was read

A file that is an archive of several documents begins with

    A  the names of the documents: a JSON list

and then come the frames of each in that order, up to its X, or its D with the document's SHA-256 in
hex. Everything else is one document.
"""

import gc
import os
import resource
import struct
import sys
from collections.abc import Sequence
from typing import BinaryIO

import orjson

from vault.connectors import archives
from vault.connectors.base import Applied, Connector, Document, MapNeeded, Notice
from vault.connectors.discovery import Found, discover, recognise
from vault.connectors.formats.archive import Entry
from vault.domain.column_maps import ColumnMap
from vault.domain.records import ParsedRecord, RowError, check
from vault.errors import InvalidInput, UnsupportedDocument

FRAME = struct.Struct("!cI")
ERROR_LIMIT = 10_000
_BATCH = 2_000
_BATCH_BYTES = 1024 * 1024
_REASON_LENGTH = 300
_OPEN_FILES = 32
_NICENESS = 10
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "ctypes.",
)


def confine(memory: int, cpu_seconds: int) -> None:
    """Give up what a parser does not need: memory beyond `memory` bytes, time, files, network.

    The kernel's limits hold whatever the code does; the audit hook stops Python code that would
    open a socket, start a program or write a file, and is a second fence, not the first. Whoever
    waits for a page goes before whoever waits for a file.
    """
    os.nice(_NICENESS)
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event == "open":
        if isinstance(args[2], int) and args[2] & _WRITING:
            raise PermissionError("a parser writes no file")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError("a parser has no network and starts nothing")


class Output:
    """Writes the frames of one document; records are gathered into batches."""

    def __init__(self, stream: BinaryIO) -> None:
        self.connector: str | None = None
        self._stream = stream
        self._lines: list[bytes] = []
        self._size = 0
        self._errors = 0

    def frame(self, tag: bytes, payload: bytes) -> None:
        """Write one frame, after the records that came before it."""
        if self._lines:
            lines, self._lines, self._size = b"\n".join(self._lines), [], 0
            self._stream.write(FRAME.pack(b"R", len(lines)) + lines)
        self._stream.write(FRAME.pack(tag, len(payload)) + payload)
        self._stream.flush()

    def recognised(self, slug: str) -> None:
        """Say which connector reads the document."""
        self.connector = slug
        self.frame(b"C", slug.encode())

    def record(self, record: ParsedRecord) -> None:
        """Gather one record, and write the batch when it is full."""
        try:
            line = orjson.dumps(_as_json(record))
        except TypeError:  # orjson's, over half a surrogate pair
            self.error(RowError(record.line, "has text that is not valid Unicode"))
            return
        self._lines.append(line)
        self._size += len(line)
        if len(self._lines) >= _BATCH or self._size >= _BATCH_BYTES:
            lines, self._lines, self._size = b"\n".join(self._lines), [], 0
            self._stream.write(FRAME.pack(b"R", len(lines)) + lines)

    def refused(self, err: Exception) -> None:
        """End the document: it is refused, and what was read of it does not count."""
        if isinstance(err, MapNeeded):
            self.frame(b"P", orjson.dumps(err.proposal.to_json()))
        self.frame(b"X", _shown(refusal(err, self.connector)).encode())

    def error(self, row: RowError) -> None:
        """Write a row that could not be read; too many of them refuse the document."""
        self._errors += 1
        if self._errors > ERROR_LIMIT:
            raise UnsupportedDocument(f"more than {ERROR_LIMIT} rows cannot be read")
        self.frame(b"E", orjson.dumps([row.line, _shown(row.reason)]))


def _as_json(record: ParsedRecord) -> dict[str, object]:
    stated = {"issuer": record.issuer, "asOf": record.as_of}
    return {
        "kind": record.kind,
        "sourceId": record.source_id,
        "refs": record.refs,
        "data": record.data,
        **{name: value for name, value in stated.items() if value},
    }


def _shown(text: str) -> str:
    """Return text without what could deceive a terminal, and not too long."""
    return "".join(c if c.isprintable() else " " for c in text[:_REASON_LENGTH])


def read(found: Found, document: Document, slug: str | None, output: Output) -> None:
    """Find the connector and write everything that it yields."""
    if not document.head:
        raise UnsupportedDocument("the file is empty")
    connector = _connector(found, document, slug)
    output.recognised(connector.manifest.slug)
    kinds = connector.manifest.kinds
    for item in connector.extract(document):
        if isinstance(item, ParsedRecord):
            try:
                check(item.kind, item.data)
            except InvalidInput as err:
                output.error(RowError(item.line, err.message))
                continue
            if item.kind not in kinds:
                raise UnsupportedDocument(f"the connector {connector.manifest.slug} is at fault")
            output.record(item)
        elif isinstance(item, RowError):
            output.error(item)
        elif isinstance(item, Notice):
            output.frame(b"N", _shown(item.text).encode("utf-8", "replace"))
        elif isinstance(item, Applied):
            output.frame(b"M", str(item.place).encode())


def _connector(found: Found, document: Document, slug: str | None) -> Connector:
    if slug is not None:
        if slug not in found.connectors:
            raise UnsupportedDocument("there is no connector of that name that works")
        return found.connectors[slug]
    connector = recognise(found, document)
    if connector is None:
        raise UnsupportedDocument("no connector recognises this file")
    return connector


def refusal(err: BaseException, slug: str | None = None) -> str:
    """Return in a sentence why a document is refused; an unforeseen error tells its class only."""
    if isinstance(err, UnsupportedDocument):
        return err.message
    if isinstance(err, MemoryError):
        return "reading this file needs more memory than a file may use"
    if isinstance(err, RecursionError):
        return "the file is nested too deeply"
    return f"the connector {slug} failed on this file ({type(err).__name__})"


def main() -> None:
    """Read one file; the arguments are the limits of memory in bytes and time in seconds."""
    found = discover()  # our own code, imported before the limits
    confine(int(sys.argv[1]), int(sys.argv[2]))
    gc.disable()  # a short life with many small objects, none of them in cycles
    output = Output(sys.stdout.buffer)
    stdin = sys.stdin.buffer
    request = orjson.loads(stdin.readline())
    output.connector = request["connector"]
    try:
        maps = [ColumnMap.from_json(one) for one in request["maps"]]
        document = Document(request["filename"], stdin, maps)
        several = archives.entries(found, document) if request["archives"] else None
        if several is not None:
            _read_each(found, several, maps)
            return
        read(found, document, request["connector"], output)
        while stdin.read(1 << 20):
            pass  # so that the parent's digest covers the whole file
    except Exception as err:  # noqa: BLE001 whatever happens in here becomes a refusal
        output.refused(err)
    else:
        output.frame(b"D", b"")


def _read_each(found: Found, entries: list[Entry], maps: Sequence[ColumnMap]) -> None:
    """Read each document of an archive; one that is refused keeps none of the others out."""
    names = [_shown(entry.name) for entry in entries]
    Output(sys.stdout.buffer).frame(b"A", orjson.dumps(names))
    gc.freeze()
    for entry in entries:
        one = Output(sys.stdout.buffer)
        try:
            read(found, archives.opened(entry, maps), None, one)
            one.frame(b"D", entry.digest().encode())
        except MapNeeded as err:
            one.refused(MapNeeded(err.proposal, packed=True))
        except Exception as err:  # noqa: BLE001 likewise
            one.refused(err)
        gc.collect()  # what one document took is there for the next
