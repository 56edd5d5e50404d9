"""Finds the orders, invoices and parcels among the things that markup describes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from vault.connectors.mail_order.nodes import Node

ORDER, INVOICE, PARCEL = "Order", "Invoice", "ParcelDelivery"
_REFERRING = frozenset({"partOfOrder", "referencesOrder"})
_SAYS_MORE = frozenset(
    {"acceptedOffer", "orderedItem", "price", "priceSpecification", "totalPrice"}
)
_SHOWN = 5


@dataclass(slots=True)
class Found:
    """What there is to be read, each thing once, in the document's order."""

    orders: list[Node] = field(default_factory=list)
    invoices: list[Node] = field(default_factory=list)
    parcels: list[Node] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether there is anything at all."""
        return bool(self.orders or self.invoices or self.parcels)


def find(things: Iterable[Node]) -> Found:
    """Find each order, invoice and parcel, wherever it stands.

    A parcel that stands in an order is part of it. An order to which an invoice or a parcel only
    refers, by its number and parties, is no order of its own.
    """
    found, seen = Found(), set[int]()
    delivered: set[int] = set()
    waiting = [("", thing) for thing in things][::-1]
    while waiting:
        within, node = waiting.pop()
        if within == "orderDelivery":
            delivered.add(id(node))
        if id(node) in seen:
            continue
        seen.add(id(node))
        _sort(node, within, found)
        inside = ((name, value) for name, values in node.values.items() for value in values)
        waiting += [(name, v) for name, v in inside if isinstance(v, Node)][::-1]
    found.parcels = [parcel for parcel in found.parcels if id(parcel) not in delivered]
    return found


def _sort(node: Node, within: str, found: Found) -> None:
    if ORDER in node.types:
        if within not in _REFERRING or _SAYS_MORE & node.values.keys():
            found.orders.append(node)
    elif INVOICE in node.types:
        found.invoices.append(node)
    elif PARCEL in node.types:
        found.parcels.append(node)


def others(things: Iterable[Node]) -> str:
    """Return the types of the things at the top, for a refusal that says what was there instead."""
    named = dict.fromkeys(name for thing in things for name in thing.types)
    return ", ".join(list(named)[:_SHOWN])
