"""Lines of documents about one order: which of them are one purchase.

In one document each line is another purchase, so that the same item ordered twice stays two. Across
documents a line is known by its product. The answer depends on the set of statements alone.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from vault.domain.canonical import plain
from vault.domain.merging import ranked_of
from vault.domain.portions import Portion, portion_of
from vault.domain.statements import Statement

_COMPARED_LIMIT = 200_000
Line: TypeAlias = list[Statement]
"""A line of a document, in all the versions in which it was stated."""
Place: TypeAlias = tuple[Portion, str, str, bool]
"""A document: what it is about, its connector, its name, and whether its lines give back."""


def slots(basket: Sequence[Statement], document_of: Callable[[Statement], str]) -> list[Line]:
    """The purchases of a basket, which is what statements say of one order.

    `document_of` names the order or invoice that a statement came with. Documents are taken one
    after another, each line put to its like or apart. What was ordered comes first, so that what
    was sent and billed finds it.
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
        tuple(plain(one.stated.get(name)) for name in names)
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
