"""The whole activity as a file: each entry in words, and as it stands in the ledger.

Written an entry at a time while it is downloaded: `jsonl` is a JSON object a line, `csv` a table.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from vault.services.activity.activity import Event
from vault.services.records.exports import cell
from vault.web.activity_words import tell

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
"""The media type by the ending of the file's name."""

_COLUMNS = ("number", "at", "vendor", "said", "detail", "what", "repeated", "records", "hash")
_BYTE_ORDER_MARK = "\ufeff"


def lines(events: Iterable[Event], ending: str) -> Iterator[str]:
    """The file, a piece for each entry; `ending` is one of `FORMATS`."""
    return _table(events) if ending == "csv" else map(_line, events)


def _line(event: Event) -> str:
    return orjson.dumps({**_shown(event), "details": event.details}).decode() + "\n"


def _table(events: Iterable[Event]) -> Iterator[str]:
    # With the mark a spreadsheet knows that it is UTF-8.
    yield _BYTE_ORDER_MARK + _row([*_COLUMNS, "details"])
    for event in events:
        shown = _shown(event)
        values = [*(shown[name] for name in _COLUMNS), event.details]
        yield _row([cell(value) for value in values])


def _row(values: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


def _shown(event: Event) -> dict[str, Any]:
    told = tell(event)
    return {
        "number": event.number,
        "at": dt.datetime.fromtimestamp(event.at, dt.UTC).isoformat(),
        "vendor": event.vendor,
        "said": told.sentence,
        "detail": told.detail,
        "what": event.what,
        "repeated": event.repeated,
        "records": event.records,
        "hash": event.hash,
    }
