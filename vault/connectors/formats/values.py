"""Amounts, numbers and dates as files write them, made into the records' form."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeAlias

_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_GROUPED = re.compile(r"(?:([-+]?)[$£€]?|[$£€]([-+]))([0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(\.[0-9]*)?")
_XML = re.compile(r"([-+]?)([0-9]*)(\.[0-9]*)?")
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.]+ ?(?:Z|UTC|[+-][0-9:]{2,5})?)?")
_US = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}|[0-9]{4})")
_XML_ZONE = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})$")
Reading: TypeAlias = Callable[[str], str]

_CENTURY = 2000
_TWO_DIGITS = 2


def amount(text: str) -> str:
    """Return a decimal string from `1,234.50`, `$4.00`, `-£3`, `'-0.68'` (with apostrophes).

    A decimal point, commas between thousands; digits after the point stay as they are.
    Raises ValueError for anything else: a decimal comma is not guessed at.
    """
    if _PLAIN.fullmatch(text):
        return text
    match = _GROUPED.fullmatch(text.strip().strip("'").strip())
    if match is None:
        raise ValueError("is not an amount")
    return _decimal(match[1] or match[2] or "", match[3].replace(",", ""), match[4] or "")


def xml_decimal(text: str) -> str:
    """Return a decimal string from an `xs:decimal`; digits after the point stay as they are."""
    match = _XML.fullmatch(text.strip())
    if match is None:
        raise ValueError("is not a decimal number")
    return _decimal(match[1], match[2], match[3] or "")


def negated(amount: str) -> str:
    """Return a decimal string with the other sign; nothing is rounded, zero stays as it is."""
    if not amount.strip("-0."):
        return amount
    return amount.removeprefix("-") if amount.startswith("-") else f"-{amount}"


def _decimal(sign: str, whole: str, fraction: str) -> str:
    if not whole and len(fraction) < _TWO_DIGITS:
        raise ValueError("is not an amount")
    digits = (whole.lstrip("0") or "0") + (fraction if len(fraction) > 1 else "")
    return f"-{digits}" if sign == "-" else digits


@lru_cache(maxsize=8192)
def iso_date(text: str) -> str:
    """Return the date of an ISO 8601 date or date-time, as written, in no other time zone."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError("is not an ISO 8601 date")
    return date.fromisoformat(match[1]).isoformat()


@lru_cache(maxsize=8192)
def us_date(text: str) -> str:
    """Return the ISO date of `MM/DD/YY` (this century) or `MM/DD/YYYY`."""
    match = _US.fullmatch(text.strip())
    if match is None:
        raise ValueError("is not a date MM/DD/YY")
    year = int(match[3]) + (_CENTURY if len(match[3]) == _TWO_DIGITS else 0)
    return date(year, int(match[1]), int(match[2])).isoformat()


def xml_date(text: str) -> str:
    """Return the calendar date of an `xs:date`, whose time zone says nothing of the day."""
    return iso_date(_XML_ZONE.sub("", text.strip()))


def iso_or_us_date(text: str) -> str:
    """Return the ISO date of an ISO 8601 date, or of an American one."""
    return us_date(text) if "/" in text else iso_date(text)
