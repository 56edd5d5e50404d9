"""What several sources say of one record, as its page shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import orjson

from vault.errors import Conflict
from vault.web.field_words import LABELS
from vault.web.formats import decimal
from vault.web.guides import source_name

_TELLING = ("seller", "provider", "payee")


@dataclass(frozen=True)
class Source:
    """Who says something: what kind of document, when it was read, and of which day it is.

    Documents of which all of that is the same have a `number` each, from 1; any other has 0.
    """

    name: str
    imported_at: str
    as_of: str = ""
    number: int = 0


_Told = list[tuple[Mapping[str, Any], Source]]


@dataclass(frozen=True)
class Said:
    """A value with those who state it; `text` is the value as a form sends it back."""

    value: Any
    text: str
    by: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """A field with its values, the one that stands first."""

    field: str
    said: list[Said]


def sources_of(record: Mapping[str, Any]) -> list[Source]:
    """Every source of a record, once for each import of it; none for one written by hand."""
    return list(dict.fromkeys(source for _, source in _told(record)))


def disputes_of(record: Mapping[str, Any]) -> list[Difference]:
    """What the customer can decide: the values side by side."""
    told = _told(record)
    return [
        Difference(
            one["field"], [_said(told, one["field"], each["value"]) for each in one["values"]]
        )
        for one in record.get("conflicts") or ()
    ]


def differences_of(record: Mapping[str, Any]) -> list[Difference]:
    """Every plain field that the sources state differently, but for what waits to be decided."""
    told = _told(record)
    sources = record.get("sources") or ()
    disputed = {one["field"] for one in record.get("conflicts") or ()}
    stated = dict.fromkeys(name for one in sources for name in one["stated"])
    names = [name for name in stated if name in LABELS and name not in disputed]
    found = []
    for name in names:
        values = [one["stated"][name] for one in sources if name in one["stated"]]
        distinct = _distinct(value for value in values if _is_plain(name, value))
        if len(distinct) > 1:
            found.append(Difference(name, [_said(told, name, value) for value in distinct]))
    return found


def stated_value(record: Mapping[str, Any], name: str, text: str) -> Any:
    """The disputed value that a form sends back; Conflict where there is none such any more."""
    for dispute in disputes_of(record):
        for said in dispute.said:
            if (dispute.field, said.text) == (name, text):
                return said.value
    raise Conflict("Your sources do not disagree about this any more. Look at it again.")


def _said(told: _Told, name: str, value: Any) -> Said:
    by = (
        source
        for stated, source in told
        if name in stated and _comparable(stated[name]) == _comparable(value)
    )
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return Said(value, text, list(dict.fromkeys(by)))


def _told(record: Mapping[str, Any]) -> _Told:
    """What each source of a record states, with the source; files that look alike are numbered."""
    statements = record.get("sources") or [one for one in (record.get("source"),) if one]
    files: dict[Source, dict[str, int]] = {}
    plain = [(one, _source(one), one.get("fileDigest", "")) for one in statements]
    for _, source, digest in plain:
        alike = files.setdefault(source, {})
        alike.setdefault(digest, len(alike) + 1)
    return [
        (one.get("stated", {}), replace(source, number=files[source][digest]))
        if len(files[source]) > 1
        else (one.get("stated", {}), source)
        for one, source, digest in plain
    ]


def _source(stated: Mapping[str, Any]) -> Source:
    name = source_name(stated.get("connector", ""))
    return Source(name, stated.get("importedAt", "")[:10], stated.get("asOf", "")[:10])


def _is_plain(name: str, value: Any) -> bool:
    return name in _TELLING or isinstance(value, str | bool | int)


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list({_comparable(value): value for value in reversed(list(values))}.values())[::-1]


def _comparable(value: Any) -> Decimal | str:
    """A value as it is compared: numbers by amount, text without case and extra white space."""
    if not isinstance(value, str):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    number = decimal(value)
    return " ".join(value.casefold().split()) if number is None else number
