"""Amounts and dates as OFX writes them, made into the records' form."""

import re
from datetime import date

from vault.connectors.formats import values

_THOUSANDS_COMMA = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
_THOUSANDS_POINT = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{2,6})?(?:[^0-9].*)?")


def ofx_amount(text: str) -> str:
    """Return the amount: OFX allows a decimal comma or point, and no thousands separators.

    Some banks write them nevertheless. Where both signs stand, which is which is no question.
    Raises ValueError for anything else.
    """
    plain = text.replace(",", "") if _THOUSANDS_COMMA.fullmatch(text) else text
    plain = plain.replace(".", "") if _THOUSANDS_POINT.fullmatch(plain) else plain
    try:
        return values.xml_decimal(plain.replace(",", ".") if plain.count(",") == 1 else plain)
    except ValueError as err:
        raise ValueError(f"TRNAMT {err}") from err


def ofx_day(text: str, name: str, *, needed: bool = True) -> str:
    """Return the calendar day of an OFX date-time, as written, in no other time zone.

    "" where it is not there and not `needed`; ValueError names the element that is no day.
    """
    if not text:
        if needed:
            raise ValueError(f"has no {name}")
        return ""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{name} is not a date YYYYMMDD")
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError as err:
        raise ValueError(f"{name} is a day that does not exist") from err
