"""Dates as Amazon has written them over the years: the calendar day that the file writes.

`2023-05-04T10:11:12Z` since 2022; `05/04/2020 10:11:12 UTC` before; in the files of returns also
`Mon, 04 May 2020 10:11:12 GMT`.
"""

import re
from datetime import date
from email.utils import parsedate
from functools import lru_cache

from vault.connectors.formats.values import iso_date, us_date

_US = re.compile(r"([0-9]{1,2}/[0-9]{1,2}/[0-9]{4}) [0-9:]{4,8}( [A-Z]{3,4})?")
_NAMED = re.compile(r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}( .*)?")


@lru_cache(maxsize=8192)
def day(text: str) -> str:
    """Return the ISO date of a date or moment; ValueError for anything else."""
    text = text.strip()
    american = _US.fullmatch(text)
    if american:
        return us_date(american[1])
    found = parsedate(text) if _NAMED.fullmatch(text) else None
    return date(*found[:3]).isoformat() if found else iso_date(text)
