"""Compares what two files say of one invoice, value by value, for tests of connectors."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from tests.unit.connectors.reading import Reading

Difference: TypeAlias = tuple[str, str | None, str | None]
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?")


def differences(one: Reading, other: Reading) -> set[Difference]:
    """Return where two readings differ: the path, and what each says there.

    Numbers are compared as numbers: one writes 1.00, the other 1. Lines that differ in the same
    way are one difference: their index is written `*`. Mismatches are left out, and so are
    purchases: both follow from the rest.
    """
    (first,), (second,) = one.of("invoice"), other.of("invoice")
    left, right = (dict(_flat(data, "")) for data in (first, second))
    return {
        (re.sub(r"/[0-9]+/", "/*/", path), left.get(path), right.get(path))
        for path in left.keys() | right.keys()
        if left.get(path) != right.get(path) and not path.startswith("/mismatches")
    }


def values(reading: Reading) -> list[tuple[str, dict[str, str]]]:
    """Return every record of a reading with its id and its values, numbers as numbers."""
    return [
        (f"{record.kind} {record.source_id} {record.as_of}", dict(_flat(record.data, "")))
        for record in reading.records
    ]


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(member, f"{path}/{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _flat(member, f"{path}/{index}")
    elif _NUMBER.fullmatch(value) and not path.endswith(("Number", "gtin", "sku", "position")):
        yield path, format(Decimal(value).normalize() + 0, "f")
    else:
        yield path, value
