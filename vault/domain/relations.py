"""Which records name which: the tokens that two records share when one betrays the other.

A purchase, its order, and every invoice and license that lists it share an order number, an
invoice number, or a link made when they were read from one document. An order number counts only
between records whose sellers can be the same: two shops may both have an order 1001. Where one
side states no seller the number alone decides, because withholding too much harms nobody and
releasing a gift cannot be undone.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vault.domain.compartments import Kind
from vault.domain.facets import sellers_of
from vault.domain.sellers import seller_key

NAMING_KINDS = (Kind.ORDER, Kind.INVOICE, Kind.LICENSE, Kind.LICENSE_KEY)
"""The kinds that can name a gift without being one."""


class Relation(NamedTuple):
    """What ties a record to others: tokens, and the sellers under which numbers count."""

    tokens: tuple[str, ...]
    sellers: tuple[str, ...]


def _number(prefix: str, stated: Any) -> list[str]:
    return [f"{prefix}:{''.join(str(stated).casefold().split())}"] if stated else []


def order_token(number: Any) -> str:
    """The token of an order's number; "" where none is stated."""
    return next(iter(_number("o", number)), "")


def invoice_token(number: Any) -> str:
    """The token of an invoice's number; "" where none is stated."""
    return next(iter(_number("i", number)), "")


def link_to(record_id: str) -> str:
    """The token of a link to a record, by its id in hex."""
    return f"@{record_id}"


def numbers_of_invoice(invoice: Relation) -> tuple[str, ...]:
    """The part of an invoice's tokens by which licenses name it: its own number."""
    return tuple(token for token in invoice.tokens if token.startswith("i:"))


def relate(kind: Kind, record_id: bytes, record: Mapping[str, Any]) -> Relation:
    """The relation of a record. Link tokens (`@…`) are exact; the others need a seller."""
    tokens: list[str] = []
    if kind in NAMING_KINDS:
        tokens.append(link_to(record_id.hex()))
    tokens += map(link_to, record.get("links") or ())
    tokens += _number("o", record.get("orderNumber"))
    tokens += _number("i", record.get("invoiceNumber"))
    for source in record.get("sources") or ():
        # Where sources state two numbers, either betrays it.
        tokens += _number("o", source["stated"].get("orderNumber"))
        tokens += _number("i", source["stated"].get("invoiceNumber"))
    for reference in record.get("referencesOrder") or ():
        tokens += _number("o", reference)
    for line in record.get("lines") or ():
        tokens += _number("o", line.get("orderNumber"))
    return Relation(tuple(dict.fromkeys(tokens)), tuple(sorted(_issuers(kind, record))))


def _issuers(kind: Kind, record: Mapping[str, Any]) -> frozenset[str]:
    """Under whom numbers count: the seller, and at a market place whoever gave them."""
    found = set(sellers_of(kind, record))
    if "sources" not in record and "issuer" not in (record.get("source") or {}):
        return frozenset(found)
    for source in (record.get("source") or {}, *(record.get("sources") or ())):
        if source.get("issuer"):
            found.add(seller_key({"name": source["issuer"]}))
        found |= sellers_of(kind, source.get("stated") or {})
    return frozenset(found)


class GiftNames:
    """The tokens of a set of gifts: answers whether another record names one of them."""

    def __init__(
        self, gifts: Iterable[Relation] = (), same: Mapping[str, str] | None = None
    ) -> None:
        """`same` are the seller keys that the customer has joined: what is said of one counts."""
        self._same = same or {}
        self._sellers: dict[str, set[str]] = {}
        self._anybody: set[str] = set()
        for gift in gifts:
            self.add(gift)

    def __bool__(self) -> bool:
        return bool(self._sellers)

    def add(self, gift: Relation) -> None:
        """Count one more purchase as a gift."""
        sellers = self._joined(gift.sellers)
        for token in gift.tokens:
            self._sellers.setdefault(token, set()).update(sellers)
            if not gift.sellers:
                self._anybody.add(token)

    def named_by(self, relation: Relation) -> bool:
        """Whether a record with this relation names one of the gifts."""
        # Most records share no token with any gift, and there may be a hundred thousand.
        if self._sellers.keys().isdisjoint(relation.tokens):
            return False
        sellers = self._joined(relation.sellers)
        return any(self._matches(token, sellers) for token in relation.tokens)

    def _joined(self, sellers: Iterable[str]) -> frozenset[str]:
        return frozenset(self._same.get(key, key) for key in sellers)

    def _matches(self, token: str, sellers: frozenset[str]) -> bool:
        known = self._sellers.get(token)
        if known is None:
            return False
        if token.startswith("@") or token in self._anybody or not sellers:
            return True
        return not known.isdisjoint(sellers)
