"""Delimited text: encoding, delimiter and header found, rows streamed with their line numbers."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

from vault.connectors.base import Document
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

Row: TypeAlias = tuple[int, list[str]]

COLUMN_LIMIT = 512
_DELIMITERS = ",;\t"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes) -> str:
    """Return the encoding: by byte order mark, else by where NULs stand, else UTF-8."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    sample = head[:512]
    if len(sample) > 1 and sample[1::2].count(0) * 2 > len(sample[1::2]):
        return "utf-16-le"
    if len(sample) > 1 and sample[::2].count(0) * 2 > len(sample[::2]):
        return "utf-16-be"
    return "utf-8"


def header_of(head: bytes) -> list[str]:
    """Return the normalised names in the first row, or [] where it is no delimited text."""
    text = _decoder(encoding_of(head)).decode(head)
    if "\0" in text.split("\n", 1)[0]:
        return []
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)), [])
    except csv.Error:
        return []
    return [normalised(name) for name in names]


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)("replace")


def normalised(name: str) -> str:
    """Return a column's name as it is compared: no case, no extra white space."""
    return " ".join(name.split()).casefold()


def delimiter_of(text: str) -> str:
    """Return which of comma, semicolon and tab the first line has most of."""
    line = text.lstrip("\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=line.count)


def rows(stream: BinaryIO, head: bytes) -> Iterator[Row | RowError]:
    """Yield the header and then each row that is not blank, with the line on which it begins.

    A row with another number of cells than the header becomes a RowError. Raises
    UnsupportedDocument for text that is not in its encoding, and for more than 512 columns.
    """
    encoding = encoding_of(head)
    delimiter = delimiter_of(_decoder(encoding).decode(head))
    text = io.TextIOWrapper(stream, encoding, errors="strict", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    width, begins = 0, 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield RowError(begins, f"is not readable as CSV: {err}")
            begins = reader.line_num + 1
            continue
        except UnicodeError as err:
            raise UnsupportedDocument(f"the file is not valid {encoding} text") from err
        if len(cells) == width or not width:
            width = width or _width(cells)
            if any(cells):
                yield begins, cells
        elif any(cells):
            yield RowError(begins, f"has {len(cells)} cells where the header has {width}")
        begins = reader.line_num + 1


def _width(header: list[str]) -> int:
    if len(header) > COLUMN_LIMIT:
        raise UnsupportedDocument(f"the file has more than {COLUMN_LIMIT} columns")
    return len(header)


def table(document: Document) -> tuple[list[str], Iterator[Row | RowError]]:
    """Return the normalised header of a document and its rows after it."""
    found = rows(document.open(), document.head)
    first = next(found, None)
    if first is None or isinstance(first, RowError):
        raise UnsupportedDocument("the file has no header row")
    return [normalised(name) for name in first[1]], found
