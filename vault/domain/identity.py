"""Which statements are about the same thing.

An order, an invoice and a license are known by their number among those of who gave it. A purchase
is known by its order or its invoice, and there by its product; in one document each line is
another purchase, so that the same item ordered twice stays two. The answer depends on the set of
statements alone: it is the same in whatever order they came.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from vault.domain.compartments import Kind
from vault.domain.merging import Portion, portion_of, ranked_of
from vault.domain.sellers import seller_key, seller_keys
from vault.domain.statements import Statement

Same: TypeAlias = Mapping[str, str]
"""Seller keys that the customer has joined: each to the one that stands for all of them."""

CREDIT_CODES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
"""The codes of UNTDID 1001 that EN 16931 counts as credit notes."""
_SELLER = {Kind.INVOICE: "provider"}
_NUMBERED = (Kind.ORDER, Kind.INVOICE, Kind.LICENSE)


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
        return _plain(stated.get("orderNumber"))
    if kind is Kind.INVOICE:
        return _plain(stated.get("invoiceNumber"))
    if kind is Kind.LICENSE:
        number = _plain(stated.get("licenseNumber") or stated.get("agreementNumber"))
        return f"{number}|{_plain(stated.get('name'))}" if number else ""
    return ""


def _sort(kind: Kind, stated: Mapping[str, Any]) -> str:
    credit = kind is Kind.INVOICE and stated.get("typeCode") in CREDIT_CODES
    return "credit" if credit else kind.value


def _plain(text: Any) -> str:
    return "".join(str(text or "").casefold().split())


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
    return [thing for basket in baskets for thing in _slots(basket, document_of)]


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


_COMPARED_LIMIT = 200_000
_TOGETHER_LIMIT = 2_000
Line: TypeAlias = list[Statement]
"""A line of a document, in all the versions in which it was stated."""
Place: TypeAlias = tuple[Portion, str, str, bool]
"""A document: what it is about, its connector, its name, and whether its lines give back."""


def _slots(basket: Sequence[Statement], document_of: Callable[[Statement], str]) -> list[Line]:
    """The purchases of a basket: documents one after another, each line to its like or apart.

    What was ordered comes first, so that what was sent and billed finds it.
    """
    documents = _documents(basket)
    if len(documents) * len(basket) > _COMPARED_LIMIT:
        # So many documents about one order are nobody's: each line stays apart.
        return [line for lines in documents.values() for line in lines]
    slots: list[Line] = []
    for place, lines in sorted(documents.items()):
        free = [slot for slot in slots if _may_take(slot, place, lines[0][0], document_of)]
        for line, slot in _matched(lines, free):
            if slot is None:
                slots.append(list(line))
            else:
                slot.extend(line)
    return slots


def _documents(basket: Sequence[Statement]) -> dict[Place, list[Line]]:
    """The lines of each document, in an order that does not depend on when they came."""
    known = {one.key: one for one in sorted(ranked_of(basket), key=lambda one: one.document)}
    fallback = {one.connector: one.document for one in known.values() if one.document}
    lines: dict[Place, dict[tuple[str, str], Line]] = {}
    for one in ranked_of(basket):
        # All versions of a line stand in the document of one of them; one that was filed before
        # documents were noted stands in that of its connector.
        document = known[one.key].document or fallback.get(one.connector, "")
        credited = known[one.key].stated.get("itemStatus") == "credited"
        place = (portion_of(known[one.key]), one.connector, document, credited)
        lines.setdefault(place, {}).setdefault(one.key, []).append(one)
    return {place: sorted(found.values(), key=_order) for place, found in lines.items()}


def _order(line: Line) -> tuple[str, ...]:
    stated = line[0].stated
    names = ("sku", "gtin", "mpn", "name", "quantity", "price", "lineTotal")
    return (*(str(stated.get(name, "")) for name in names), *line[0].key)


def _may_take(
    slot: Line, place: Place, line: Statement, document_of: Callable[[Statement], str]
) -> bool:
    """Whether a line of a document may be of a slot's thing.

    Two lines of one document are two things. Two invoices bill two portions of what was ordered,
    or two things, and so with what was sent; what a credit note gives back stays apart from what
    was bought.
    """
    portion, connector, document, credited = place
    if any((one.connector, one.document) == (connector, document) for one in slot):
        return False
    likewise = [one for one in slot if portion_of(one) is portion]
    if any(document_of(one) == document_of(line) for one in likewise):
        return True
    whole = any(portion_of(one) is Portion.WHOLE for one in slot)
    return (whole or not likewise) and not credited


_PASSES: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("sku", "quantity"), False),
    (("sku",), False),
    (("gtin",), False),
    (("mpn",), False),
    (("name", "quantity"), True),
    (("name",), True),
)
"""By what a line is compared, the surest first, and whether that holds only where not both state
an sku: two variants of a thing may have one name."""


def _matched(lines: Sequence[Line], slots: Sequence[Line]) -> Iterator[tuple[Line, Line | None]]:
    """Each line of a document with the slot whose like it is, or None; no slot is taken twice."""
    lines_left = dict(enumerate(lines))
    slots_left = dict(enumerate(slots))
    for names, by_name in _PASSES:
        wanted = {
            place: list(_values(line, names, by_name=by_name, other=False))
            for place, line in lines_left.items()
        }
        if not any(wanted.values()):
            continue
        waiting: dict[tuple[str, ...], deque[int]] = {}
        for place, slot in slots_left.items():
            for value in _values(slot, names, by_name=by_name, other=True):
                waiting.setdefault(value, deque()).append(place)
        for place, line in list(lines_left.items()):
            for value in wanted[place]:
                found = _next(waiting.get(value), slots_left)
                if found is not None:
                    yield line, slots_left.pop(found)
                    del lines_left[place]
                    break
    for line in lines_left.values():
        yield line, None


def _next(waiting: deque[int] | None, left: Mapping[int, Line]) -> int | None:
    while waiting:
        place = waiting.popleft()
        if place in left:
            return place
    return None


def _values(
    line: Line, names: tuple[str, ...], *, by_name: bool, other: bool
) -> Iterator[tuple[str, ...]]:
    """By what a line is known in one pass; with "sku" or "" ahead where it counts who has one."""
    has_sku = any("sku" in one.stated for one in line)
    found = {
        tuple(_plain(one.stated.get(name)) for name in names)
        for one in line
        if all(one.stated.get(name) for name in names)
    }
    for value in sorted(found):
        if not by_name:
            yield value
        elif other:
            yield ("sku" if has_sku else "", *value)
        else:
            yield ("", *value)
            if not has_sku:
                yield ("sku", *value)
