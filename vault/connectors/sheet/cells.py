"""A cell's text made into a field: amounts, dates and words in the style that the map names.

A ValueError says what is wrong with the text, without repeating it. Nothing is worked out: a cell
that begins with `=` is text like any other, and no amount.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

from vault.connectors.formats.workbook import Figures
from vault.connectors.sheet.words import MONTHS, NO, PAID, YES
from vault.domain.column_maps import Dates, Decimals
from vault.domain.columns import Cell

Reading: TypeAlias = Callable[[str], Any]

ABSENT = frozenset({"", "-", "–", "—", "n/a", "N/A", "#N/A", "NULL", "null"})
"""What cells hold that say nothing."""

NO_DAY = frozenset({"00.00.0000", "00/00/0000", "0000-00-00", "00000000"})
"""How a date that was never set is written by some."""

_SYMBOLS = "$€£¥￥₹₩₽元"
_SIGNED = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+\u2212]?)\s*(?P<number>[0-9.,'’\s]*[0-9])\s*(?P<after>-?)\s*(?(open)\))"
)
_CODE = re.compile(r"(?:(?P<before>[A-Z]{3})\s?)?(?P<rest>[^A-Za-z]*)(?:\s?(?P<after>[A-Z]{3}))?")
_WHOLE = re.compile(r"[0-9]+")
_GROUPS = {
    Decimals.POINT: re.compile(
        r"(?:[0-9]*|[0-9]{1,3}(?:[,\s'’][0-9]{2,3})*[,\s'’][0-9]{3})(\.[0-9]+)?"
    ),
    Decimals.COMMA: re.compile(r"(?:[0-9]*|[0-9]{1,3}(?:[.\s'’][0-9]{3})+)(,[0-9]+)?"),
    Decimals.PLAIN: re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:[\s'’][0-9]{3})+)()"),
}
_TIME = r"(?:[T ,]\s*[0-9]{1,2}:[0-9]{2}.*)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[-/.年]\s?([0-9]{{1,2}})[-/.月]\s?([0-9]{{1,2}})日?{_TIME}")
_EIGHT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_FIGURES = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}}){_TIME}")
_DAY_MONTH = re.compile(
    rf"([0-9]{{1,2}})(?:\.|st|nd|rd|th)?[-/\s]*([^\W\d_]+)\.?[-/,\s]*([0-9]{{4}}|[0-9]{{2}}){_TIME}"
)
_MONTH_DAY = re.compile(rf"([^\W\d_]+)\.?\s+([0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+([0-9]{{4}}){_TIME}")
_CENTURY = 2000
_LONGEST = 64
_SHORT_YEAR = 2


def stripped(cell: str) -> str:
    """Return a cell without white space around it; what was a number stays known as one."""
    return cell if type(cell) is Figures else cell.strip()


def amount(text: str, style: Decimals) -> str:
    """Return the decimal string of an amount; `(5)` and `5-` are negative, currencies are cut off.

    Digits after the point stay as they are written. What has two readings in this style is none.
    """
    return str(text) if type(text) is Figures else _written(text, style)


@lru_cache(maxsize=8192)
def _written(text: str, style: Decimals) -> str:
    found = _SIGNED.fullmatch(_without_currency(text[:_LONGEST]))
    if found is None or len(text) > _LONGEST:
        raise ValueError("is not an amount")
    number = found["number"]
    shape = _GROUPS[style].fullmatch(number)
    if shape is None:
        unsaid = style is Decimals.PLAIN and re.search("[.,]", number)
        raise ValueError("can be read in two ways" if unsaid else "is not an amount")
    fraction = (shape[1] or "").replace(",", ".")
    whole = number[: len(number) - len(fraction)]
    digits = "".join(_WHOLE.findall(whole)).lstrip("0") or "0"
    negative = (found["sign"] in {"-", "\u2212"}) + bool(found["after"]) + bool(found["open"])
    if negative > 1:
        raise ValueError("is not an amount")
    return f"{'-' * negative}{digits}{fraction}"


def _without_currency(text: str) -> str:
    bare = text.strip().strip("'").translate(_NO_SYMBOLS).strip()
    found = _CODE.fullmatch(bare)
    return found["rest"].strip() if found else bare


_NO_SYMBOLS = str.maketrans("", "", _SYMBOLS)


def currency_in(text: str) -> str:
    """Return the ISO 4217 code that a cell of an amount states, or ""; `$` has many meanings."""
    if "€" in text:
        return "EUR"
    found = _CODE.fullmatch(text.strip())
    return (found["before"] or found["after"] or "") if found else ""


@lru_cache(maxsize=8192)
def day(text: str, style: Dates) -> str:
    """Return the ISO date of a cell, without its time of day."""
    if len(text) > _LONGEST:
        raise ValueError("is not a date")
    if found := _YEAR_FIRST.fullmatch(text) or _EIGHT.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _FIGURES.fullmatch(text):
        if style is Dates.PLAIN:
            raise ValueError("can be read in two ways")
        first, second = found[1], found[3]
        month_first = style is Dates.MONTH_FIRST
        return _date(found[4], *((first, second) if month_first else (second, first)))
    if found := _DAY_MONTH.fullmatch(text):
        return _date(found[3], _month(found[2]), found[1])
    if found := _MONTH_DAY.fullmatch(text):
        return _date(found[3], _month(found[1]), found[2])
    raise ValueError("is not a date")


def _month(name: str) -> str:
    number = MONTHS.get(name.casefold())
    if number is None:
        raise ValueError("is not a date")
    return str(number)


def _date(year: str, month: str, of_month: str) -> str:
    number = int(year) + (_CENTURY if len(year) == _SHORT_YEAR else 0)
    try:
        return date(number, int(month), int(of_month)).isoformat()
    except ValueError:
        raise ValueError("is not a date") from None


def flag(text: str) -> bool:
    """Return what a word of yes or no says."""
    word = text.casefold()
    if word in YES or word in NO:
        return word in YES
    raise ValueError("is neither yes nor no")


def currency(text: str) -> str:
    """Return the code of a cell that names a currency."""
    code = {"€": "EUR", "£": "GBP"}.get(text, text.upper())
    if re.fullmatch("[A-Z]{3}", code):
        return code
    raise ValueError("is not an ISO 4217 currency code")


def status(text: str) -> str:
    """Return a status in lower case, `cancelled` in one spelling."""
    word = text.casefold()
    return "cancelled" if word == "canceled" else word


def paid(text: str) -> str:
    """Return schema.org's name of a status of payment; another word in lower case."""
    return PAID.get(text.casefold(), text.casefold())


def reading(cell: Cell, dates: Dates, decimals: Decimals) -> Reading:
    """Return how a column's cells become what stands in a record."""
    readings: dict[Cell, Reading] = {
        Cell.TEXT: str,
        Cell.AMOUNT: lambda text: amount(text, decimals),
        Cell.DATE: lambda text: day(text, dates),
        Cell.CURRENCY: currency,
        Cell.PARTY: lambda text: {"name": text},
        Cell.TEXTS: lambda text: [
            one for part in re.split("[;,\n]", text) if (one := part.strip())
        ],
        Cell.FLAG: flag,
        Cell.STATUS: status,
        Cell.PAID: paid,
    }
    return readings[cell]
