"""Dates as FlexNet license files write them: `dd-mmm-yyyy`, with English months."""

import re
from datetime import date

_DATE = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")
_NEVER = re.compile(r"permanent|[0-9]{1,2}-[A-Za-z]{3}-0{1,4}", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def flexnet_date(text: str) -> str:
    """Return the ISO date of `01-jan-2027`; "" for a license that never expires.

    Raises ValueError for a text that is no date, or a day that does not exist.
    """
    if not text or _NEVER.fullmatch(text):
        return ""
    match = _DATE.fullmatch(text)
    if match is None or match[2].lower() not in _MONTHS:
        raise ValueError("has a date that is not dd-mmm-yyyy")
    try:
        return date(int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1])).isoformat()
    except ValueError as err:
        raise ValueError("has a date that does not exist") from err
