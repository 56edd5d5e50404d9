"""Source ids of what markup describes, and one record of what a document states more than once."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData
from vault.domain.sellers import seller_key

_LENGTH = 200
_TWICE = "the document states both"


def source_id(what: str, seller: RecordData, number: str, message_id: str, *more: str) -> str:
    """Return the id of a thing: what it is, whose, its number, and the e-mail that says so.

    Each e-mail about an order says something else of it, and the vault puts them together by the
    order's number and seller. Without both it cannot: then the e-mail is no part of the id, and a
    later one corrects what an earlier one said of the same thing.
    """
    known = [message_id] if message_id and number and seller else []
    parts = [seller_key(seller), number, *more, *known]
    return "/".join([what, *map(short, parts)])


def short(text: str) -> str:
    """Return a part of an id: text that is too long for one by its SHA-256."""
    return text if len(text) <= _LENGTH else f"sha256:{digest(text)}"


def digest(*texts: str) -> str:
    """Return a digest of texts, 32 hexadecimal digits."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


class Gathered:
    """The records of a document; what it states of one thing in several places is one record."""

    def __init__(self) -> None:
        self._records: dict[tuple[Kind, str], ParsedRecord] = {}

    def __iter__(self) -> Iterator[ParsedRecord]:
        """Yield the records in the order in which they were first stated."""
        return iter(self._records.values())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._records)

    def add(self, record: ParsedRecord) -> None:
        """Add a record; of one that is known, what is new and where the two disagree."""
        known = self._records.setdefault((record.kind, record.source_id), record)
        if known is not record:
            known.data = _joined(known.data, record.data)


def _joined(first: RecordData, second: RecordData) -> RecordData:
    """Return both; where they differ the first stands and the second is named a mismatch."""
    joined = second | first
    mismatches = [*first.get("mismatches", []), *second.get("mismatches", [])]
    for name in first.keys() & second.keys() - {"mismatches"}:
        one, other = first[name], second[name]
        if isinstance(one, list):
            joined[name] = one + [element for element in other if element not in one]
        elif isinstance(one, str) and not _same(one, other):
            mismatch = {"field": name, "stated": one, "computed": other, "reason": _TWICE}
            mismatches += [mismatch] if mismatch not in mismatches else []
    if mismatches:
        joined["mismatches"] = sorted(mismatches, key=lambda one: one["field"])
    return joined


def _same(one: str, other: Any) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except (InvalidOperation, TypeError):
        return bool(one == other)
