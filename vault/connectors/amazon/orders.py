"""What the rows of a file say of the orders that they belong to.

An order has what every one of its rows states alike. A subtotal, charge or total of a shipment is
never added to another: an order's amounts are known only from a report of shipments in which the
order has a single one.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from vault.connectors.amazon.layouts import Layout
from vault.connectors.formats import values
from vault.connectors.formats.agreement import agreed, stated
from vault.connectors.formats.table import Row
from vault.domain.compartments import Kind
from vault.domain.counted import LARGEST, Counted
from vault.domain.records import ParsedRecord, RecordData, RowError

ISSUER = "Amazon"
"""Who gives orders their numbers, whoever sells."""
ABSENT = frozenset({"", "N/A", "Not Available", "Not Applicable"})
"""What the files write where they say nothing."""

Facts: TypeAlias = tuple[str, str, str, str]
"""What a row states of its order: date, channel, status, purchase order number; "" for nothing."""

HELD = 20_000
"""How many orders are open at once while items are read."""
_FACTS = ("orderDate", "channel", "orderStatus", "poNumber")
_PARCEL = re.compile(r"(?:and |[,;&] ?)?([^()]*?) ?\(([^()]+)\)\s*")
_CANCELLED = frozenset({"cancelled", "canceled"})
_AMOUNTS = {"shipping": "shipping", "tax": "tax", "discount": "discount", "total": "totalPrice"}
_DOLLAR_SITES = frozenset({"amazon.com"})


@lru_cache(maxsize=1024)
def status(text: str) -> str:
    """Return the file's word for a status in lower case, `cancelled` in one spelling.

    What is joined to itself is one: parts of an order stand as `Shipped and Shipped`.
    """
    words = dict.fromkeys(text.strip().casefold().split(" and "))
    word = " and ".join(words)
    return "cancelled" if word in _CANCELLED else word


def said(cell: str) -> str:
    """Return what a cell says, "" where it says that it says nothing."""
    text = cell.strip()
    return "" if text in ABSENT else text


def parcels(text: str) -> list[tuple[str, str]]:
    """Return (carrier, tracking number) of each parcel in `UPS(1Z9), USPS(94)`.

    Text that is not of this form is a tracking number of an unknown carrier, as it stands.
    """
    if text.count("(") == 1 and text.endswith(")"):
        carrier, _, number = text[:-1].partition("(")
        return [(carrier.strip(), number.strip())]
    found = _PARCEL.findall(text)
    if found and not _PARCEL.sub("", text):
        return [(carrier.strip(), number.strip()) for carrier, number in found]
    return [("", text)] if text else []


@dataclass(slots=True)
class _Order:
    """What is known of an order: its facts (None where rows differ), and where its parcels are."""

    facts: tuple[str | None, ...]
    carriers: set[str] = field(default_factory=set)
    amounts: RecordData | None = None
    shipments: int = 0

    def digest(self) -> int:
        """Return a number that stands for all that is known of it."""
        amounts = frozenset((self.amounts or {}).items())
        return hash((self.facts, frozenset(self.carriers), amounts)) & LARGEST or 1


class Orders:
    """The orders of one document, across its files, each given out once.

    Of a long file the newest orders are held open, and memory does not grow with its length. One
    that comes again later adds nothing where it says what it said before; where it says something
    else it is given out once more, and the vault takes the later word.
    """

    def __init__(self) -> None:
        self._orders: OrderedDict[str, _Order] = OrderedDict()
        self._given = Counted()

    def learn(self, number: str, facts: Facts, carrier: str) -> "_Order":
        """Take what a row states of its order."""
        order = self._orders.get(number)
        if order is None:
            order = self._orders[number] = _Order(facts)
        elif order.facts != facts:
            order.facts = agreed(order.facts, facts)
        if carrier:
            order.carriers.add(carrier)
        return order

    def shipments(
        self, layout: Layout, header: list[str], rows: Iterator[Row | RowError]
    ) -> Iterator[RowError]:
        """Learn from a file of shipments; yield the rows that could not be read."""
        at = layout.positions(header)
        for row in rows:
            if isinstance(row, RowError):
                yield row
                continue
            line, cells = row
            try:
                named = {name: cells[place].strip() for name, place in at.items() if place >= 0}
                self._shipment(named, layout)
            except ValueError as err:
                yield RowError(line, str(err))

    def listed(
        self, layout: Layout, header: list[str], rows: Iterator[Row | RowError]
    ) -> Iterator[RowError]:
        """Learn from a file of orders without items; yield the rows that could not be read."""
        at = layout.positions(header)
        for row in rows:
            if isinstance(row, RowError):
                yield row
                continue
            line, cells = row
            cells.append("")  # what the file lacks stands at -1
            try:
                self._listed({name: said(cells[place]) for name, place in at.items()}, layout)
            except ValueError as err:
                yield RowError(line, str(err))

    def _listed(self, cells: Mapping[str, str], layout: Layout) -> None:
        if not cells["order"]:
            raise ValueError("has no order number")
        ordered = layout.date(cells["date"])
        facts = (ordered, cells["channel"], status(cells["order_status"]), "")
        self.learn(cells["order"], facts, "")

    def _shipment(self, cells: Mapping[str, str], layout: Layout) -> None:
        if not cells["order"]:
            raise ValueError("has no order number")
        ordered = layout.date(cells["date"])
        amounts = _amounts(cells)
        state = status(cells.get("order_status", ""))
        facts = (ordered, cells.get("channel", ""), state, cells.get("po", ""))
        order = self.learn(cells["order"], facts, cells.get("carrier", ""))
        order.shipments += 1
        order.amounts = amounts if order.shipments == 1 else None

    def settled(self, held: int = HELD) -> Iterator[ParsedRecord]:
        """Yield the orders that are not held open any longer."""
        while len(self._orders) > held:
            number, order = self._orders.popitem(last=False)
            digest = order.digest()
            if self._given[number] != digest:
                self._given[number] = digest
                yield ParsedRecord(
                    Kind.ORDER, f"order/{number}", _data(number, order), issuer=ISSUER
                )

    def records(self) -> Iterator[ParsedRecord]:
        """Yield an order for each order number that was met and is still open."""
        yield from self.settled(0)


def _data(number: str, order: _Order) -> RecordData:
    data: RecordData = {"orderNumber": number, **stated(_FACTS, order.facts)}
    data.update(order.amounts or {})
    found = {parcel for text in order.carriers for parcel in parcels(text)}
    if found:
        data["deliveries"] = [_delivery(*parcel) for parcel in sorted(found)]
    return data


def _amounts(cells: Mapping[str, str]) -> RecordData:
    """Read the amounts of a shipment; `$` is a currency only where it can mean one."""
    found = {_AMOUNTS[name]: cells[name] for name in _AMOUNTS if cells[name]}
    amounts = {name: values.amount(text) for name, text in found.items()}
    in_dollars = any("$" in text for text in found.values())
    if in_dollars and cells.get("channel", "").casefold() in _DOLLAR_SITES:
        amounts["priceCurrency"] = "USD"
    return amounts


def _delivery(carrier: str, number: str) -> dict[str, str]:
    delivery = {"trackingNumber": number}
    if carrier:
        delivery["provider"] = carrier
    return delivery
