"""Which statements are about the same thing.

An order, an invoice and a license are known by their number among those of who gave it. A purchase
is known by its order or its invoice, and there by its product; in one document each line is
another purchase, so that the same item ordered twice stays two. The answer depends on the set of
statements alone: it is the same in whatever order they came.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from vault.domain.canonical import plain
from vault.domain.compartments import Kind
from vault.domain.credits import CREDIT_CODES
from vault.domain.lines import slots
from vault.domain.sellers import seller_key, seller_keys
from vault.domain.statements import Statement

Same: TypeAlias = Mapping[str, str]
"""Seller keys that the customer has joined: each to the one that stands for all of them."""

_TOGETHER_LIMIT = 2_000
_SELLER = {Kind.INVOICE: "provider"}


def issuers_of(kind: Kind, stated: Mapping[str, Any], issuer: str, same: Same) -> frozenset[str]:
    """The keys of who gave a thing its numbers: its issuer, else its seller or publisher."""
    if issuer:
        keys = frozenset({seller_key({"name": issuer})})
    else:
        party = stated.get(_SELLER.get(kind, "seller"))
        if not party and kind is Kind.LICENSE and stated.get("publisher"):
            party = {"name": stated["publisher"]}
        keys = seller_keys(party) if party else frozenset()
    return frozenset(same.get(key, key) for key in keys)


def names_of(kind: Kind, stated: Mapping[str, Any], issuer: str, same: Same) -> frozenset[str]:
    """The names under which other sources may know a thing; for a purchase, its order's.

    Empty where it has no number, or nobody who gave it.
    """
    number = _number(kind, stated)
    if not number:
        return frozenset()
    issuers = issuers_of(kind, stated, issuer, same)
    return frozenset(f"{_sort(kind, stated)}|{one}|{number}" for one in issuers)


def _number(kind: Kind, stated: Mapping[str, Any]) -> str:
    if kind in (Kind.ORDER, Kind.PURCHASE):
        return plain(stated.get("orderNumber"))
    if kind is Kind.INVOICE:
        return plain(stated.get("invoiceNumber"))
    if kind is Kind.LICENSE:
        number = plain(stated.get("licenseNumber") or stated.get("agreementNumber"))
        return f"{number}|{plain(stated.get('name'))}" if number else ""
    return ""


def _sort(kind: Kind, stated: Mapping[str, Any]) -> str:
    credit = kind is Kind.INVOICE and stated.get("typeCode") in CREDIT_CODES
    return "credit" if credit else kind.value


def things(statements: Iterable[Statement], same: Same) -> list[list[Statement]]:
    """Orders, invoices or licenses: the statements of each, those that share a name together."""

    def names(one: Statement) -> frozenset[str]:
        return names_of(one.kind, one.stated, one.issuer, same) | _own(one)

    return [
        thing
        for group in _components(statements, names)
        # So many documents with one number are nobody's: each stays apart.
        for thing in ([group] if len(group) <= _TOGETHER_LIMIT else _components(group, _own))
    ]


def _own(statement: Statement) -> frozenset[str]:
    return frozenset({f"key|{statement.connector}|{statement.source_id}"})


def purchases(
    statements: Iterable[Statement], same: Same, document_of: Callable[[Statement], str]
) -> list[list[Statement]]:
    """Purchases: the statements of each. `document_of` names the order or invoice it came with.

    Statements of one basket are compared, others are not: an order's, or those of a document that
    names no order.
    """

    def names(one: Statement) -> frozenset[str]:
        order = names_of(one.kind, one.stated, one.issuer, same)
        return _own(one) | (order or {f"document|{document_of(one) or one.key}"})

    baskets = _components(statements, names)
    return [thing for basket in baskets for thing in slots(basket, document_of)]


def _components(
    statements: Iterable[Statement], names: Callable[[Statement], frozenset[str]]
) -> list[list[Statement]]:
    """Groups of statements that are tied by shared names, directly or through others."""
    group_of: dict[str, list[Statement]] = {}
    for one in statements:
        own: list[Statement] = []
        tokens = sorted(names(one))
        for token in tokens:
            known = group_of.get(token)
            if known is None or known is own:
                continue
            if len(known) > len(own):
                known, own = own, known
            own += known
            for member in known:
                for name in names(member):
                    group_of[name] = own
        own.append(one)
        for token in tokens:
            group_of[token] = own
    found = {id(group): group for group in group_of.values()}
    return list(found.values())
