"""XLSX workbooks read as streams of text rows, guarded before anything opens them.

A workbook is a ZIP archive of XML. Its archive passes the limits of `archive.py`, its XML has no
DOCTYPE, and at most a million cells are read. Formulas are not computed: a cell is the value that
was last saved. Cells become text: dates as ISO 8601, numbers as decimals without exponent.
"""

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from vault.connectors.base import Document
from vault.connectors.formats.archive import Archive, is_zip
from vault.connectors.formats.table import COLUMN_LIMIT, Row
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

CELL_LIMIT = 1_000_000
TOTAL_BYTES = 512 * 1024 * 1024
_CHUNK = 1024 * 1024
_OVERLAP = 16
_TYPES = "[Content_Types].xml"


class Figures(str):
    """Text that was a number: its decimals stand after a point, however the sheet's text writes."""

    __slots__ = ()


def archive_of(document: Document) -> Archive | None:
    """Return the archive of a workbook, its limits checked; None for what is no workbook."""
    if not is_zip(document.head):
        return None
    archive = Archive(document.buffer(), total=TOTAL_BYTES)
    return archive if _TYPES in set(archive.names()) else None


def mentions(archive: Archive, word: bytes) -> bool:
    """Return whether a word stands near the beginning of the shared strings or of a sheet."""
    parts = ("xl/sharedstrings", "xl/worksheets/")
    return any(
        word in archive.open(name).read(_CHUNK)
        for name in archive.names()
        if name.lower().startswith(parts)
    )


def sheets(document: Document) -> Iterator[tuple[str, Iterator[Row | RowError]]]:
    """Yield each sheet's name and its rows that are not blank, numbered from 1.

    The first row is the header: a longer one is a RowError, a shorter one is filled up.
    """
    for title, rows in grids(document):
        yield title, _squared(rows)


def grids(document: Document) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield each sheet's name and its rows as they stand, without blank cells at their end."""
    archive = archive_of(document)
    if archive is None:
        raise UnsupportedDocument("the file is no workbook")
    for name in archive.names():
        if name.lower().endswith((".xml", ".rels")):
            _refuse_doctype(archive, name)
    import openpyxl  # noqa: PLC0415 only a workbook needs it, and a child starts often

    try:
        book = openpyxl.load_workbook(io.BytesIO(document.buffer()), read_only=True, data_only=True)
    except MemoryError:
        raise
    except Exception as err:  # it raises whatever it stumbles over
        raise UnsupportedDocument("the workbook is damaged") from err
    budget = _Budget()
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a sheet says of its own size is not believed
        yield sheet.title, _rows(sheet.iter_rows(values_only=True), budget)


def _refuse_doctype(archive: Archive, name: str) -> None:
    """Refuse a part with a DOCTYPE, or in an encoding in which one could hide."""
    tail = b""
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            if not tail and b"\0" in chunk[:4]:
                raise UnsupportedDocument("a part of the workbook is not in UTF-8")
            if b"<!DOCTYPE" in tail + chunk:
                raise UnsupportedDocument("the workbook has a DOCTYPE: these are refused")
            tail = chunk[-_OVERLAP:]


class _Budget:
    """Counts cells across the sheets of a workbook."""

    def __init__(self) -> None:
        self._left = CELL_LIMIT

    def take(self, cells: int) -> None:
        """Refuse the workbook when it has more cells than are read."""
        self._left -= max(cells, 1)
        if self._left < 0:
            message = f"the workbook has more than {CELL_LIMIT:,} cells: save it as CSV"
            raise UnsupportedDocument(message)


def _rows(rows: Iterator[tuple[object, ...]], budget: _Budget) -> Iterator[Row]:
    number = 0
    while True:
        try:
            values = next(rows, None)
        except MemoryError:
            raise
        except Exception as err:  # it raises whatever it stumbles over
            raise UnsupportedDocument(f"the workbook is damaged after row {number}") from err
        if values is None:
            return
        number += 1
        budget.take(len(values))
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _squared(rows: Iterator[Row]) -> Iterator[Row | RowError]:
    width = 0
    for number, cells in rows:
        width = width or _width(cells)
        if len(cells) > width:
            yield RowError(number, f"has {len(cells)} cells where the header has {width}")
        else:
            yield number, cells + [""] * (width - len(cells))


def _width(header: list[str]) -> int:
    if len(header) > COLUMN_LIMIT:
        raise UnsupportedDocument(f"the workbook has more than {COLUMN_LIMIT} columns")
    return len(header)


def _text(value: object) -> str:
    """Return a cell as text: the shortest decimal that is the same number, the day of a date."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        whole = value.is_integer()
        return Figures(int(value)) if whole else Figures(format(Decimal(repr(value)), "f"))
    return Figures(value) if type(value) is int else str(value)
