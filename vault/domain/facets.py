"""What limits and relations go by in a record: its date, its sellers, its category."""

from collections.abc import Mapping
from typing import Any

from vault.domain.compartments import Kind
from vault.domain.sellers import seller_keys

# The field of a record that a limit of dates reads, and the one that says whose it is.
_DATE_FIELD = {
    Kind.PURCHASE: "orderDate",
    Kind.ORDER: "orderDate",
    Kind.INVOICE: "issueDate",
    Kind.LICENSE: "ownedFrom",
}
_SELLER_FIELD = {
    Kind.PURCHASE: "seller",
    Kind.ORDER: "seller",
    Kind.INVOICE: "provider",
    Kind.LICENSE: "seller",
    Kind.LICENSE_KEY: "seller",
}


def date_of(kind: Kind, record: Mapping[str, Any]) -> str | None:
    """The ISO 8601 date that limits of dates read; None where the record states none."""
    name = _DATE_FIELD.get(kind)
    return record.get(name) if name else None


def sellers_of(kind: Kind, record: Mapping[str, Any]) -> frozenset[str]:
    """The seller keys of a record; empty where it names no seller."""
    name = _SELLER_FIELD.get(kind)
    seller = record.get(name) if name else None
    return seller_keys(seller) if seller else frozenset()


def category_key(category: str) -> str:
    """The form in which categories are compared: case folded, white space collapsed."""
    return " ".join(category.casefold().split())
