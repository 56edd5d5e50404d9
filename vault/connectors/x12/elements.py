"""How elements are read: decimals (R), implied decimals (N2), dates, pairs of qualifier and value.

What cannot be read is a ValueError that names the element: `TDS01 is not an amount`.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from vault.connectors.formats import values
from vault.connectors.x12.tokens import Segment
from vault.domain import fields

_IMPLIED = re.compile("([-+]?)([0-9]+)")
_DAY = re.compile("([0-9]{2})?([0-9]{2})-?([0-9]{2})-?([0-9]{2})")
_CENTURY_TURNS = 70
_CURRENCY = re.compile("[A-Z]{3}")


def decimal(segment: Segment, position: int) -> str:
    """Return a decimal (R) as stated, without leading zeros; "" where there is none."""
    text = segment.at(position)
    if not text:
        return ""
    try:
        number = values.xml_decimal(text)
    except ValueError as err:
        raise ValueError(f"{_name(segment, position)} is not a number") from err
    if fields.amount(number):
        raise ValueError(f"{_name(segment, position)} has too many digits")
    return number


def cents(segment: Segment, position: int) -> str:
    """Return an amount with two implied decimals (N2): 41192 is 411.92.

    One with a decimal point, which the standard forbids and senders write, stands as written.
    """
    found = _IMPLIED.fullmatch(segment.at(position))
    if found is None:
        return decimal(segment, position)
    digits = found[2].lstrip("0").zfill(3)
    number = f"{'-' if found[1] == '-' else ''}{digits[:-2]}.{digits[-2:]}"
    if fields.amount(number):
        raise ValueError(f"{_name(segment, position)} has too many digits")
    return number


def day(segment: Segment, position: int, century: str = "") -> str:
    """Return the ISO date of CCYYMMDD or YYMMDD; "" where there is none, or zeros.

    Without a century, 70 to 99 are of the 20th.
    """
    text = segment.at(position)
    if not text.strip("0"):
        return ""
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"{_name(segment, position)} is not a date")
    century = found[1] or century or ("19" if int(found[2]) >= _CENTURY_TURNS else "20")
    try:
        return date(int(century + found[2]), int(found[3]), int(found[4])).isoformat()
    except ValueError as err:
        raise ValueError(f"{_name(segment, position)} is not a date") from err


def is_day(segment: Segment, position: int) -> bool:
    """Return whether an element is a date, or blank."""
    try:
        day(segment, position)
    except ValueError:
        return False
    return True


def dates(segments: Iterable[Segment], *qualifiers: str) -> list[str]:
    """Return the dates of the DTM segments with these qualifiers, each once.

    Before version 4010, DTM05 is the century; since then DTM06 may hold a date that DTM05 (D8)
    announces.
    """
    found = []
    for segment in segments:
        if segment.id == "DTM" and segment.at(1) in qualifiers:
            stated = segment.at(5)
            if stated == "D8":
                found.append(day(segment, 6))
            else:
                found.append(day(segment, 2, stated if re.fullmatch("19|20", stated) else ""))
    return list(dict.fromkeys(filter(None, found)))


def pairs(segment: Segment, first: int) -> Iterator[tuple[str, str]]:
    """Yield qualifier and value of each pair of elements from `first` on that states both."""
    for position in range(first, len(segment.elements), 2):
        qualifier, value = segment.at(position), segment.at(position + 1)
        if qualifier and value:
            yield qualifier, value


def named(segments: Iterable[Segment], name: str) -> Iterator[Segment]:
    """Yield the segments of one name."""
    return (segment for segment in segments if segment.id == name)


def references(segments: Iterable[Segment], *qualifiers: str) -> list[str]:
    """Return what REF and N9 state under these qualifiers, each once; before any party's loop."""
    found = []
    for segment in segments:
        if segment.id == "N1":
            break
        if segment.id in {"REF", "N9"} and segment.at(1) in qualifiers:
            found.append(segment.at(2))
    return list(dict.fromkeys(filter(None, found)))


def currency(segments: Iterable[Segment]) -> str:
    """Return the currency of the first CUR that states one."""
    stated = (segment.at(2) for segment in named(segments, "CUR"))
    return next((code for code in stated if _CURRENCY.fullmatch(code)), "")


def _name(segment: Segment, position: int) -> str:
    return f"{segment.id}{position:02d}"
