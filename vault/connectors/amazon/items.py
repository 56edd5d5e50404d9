"""Rows that are ordered items, made into purchases."""

from collections.abc import Callable, Iterator
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from vault.connectors.amazon import layouts
from vault.connectors.amazon.layouts import Layout
from vault.connectors.amazon.orders import ABSENT, ISSUER, Orders, status
from vault.connectors.formats.table import Row
from vault.connectors.formats.values import amount
from vault.domain.compartments import Kind
from vault.domain.counted import Counted
from vault.domain.records import ParsedRecord, RecordData, RowError

WINDOW = 20_000
"""How many rows are looked at together to tell twins apart whatever the order of rows is."""


class Item(NamedTuple):
    """The cells of a row that are read, stripped; "" where the file has none or says so."""

    order: str
    date: str
    channel: str
    po: str
    currency: str
    price: str
    total: str
    sku: str
    item: str
    quantity: str
    order_status: str
    item_status: str
    fulfilled: str
    carrier: str
    name: str
    category: str
    seller: str
    serial: str
    gift: str
    gift_message: str
    gift_sender: str
    gift_recipient: str
    address: str
    address_name: str
    address_street_1: str
    address_street_2: str
    address_city: str
    address_state: str
    address_zip: str

    def key(self) -> str:
        """Return what tells this item apart, but for its twins in the order."""
        return f"{self.order}/{self.item or self.sku}"

    def rank(self) -> tuple[str, ...]:
        """Return what twins are sorted by: first what is fixed when something is ordered."""
        first = (self.gift_recipient, self.gift_message, self.address, self.price, self.quantity)
        return (*first, *self)

    def status(self) -> str:
        """Return what became of the item; an order that was cancelled counts before the rest."""
        of_order = status(self.order_status)
        if of_order == "cancelled":
            return of_order
        if self.fulfilled:
            return "fulfilled" if self.fulfilled.casefold() == "yes" else "not fulfilled"
        return status(self.item_status) or of_order

    def is_gift(self) -> bool:
        """Return whether the row states a gift: in its own column, or by whose it is."""
        named = self.gift_message or self.gift_sender or self.gift_recipient
        return bool(named) or self.gift.casefold() == "yes"

    def delivery_address(self) -> str:
        """Return the address of the delivery in one line."""
        return self.address or ", ".join(filter(None, self[_ADDRESS:]))


_ADDRESS = Item._fields.index("address_name")


class Items:
    """The items of one file. Each row becomes a purchase; `orders` learns what it says of orders.

    A purchase is known by its order, its ASIN (a digital one by its item id) and its ordinal among
    the rows of that order with the same ASIN; where a row is a component of a price, all rows of an
    item are that one item. Rows are sorted, so that neither the order of
    columns nor, within `WINDOW` rows, that of rows changes which is which.
    """

    def __init__(self, layout: Layout, header: list[str], orders: Orders) -> None:
        self._date = layout.date
        self._once = layout.row is layouts.Row.COMPONENT
        places = layout.positions(header)
        # A column that the file lacks is read from the empty cell that is appended to each row.
        self._pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(
            *(places.get(field, -1) for field in Item._fields)
        )
        self._orders = orders
        self._ordinals = Counted()

    def read(self, rows: Iterator[Row | RowError]) -> Iterator[ParsedRecord | RowError]:
        """Yield a purchase, or what is wrong, for each row."""
        while window := list(islice(rows, WINDOW)):
            yield from (row for row in window if isinstance(row, RowError))
            for key, line, item in self._told_apart(window):
                if self._once and self._ordinals[key]:
                    continue
                try:
                    yield self._purchase(key, line, item)
                except ValueError:
                    yield RowError(line, self._reason(item))
            yield from self._orders.settled()

    def _told_apart(self, window: list[Row | RowError]) -> Iterator[tuple[str, int, Item]]:
        """Yield each row with its key, twins in an order of their own."""
        keyed: dict[str, list[tuple[int, Item]]] = {}
        for row in window:
            if isinstance(row, RowError):
                continue
            line, cells = row
            cells.append("")
            picked = self._pick(cells)
            item = Item(*["" if (text := cell.strip()) in ABSENT else text for cell in picked])
            keyed.setdefault(item.key(), []).append((line, item))
        for key, twins in keyed.items():
            if len(twins) > 1:
                twins.sort(key=lambda twin: twin[1].rank())
            for line, item in twins:
                yield key, line, item

    def _purchase(self, key: str, line: int, item: Item) -> ParsedRecord:
        if not item.order:
            raise ValueError
        ordered = self._date(item.date)
        data = _data(item, ordered)
        ordinal = self._ordinals.next(key)
        facts = (ordered, item.channel, status(item.order_status), item.po)
        self._orders.learn(item.order, facts, item.carrier)
        source_id = f"item/{key}/{ordinal}"
        belongs = (f"order/{item.order}",)
        return ParsedRecord(Kind.PURCHASE, source_id, data, belongs, line, issuer=ISSUER)

    def _reason(self, item: Item) -> str:
        """Say what is wrong with a row that could not be read."""
        if not item.order:
            return "has no order number"
        readings = (("order date", self._date, item.date), *_amounts(item))
        for name, read, text in readings:
            try:
                read(text)
            except ValueError as err:
                return f"{name}: {err}"
        return "cannot be read"


def _amounts(item: Item) -> Iterator[tuple[str, Callable[[str], str], str]]:
    for name in ("quantity", "price", "total"):
        text: str = getattr(item, name)
        if text:
            yield name, amount, text


def _data(item: Item, ordered: str) -> RecordData:
    data: RecordData = {
        "orderNumber": item.order,
        "orderDate": ordered,
        "name": item.name,
        "sku": item.sku,
        "category": item.category,
        "quantity": item.quantity and amount(item.quantity),
        "price": item.price and amount(item.price),
        "lineTotal": item.total and amount(item.total),
        "priceCurrency": item.currency,
        "itemStatus": item.status(),
        "deliveryAddress": item.delivery_address(),
        "channel": item.channel,
    }
    data = {name: value for name, value in data.items() if value}
    if item.seller:
        data["seller"] = {"name": item.seller}
    if item.serial:
        data["serialNumbers"] = [item.serial]
    if item.is_gift():
        data["isGift"] = True
        data.update(_gift(item))
    return data


def _gift(item: Item) -> dict[str, str]:
    stated = {"giftRecipient": item.gift_recipient, "giftMessage": item.gift_message}
    return {name: text for name, text in stated.items() if text}
