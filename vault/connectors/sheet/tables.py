"""The tables of a document, text or workbook, as streams of rows that begin before the header.

Text is read line by line: a file may have any size, a line has its limit, so a long file takes no
more memory than a short one.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

from vault.connectors.base import HEAD_BYTES, Document
from vault.connectors.formats import workbook
from vault.connectors.formats.archive import is_zip
from vault.connectors.formats.table import Row
from vault.connectors.sheet import detect
from vault.domain.column_maps import ColumnMap
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

LINE_LENGTH = 1024 * 1024
_BOOK = "xl/workbook.xml"


def is_workbook(document: Document) -> bool:
    """Return whether a document is a workbook; Word's files are archives of the same make."""
    archive = workbook.archive_of(document)
    return archive is not None and _BOOK in {name.lower() for name in archive.names()}


def text_of(document: Document, maps: Sequence[ColumnMap]) -> tuple[str, str, bool]:
    """Return the first characters of a text, their encoding, and whether they are all of it."""
    whole = len(document.head) < HEAD_BYTES
    for said in sorted({one.encoding for one in maps if one.encoding}):
        name = detect.encoding(document.head, said)
        text = document.head.decode(name, "replace")
        if detect.delimiter_fitting(text, [one for one in maps if one.encoding == said]):
            return text, name, whole
    name = detect.encoding(document.head)
    return document.head.decode(name, "replace"), name, whole


def tables(document: Document, maps: Sequence[ColumnMap]) -> Iterator[Iterator[Row | RowError]]:
    """Yield the rows of each table of a document, from the first, blank ones left out."""
    if is_zip(document.head):
        if not is_workbook(document):
            raise UnsupportedDocument("the file is no table")
        for _, rows in workbook.grids(document):
            yield rows
        return
    text, encoding, whole = text_of(document, maps)
    delimiter = detect.delimiter_of(text, maps, whole=whole) if detect.may_be_table(text) else ""
    if not delimiter:
        _refuse_long_lines(text)
        raise UnsupportedDocument("the file is no table")
    said = next((one.encoding for one in maps if one.encoding), "")
    lines = _Lines(document.open(), encoding, said, open_yet=not whole and _says_nothing(document))
    yield _rows(lines, delimiter)


def _refuse_long_lines(text: str) -> None:
    if len(text) >= HEAD_BYTES // 2 and "\n" not in text and "\r" not in text:
        raise UnsupportedDocument("a line of the file is too long for a table")


def _says_nothing(document: Document) -> bool:
    """Whether the head of a text is plain ASCII, and the encoding shows only further down."""
    return document.head.isascii() and b"\n" in document.head and b"\0" not in document.head


def _rows(lines: "_Lines", delimiter: str) -> Iterator[Row | RowError]:
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield RowError(begins, f"is not readable as CSV: {err}")
        else:
            if lines.ended:
                yield RowError(begins, "has a quotation mark that is never closed")
            elif any(cells) and any(map(str.strip, cells)):
                yield begins, cells
        begins = reader.line_num + 1


class _Lines:
    """The lines of a text, none longer than its limit; `ended` once there are no more.

    Where the encoding is `open_yet`, the first line that is not plain ASCII decides it, with what
    stands behind.
    """

    def __init__(self, stream: BinaryIO, encoding: str, said: str, *, open_yet: bool) -> None:
        self._said = said
        self._encoding = encoding
        self._plain = io.BufferedReader(stream, HEAD_BYTES) if open_yet else None  # type: ignore[type-var]
        self._text = None if open_yet else self._decoded(stream)
        self.ended = False

    def _decoded(self, stream: BinaryIO) -> io.TextIOWrapper:
        return io.TextIOWrapper(stream, self._encoding, errors="strict", newline="")

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._line()
        except UnicodeError as err:
            message = f"the file is not valid {self._encoding} text"
            raise UnsupportedDocument(message) from err
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) == LINE_LENGTH:
            raise UnsupportedDocument("a line of the file is too long for a table")
        return line

    def _line(self) -> str:
        if self._text is not None:
            return self._text.readline(LINE_LENGTH)
        plain = cast("io.BufferedReader[Any]", self._plain)
        line = plain.readline(LINE_LENGTH)
        if line.isascii():
            return line.decode("ascii")
        self._encoding = detect.encoding(line + plain.peek(HEAD_BYTES), self._said)
        self._text = self._decoded(cast("BinaryIO", plain))
        return line.decode(self._encoding)
