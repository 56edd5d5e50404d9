"""Any table that a customer can download, CSV or XLSX, read by a column map of the customer's.

What the columns mean is the customer's word, kept with the vault; here is what finds the table,
proposes a map, and reads by one. A sheet whose header no map names is not read.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from vault.connectors.base import (
    Access,
    Applied,
    Document,
    Extracted,
    Manifest,
    MapNeeded,
)
from vault.connectors.formats.archive import is_zip
from vault.connectors.formats.table import Row
from vault.connectors.sheet import detect
from vault.connectors.sheet.propose import proposal
from vault.connectors.sheet.rows import Rows
from vault.connectors.sheet.tables import is_workbook, tables, text_of
from vault.domain.column_maps import ColumnMap
from vault.domain.compartments import Kind
from vault.domain.proposals import Proposal
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_KNOWN = 0.6
_A_TABLE = 0.5


class Sheet:
    """Reads sheets by column maps."""

    manifest = Manifest(
        slug="sheet",
        name="Sheets by column map",
        vendors=("any vendor",),
        access=Access.FILE,
        kinds=(Kind.PURCHASE, Kind.ORDER, Kind.INVOICE, Kind.LICENSE, Kind.LICENSE_KEY),
        recognises="a table with a header row, CSV or XLSX, that nothing else knows",
    )

    def identify(self, document: Document) -> float:
        """Be just sure enough of a table: whoever knows it by its columns is surer."""
        if is_zip(document.head):
            return _A_TABLE if is_workbook(document) else 0.0
        text, _, whole = text_of(document, document.maps)
        if not detect.may_be_table(text):
            return 0.0
        if detect.delimiter_fitting(text, document.maps):
            return _KNOWN
        return _A_TABLE if detect.delimiter_of(text, (), whole=whole) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield what the map that fits makes of the rows; MapNeeded where none does, or several."""
        best: tuple[float, Proposal] | None = None
        for rows in tables(document, document.maps):
            first = list(islice(rows, detect.SCANNED + 1))
            seen = [row for row in first if not isinstance(row, RowError)]
            fitting = detect.fitting(seen, document.maps)
            if fitting is not None and len(fitting[1]) == 1:
                place, (number,) = fitting
                yield Applied(number)
                by, header = document.maps[number], seen[place]
                yield from _read(by, header, chain(first, rows), padded=is_zip(document.head))
                return
            found = _proposed(seen, fitting[0] if fitting else None, padded=is_zip(document.head))
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        if best is None:
            raise UnsupportedDocument("the file is no table")
        raise MapNeeded(best[1])


def _read(
    by: ColumnMap, header: Row, rows: Iterator[Row | RowError], *, padded: bool
) -> Iterator[Extracted]:
    """Yield what the rows after the header state."""
    for row in rows:
        if row is header:
            break
    yield from Rows(by, header[1], padded=padded).read(rows)


def _proposed(
    seen: Sequence[Row], place: int | None, *, padded: bool
) -> tuple[float, Proposal] | None:
    found = detect.header_in(seen, padded=padded)
    if place is None:
        if found is None:
            return None
        place = found.place
    score = found.score if found is not None else 0.0
    return score, proposal(seen[place][1], seen[place + 1 :])
