"""PayPal's two downloads, as CSV or with tabs: the activity, and the statement of a period.

The activity states of each row its type and status; in the statement every row has moved the
balance, and its description is the type. Columns have English or German names. Dates and amounts
are written as the account's country writes them, and the file does not say which that is: both are
found from all rows together, before the first is read.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats.table import header_of, table
from vault.connectors.formats.values import amount, iso_date
from vault.connectors.payments.entry import Entry, negated
from vault.connectors.payments.paypal_words import COLUMNS, COMPLETE, OWN_MOVES
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

_BOTH = frozenset({"date", "currency", "gross", "transaction id"})
_ACTIVITY = _BOTH | {"type", "status"}
_STATEMENT = _BOTH | {"time zone", "description", "fee", "net", "balance"}
_AMOUNTS = ("gross", "fee", "net")
_COMMA = re.compile(r"-?[0-9]{1,3}(?:[. \u00a0\u202f]?[0-9]{3})*,[0-9]{2}")
_POINT = re.compile(r"-?[0-9]{1,3}(?:[, ]?[0-9]{3})*\.[0-9]{2}")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+")
_DATE = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|(?<=/)[0-9]{2})")
_FIRST_YEAR = 98  # of the last century: PayPal did not pay before 1998
_INVOICE = ("invoice number", "invoice id")
_MONTHS = 12
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_Row = dict[str, str]


def recognises(document: Document) -> bool:
    """Return whether the header has PayPal's column names."""
    return _is_known(_names(header_of(document.head)))


def read(document: Document) -> Iterator[Extracted]:
    """Yield each completed payment; moves within the account are counted."""
    document.buffer()  # it is read twice
    style = _Style.of(row for row in _rows(document) if not isinstance(row, RowError))
    left: Counter[str] = Counter()
    known: dict[str, int] = {}
    for found in _rows(document):
        if isinstance(found, RowError):
            yield found
            continue
        line, row = found
        reason = _left_out(row)
        if reason:
            left[reason] += 1
            continue
        try:
            yield _record(line, row, style, known)
        except ValueError as err:
            yield RowError(line, str(err))
    if style.is_assumed:
        yield Notice("no date tells days from months: read as MM/DD/YYYY, as PayPal documents them")
    for reason, count in sorted(left.items()):
        yield Notice(f"left out, since {reason}: {count}")


def _rows(document: Document) -> Iterator[tuple[int, _Row] | RowError]:
    written, rows = table(document)
    header = _names(written)
    if not _is_known(header):
        raise UnsupportedDocument("the file has not the columns of PayPal's activity download")
    for row in rows:
        if isinstance(row, RowError):
            yield row
        else:
            yield row[0], dict(zip(header, map(str.strip, row[1]), strict=True))


def _names(header: list[str]) -> list[str]:
    return [COLUMNS.get(name, name) for name in header]


def _is_known(header: list[str]) -> bool:
    return set(header) >= _ACTIVITY or set(header) >= _STATEMENT


def _left_out(row: _Row) -> str:
    """Return why a row is no payment; "" where it is one.

    In a statement a row that names a bank is a deposit from it, or a withdrawal to it.
    """
    if row.get("status", "").casefold() not in COMPLETE:
        return "not completed"
    kind = (row.get("type") or row.get("description", "")).casefold()
    is_own = OWN_MOVES.search(kind) or row.get("balance impact", "") == "Memo"
    if is_own or ("type" not in row and row.get("bank name", "")):
        return "they move money within the account"
    return ""


@dataclass(frozen=True, slots=True)
class _Style:
    """How a file writes amounts and dates; `is_assumed` where nothing in it tells."""

    decimal_comma: bool
    day_first: bool
    is_assumed: bool

    @classmethod
    def of(cls, rows: Iterator[tuple[int, _Row]]) -> "_Style":
        """Find it from all rows; UnsupportedDocument where they contradict one another."""
        commas = points = days = months = slashes = False
        for _, row in rows:
            for name in _AMOUNTS:
                commas = commas or bool(_COMMA.fullmatch(row.get(name, "")))
                points = points or bool(_POINT.fullmatch(row.get(name, "")))
            match = _DATE.fullmatch(row["date"])
            if match and match[2] == "/":
                slashes = True
                days = days or int(match[1]) > _MONTHS
                months = months or int(match[3]) > _MONTHS
        if (commas and points) or (days and months):
            raise UnsupportedDocument("the file writes its dates or amounts in two ways")
        is_assumed = slashes and not (days or months or commas)
        return cls(commas, days or (commas and not months), is_assumed)

    def amount(self, text: str) -> str:
        """Return the decimal string of an amount; ValueError where it is none of this style."""
        if self.decimal_comma:
            plain = re.sub(r"[. \u00a0\u202f]", "", text)
            if "," in text and not _COMMA.fullmatch(text):
                raise ValueError("is not an amount")
            return amount(plain.replace(",", "."))
        if _THOUSANDS.fullmatch(text):
            raise ValueError("is not an amount")
        return amount(text)

    def date(self, text: str) -> str:
        """Return the ISO date; points and hyphens stand between day, month and year only."""
        match = _DATE.fullmatch(text)
        if match is None:
            return iso_date(text)
        day_first = self.day_first or match[2] != "/"
        day, month = (match[1], match[3]) if day_first else (match[3], match[1])
        try:
            return date(_year(match[4]), int(month), int(day)).isoformat()
        except ValueError as err:
            raise ValueError("is a day that does not exist") from err


def _year(text: str) -> int:
    """Return a year of four digits, or of the two that spreadsheets leave of it."""
    if len(text) > len("26"):
        return int(text)
    return int(text) + (1900 if int(text) >= _FIRST_YEAR else 2000)


def _record(line: int, row: _Row, style: _Style, known: dict[str, int]) -> ParsedRecord:
    number = row["transaction id"]
    if not number:
        raise ValueError("has no Transaction ID")
    if number in known:
        raise ValueError(f"repeats the transaction of line {known[number]}")
    gross = _read("Gross", style.amount, row["gross"])
    went_out = gross.startswith("-")
    party = row.get("to email address" if went_out else "from email address", "")
    entry = Entry(
        amount=negated(gross),
        currency=row["currency"],
        date=_read("Date", style.date, row["date"]),
        other=row.get("name", ""),
        other_account=party if _EMAIL.fullmatch(party) else "",
        reference=row.get("reference txn id", ""),
        invoices=[text for name in _INVOICE if (text := row.get(name, ""))],
        method="PayPal",
        transaction=number,
        note=row.get("item title", "") or row.get("subject", "") or row.get("note", ""),
        place=line,
    )
    known[number] = line
    return ParsedRecord(Kind.PAYMENT, f"paypal/{number}", entry.data(), line=line)


def _read(name: str, reading: Callable[[str], str], text: str) -> str:
    try:
        return reading(text)
    except ValueError as err:
        raise ValueError(f"{name} {err}") from err
