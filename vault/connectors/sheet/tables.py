"""The tables of a document, text or workbook, as streams of rows that begin before the header.

Text is read line by line: a file may have any size, a line has its limit, so a long file takes no
more memory than a short one.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

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
    yield _rows(document.open(), encoding, delimiter)


def _refuse_long_lines(text: str) -> None:
    if len(text) >= HEAD_BYTES // 2 and "\n" not in text and "\r" not in text:
        raise UnsupportedDocument("a line of the file is too long for a table")


def _rows(stream: BinaryIO, encoding: str, delimiter: str) -> Iterator[Row | RowError]:
    lines = _Lines(stream, encoding)
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
    """The lines of a text, none longer than its limit; `ended` once there are no more."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding, errors="strict", newline="")
        self._encoding = encoding
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(LINE_LENGTH)
        except UnicodeError as err:
            message = f"the file is not valid {self._encoding} text"
            raise UnsupportedDocument(message) from err
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) == LINE_LENGTH:
            raise UnsupportedDocument("a line of the file is too long for a table")
        return line
