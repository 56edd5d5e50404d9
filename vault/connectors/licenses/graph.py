"""Microsoft Graph's `GET /subscribedSkus`: the answer as JSON, whole or one subscription of it.

Names of members are compared without regard to case, because Microsoft's own PowerShell module
writes the same answer with capitals.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats import json
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.errors import UnsupportedDocument

_MARKS = ('"skupartnumber"', '"consumedunits"')


def recognises(document: Document) -> bool:
    """Return whether it is JSON in which the names of the answer's members stand."""
    text = document.head.decode(encoding_of(document.head), "replace").casefold()
    begins = text.lstrip("\ufeff \t\r\n")[:1]
    return begins in {"{", "["} and all(mark in text for mark in _MARKS)


def read(document: Document) -> Iterator[Extracted]:
    """Yield a license for each subscribed SKU; its number in the list stands for a line."""
    answer = json.parse(document.buffer())
    for number, sku in enumerate(_listed(answer), start=1):
        try:
            yield _license(_members(sku), number)
        except ValueError as err:
            yield RowError(number, str(err))
    if isinstance(answer, dict) and "@odata.nextLink" in answer:
        yield Notice("the file is one page of several: what is on the others is not in it")


def _listed(answer: Any) -> list[Any]:
    if isinstance(answer, dict):
        folded = {name.casefold(): value for name, value in answer.items()}
        answer = folded.get("value", [answer])
    if not isinstance(answer, list):
        raise UnsupportedDocument("the JSON holds no list of subscribed SKUs")
    return answer


def _members(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("is not a subscribed SKU")  # noqa: TRY004 a row's fault, not the code's
    folded = {name.casefold(): member for name, member in value.items()}
    if len(folded) != len(value):
        raise ValueError("has two members of the same name")
    return folded


def _license(sku: Mapping[str, Any], line: int) -> ParsedRecord:
    name, sku_id = _text(sku, "skuPartNumber"), _text(sku, "skuId")
    account = _text(sku, "accountId")
    identity = _text(sku, "id") or "_".join(filter(None, (account, sku_id)))
    if not name or not identity:
        raise ValueError("has no skuPartNumber or no id")
    units = sku.get("prepaidunits")
    owned = _number(_members(units), "enabled") if units is not None else ""
    data: RecordData = {
        "name": name,
        "publisher": "Microsoft",
        "licenseNumber": ", ".join(_texts(sku, "subscriptionIds")),
        "metric": _text(sku, "appliesTo"),
        "quantityOwned": owned,
        "quantityUsed": _number(sku, "consumedUnits"),
        "site": _text(sku, "accountName"),
    }
    stated = {field: value for field, value in data.items() if value}
    return ParsedRecord(Kind.LICENSE, f"graph/{identity}", stated, line=line)


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name.casefold())
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")  # noqa: TRY004 a row's fault, not the code's
    return value.strip()


def _texts(members: Mapping[str, Any], name: str) -> list[str]:
    value = members.get(name.casefold()) or []
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{name} is not a list of texts")
    return sorted(value)


def _number(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name.casefold())
    if value is None:
        return ""
    if type(value) is not int:
        raise ValueError(f"{name} is not a whole number")
    return str(value)
