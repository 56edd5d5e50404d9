"""How a sheet is written: its encoding, its delimiter, and which of its rows is the header."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vault.connectors.formats.table import Row, encoding_of
from vault.connectors.sheet.column_names import KNOWN
from vault.connectors.sheet.words import squashed
from vault.domain.column_maps import ColumnMap
from vault.domain.columns import COLUMN_LIMIT, column_name, column_names

DELIMITERS = ",;\t|"
SCANNED = 60
"""How many rows may stand before the header."""

_JUDGED = 40
_NOT_TABLES = ("{", "[", "<", "%PDF", "ISA", "UNA", "UNB", "BEGIN:", "OFXHEADER", ":20:")
_VALUE = re.compile(r"[-+(]?[$€£¥]?\s?[0-9][0-9.,:/\s'-]*(?:[A-Z]{3}|[%€)])?")
_NAME_LENGTH = 100
_LEAST_CELLS = 2
_EVEN = 0.8
_HEADER_SHARE = 0.6
_KNOWN = 10
_WESTERN = "cp1252"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a header stands among the rows looked at, and how sure that is."""

    place: int
    header: list[str]
    score: float


def encoding(head: bytes, said: str = "") -> str:
    """Return the encoding: by its mark, by its bytes, by what the customer says, or by likelihood.

    Likelihood decides only for text that is none in UTF-8; among the Western European ones it is
    windows-1252, which holds all letters of ISO 8859-1.
    """
    found = encoding_of(head)
    if found != "utf-8" or _is_utf_8(head):
        return found
    return said or _likely(head)


def _is_utf_8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _likely(head: bytes) -> str:
    import charset_normalizer  # noqa: PLC0415 few texts need it, and a child starts often

    best = charset_normalizer.from_bytes(head[: 16 * 1024]).best()
    if best is None or _WESTERN in {best.encoding, *best.could_be_from_charset}:
        return _WESTERN
    return best.encoding


def rows_of(text: str, delimiter: str, *, whole: bool) -> list[Row]:
    """Return the first rows of a text; the last one is left out where the text is not `whole`."""
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
    rows: list[Row] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begins, cells))
            begins = reader.line_num + 1
            if len(rows) > SCANNED + _JUDGED:
                return rows
    except csv.Error:
        return rows
    return rows if whole else rows[:-1]


def delimiter_of(text: str, maps: Sequence[ColumnMap], *, whole: bool) -> str:
    """Return the delimiter with which a map's header or else a table is found; "" for neither."""
    if fits := delimiter_fitting(text, maps):
        return fits
    best, surest = "", 0.0
    for delimiter in DELIMITERS:
        found = header_in(rows_of(text, delimiter, whole=whole), padded=False)
        if found is not None and found.score > surest:
            best, surest = delimiter, found.score
    return best


def delimiter_fitting(text: str, maps: Sequence[ColumnMap]) -> str:
    """Return the delimiter with which the header of a map is found, or ""."""
    if not maps:
        return ""
    rows = ((delimiter, rows_of(text, delimiter, whole=True)) for delimiter in DELIMITERS)
    return next((delimiter for delimiter, some in rows if fitting(some, maps)), "")


def fitting(rows: Iterable[Row], maps: Sequence[ColumnMap]) -> tuple[int, list[int]] | None:
    """Return the first row that is the header of some of the maps: its place, and theirs."""
    if not maps:
        return None
    for place, (_, cells) in enumerate(rows):
        names = column_names(cells)
        fits = [number for number, one in enumerate(maps) if one.fits(names)]
        if fits:
            return place, fits
    return None


def may_be_table(text: str) -> bool:
    """Return whether a text could be a table at all: other formats use the same signs."""
    start = text.lstrip("\ufeff \t\r\n")
    return not start.startswith(_NOT_TABLES)


def header_in(rows: Sequence[Row], *, padded: bool) -> Found | None:
    """Return the row that is likeliest the header: words, each once, over rows of its length.

    In a `padded` sheet a row ends with its last cell that is not blank.
    """
    best: Found | None = None
    for place, (_, cells) in enumerate(rows[:SCANNED]):
        score = _score(cells, rows[place + 1 : place + 1 + _JUDGED], padded=padded)
        if score > (best.score if best else 0.0):
            best = Found(place, cells, score)
    return best


def _score(cells: list[str], below: Sequence[Row], *, padded: bool) -> float:
    names = [column_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    stated = [name for name in names if name]
    if not len(stated) >= _LEAST_CELLS or len(cells) > COLUMN_LIMIT or not below:
        return 0.0
    if len(set(stated)) * 2 < len(stated) + 2 or not all(map(_is_name, stated)):
        return 0.0
    if len(stated) < _HEADER_SHARE * len(names):
        return 0.0
    lengths = [len(row) for _, row in below]
    even = sum(length <= len(cells) if padded else length == len(cells) for length in lengths)
    filled = sum(len(_ended(row)) >= _LEAST_CELLS for _, row in below)
    if even < _EVEN * len(below) or not filled:
        return 0.0
    known = sum(squashed(name) in KNOWN for name in stated)
    return known * _KNOWN + len(stated) * round(even / len(below), 1)


def _ended(cells: list[str]) -> list[str]:
    """The cells of a row without blank ones at its end."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _is_name(name: str) -> bool:
    """Whether text can be a column's name: it has a letter, and is no amount, date or sentence."""
    return (
        len(name) <= _NAME_LENGTH
        and name.isprintable()
        and any(letter.isalpha() for letter in name)
        and not _VALUE.fullmatch(name.upper())
    )
