"""The Microsoft License Statement: the sheet "Pivot Data", as XLSX or saved as CSV.

Its header stands in row 10 under lines of other widths, the date for which it was calculated in
cell K3. A row is a product in a version; rows of single countries repeat what the row of all
countries has in total.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats import values, workbook
from vault.connectors.formats.table import COLUMN_LIMIT, Row, encoding_of, normalised, rows
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.errors import UnsupportedDocument

_POOL, _FAMILY, _VERSION = "product pool", "license product family", "license version"
_QUANTITY, _COUNTRY = "effective license quantity", "country of usage"
_REQUIRED = frozenset({_POOL, _FAMILY, _VERSION, _QUANTITY, _COUNTRY})
_TOTAL = "all countries"
_HEADER_WITHIN = 30
_DATE_ROW = 3
_DATE_FROM = 9  # K3, and its neighbours in other editions of the statement
_MARKS = (_FAMILY, _QUANTITY)


def recognises(document: Document) -> bool:
    """Return whether the names of its columns stand in a workbook, or near the top of a CSV."""
    archive = workbook.archive_of(document)
    if archive is not None:
        return any(
            workbook.mentions(archive, word)
            for word in (b"License Product Family", b"Licence Product Family")
        )
    text = document.head.decode(encoding_of(document.head), "replace")
    lines = map(_american, text.splitlines()[:_HEADER_WITHIN])
    return any(all(mark in line for mark in _MARKS) and line[:1] not in "<{" for line in lines)


def read(document: Document) -> Iterator[Extracted]:
    """Yield a license for each product and version that is stated for all countries."""
    sheet = _Sheet(_grid(document))
    others = 0
    known: dict[str, int] = {}
    for found in sheet.rows:
        if isinstance(found, RowError):
            yield found
            continue
        line, cells = found
        row = sheet.row(cells)
        if not any(row.values()):
            continue
        if row[_COUNTRY].casefold() != _TOTAL:
            others += 1
            continue
        source_id = f"statement/{row[_POOL]}/{row[_FAMILY]}/{row[_VERSION]}"
        if source_id in known:
            yield RowError(line, f"states the same product and version as row {known[source_id]}")
            continue
        known[source_id] = line
        try:
            data = _license(row)
        except ValueError as err:
            yield RowError(line, str(err))
        else:
            yield ParsedRecord(Kind.LICENSE, source_id, data, line=line, as_of=sheet.date)
    if others:
        yield Notice(
            f"rows of single countries, which all countries include, not counted: {others}"
        )


def _american(name: str) -> str:
    return normalised(name).replace("licence", "license")


class _Sheet:
    """The sheet's header, its date ("" where there is none), and the rows under the header."""

    def __init__(self, grid: Iterator[Row | RowError]) -> None:
        self.date = ""
        self.rows = grid
        above = (row for row in islice(grid, _HEADER_WITHIN) if not isinstance(row, RowError))
        for line, cells in above:
            if len(cells) > COLUMN_LIMIT:
                raise UnsupportedDocument(f"the sheet has more than {COLUMN_LIMIT} columns")
            self.header = [_american(name) for name in cells]
            if set(self.header) >= _REQUIRED:
                return
            if line == _DATE_ROW:
                self.date = _date(cells)
        raise UnsupportedDocument("the sheet has not the columns of a Microsoft License Statement")

    def row(self, cells: list[str]) -> Mapping[str, str]:
        """Return the cells by column, "" where the row ends early."""
        padded = cells + [""] * (len(self.header) - len(cells))
        return {name: cell.strip() for name, cell in zip(self.header, padded, strict=False)}


def _grid(document: Document) -> Iterator[Row | RowError]:
    if workbook.archive_of(document) is None:
        return rows(document.open(), document.head)
    for title, grid in workbook.grids(document):
        if "".join(title.split()).casefold() == "pivotdata":
            return grid
    raise UnsupportedDocument(
        'the workbook has no sheet "Pivot Data": only the English one is read'
    )


def _date(cells: list[str]) -> str:
    for cell in cells[_DATE_FROM:]:
        try:
            return values.iso_date(cell.strip().replace("/", "-"))
        except ValueError:
            continue
    return ""


def _license(row: Mapping[str, str]) -> RecordData:
    if not row[_FAMILY]:
        raise ValueError("has no License Product Family")
    try:
        quantity = values.amount(row[_QUANTITY])
    except ValueError as err:
        raise ValueError(f"Effective License Quantity {err}") from err
    return {
        "name": " ".join(filter(None, (row[_FAMILY], row[_VERSION]))),
        "publisher": "Microsoft",
        "quantityOwned": quantity,
    }
