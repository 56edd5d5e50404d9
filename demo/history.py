"""A made-up Amazon history: the same few hundred lines on every machine, in two real layouts.

The older years stand in the layout of the former "Order History Reports", which states sellers and
categories; the newer ones in that of "Request my data", which states gifts. Nobody bought any of
it, and no order number or address exists.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

_SEED = 20_190_301
_FIRST, _SPLIT, _LAST = dt.date(2019, 3, 1), dt.date(2023, 1, 1), dt.date(2026, 11, 15)
_GIFTS_EVERY, _CANCELLED_EVERY = 23, 31
_HOME = ("Robin Sample", "12 Example Lane", "Sampletown", "OR", "97000")

# name, category, price in cents
_GOODS = (
    ("Pour-over coffee filters, 100 pieces", "Kitchen", 895),
    ("Stovetop espresso maker, 6 cups", "Kitchen", 3450),
    ("Cast iron pan, 26 cm", "Kitchen", 4190),
    ("Bread knife with oak handle", "Kitchen", 2875),
    ("Digital kitchen scale", "Kitchen", 1999),
    ("Wool blanket, grey", "Home", 7900),
    ("Desk lamp with dimmer", "Home", 5495),
    ("Smoke detector, twin pack", "Home", 2790),
    ("Laundry basket, woven", "Home", 3290),
    ("Rechargeable AA cells, 8 pieces", "Electronics", 1849),
    ("Over-ear headphones", "Electronics", 12900),
    ("USB-C charger, 65 W", "Electronics", 3899),
    ("E-reader, 7 inch", "Electronics", 16900),
    ("HDMI cable, 2 m", "Electronics", 1190),
    ("Vacuum cleaner bags, 10 pieces", "Home", 1595),
    ("Rain jacket, size M", "Clothing", 8995),
    ("Merino socks, 3 pairs", "Clothing", 2650),
    ("Running shoes, size 42", "Clothing", 11950),
    ("The Garden at Dusk (hardcover)", "Books", 2200),
    ("A Short History of Maps", "Books", 1850),
    ("Learning to Bake Bread", "Books", 2499),
    ("Tide tables for walkers", "Books", 1295),
    ("Tent for two, 1.9 kg", "Outdoor", 21900),
    ("Camping stove", "Outdoor", 4900),
    ("Water bottle, steel, 0.75 l", "Outdoor", 2490),
    ("Bicycle lights, front and rear", "Outdoor", 3195),
    ("Dog lead, 2 m", "Pets", 1590),
    ("Dry dog food, 12 kg", "Pets", 5290),
    ("Board game: The Lighthouse Keepers", "Games", 3999),
    ("Watercolour set, 24 pans", "Games", 2795),
)
_SELLERS = ("Amazon.com", "Amazon.com", "Kivi & Sons", "Nordlight Outdoor", "BookBarn", "Homestead")
_PEOPLE = (
    ("Anna Sample", "Happy birthday, Anna!"),
    ("Noor Sample", "For the new flat."),
    ("Uncle Theo", "Get well soon."),
)
_OLDER = (
    "Order Date,Order ID,Title,Category,ASIN/ISBN,UNSPSC Code,Website,Condition,Seller,"
    "Purchase Price Per Unit,Quantity,Shipping Address Name,Shipping Address Street 1,"
    "Shipping Address City,Shipping Address State,Shipping Address Zip,Order Status,"
    "Carrier Name & Tracking Number,Item Subtotal,Item Subtotal Tax,Item Total,Currency"
)
_NEWER = (
    "ASIN,Carrier Name & Tracking Number,Currency,Gift Message,Gift Recipient Contact,"
    "Gift Sender Name,Item Serial Number,Order Date,Order ID,Order Status,Original Quantity,"
    "Product Condition,Product Name,Purchase Order Number,Shipment Status,Shipping Address,"
    "Total Amount,Total Discounts,Unit Price,Unit Price Tax,Website"
)
_NONE = "Not Available"


@dataclass(frozen=True, slots=True)
class _Line:
    """One ordered item; amounts in cents. `gift` is (for whom, message)."""

    number: int
    day: dt.date
    order: str
    goods: int
    quantity: int
    seller: str
    gift: tuple[str, str] | None
    cancelled: bool

    @property
    def total(self) -> int:
        """What was paid: nothing for a cancelled line."""
        return 0 if self.cancelled else _GOODS[self.goods][2] * self.quantity


def files() -> Iterator[tuple[str, bytes]]:
    """The name and the content of each file."""
    lines = list(_lines())
    older = [_older(line) for line in lines if line.day < _SPLIT]
    newer = [_newer(line) for line in lines if line.day >= _SPLIT]
    yield "Order History Reports 2019-2022.csv", _csv(_OLDER, older)
    yield "Retail.OrderHistory.2023-2026.csv", _csv(_NEWER, newer)


def _lines() -> Iterator[_Line]:
    draw = Random(_SEED)  # noqa: S311 - made-up goods, not keys
    day, number = _FIRST, 0
    while day < _LAST:
        order = f"{draw.randint(111, 114)}-{draw.randrange(10**7):07}-{draw.randrange(10**7):07}"
        seller = draw.choice(_SELLERS)
        for goods in draw.sample(range(len(_GOODS)), draw.choice((1, 1, 1, 2, 3))):
            number += 1
            gift = draw.choice(_PEOPLE) if not number % _GIFTS_EVERY and day >= _SPLIT else None
            quantity = draw.choice((1, 1, 1, 1, 2))
            cancelled = not number % _CANCELLED_EVERY
            yield _Line(number, day, order, goods, quantity, seller, gift, cancelled)
        day += dt.timedelta(days=draw.randint(2, 22))


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _csv(header: str, rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), restval=_NONE, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _older(line: _Line) -> dict[str, str]:
    name, category, price = _GOODS[line.goods]
    person, street, city, state, code = _HOME
    return {
        "Order Date": line.day.strftime("%m/%d/%y"),
        "Order ID": line.order,
        "Title": name,
        "Category": category,
        "ASIN/ISBN": f"B0DEMO{line.goods:04}",
        "Website": "Amazon.com",
        "Condition": "new",
        "Seller": line.seller,
        "Purchase Price Per Unit": f"${_money(price)}",
        "Quantity": str(line.quantity),
        "Shipping Address Name": person,
        "Shipping Address Street 1": street,
        "Shipping Address City": city,
        "Shipping Address State": state,
        "Shipping Address Zip": code,
        "Order Status": "Cancelled" if line.cancelled else "Shipped",
        "Carrier Name & Tracking Number": _carrier(line),
        "Item Subtotal": f"${_money(line.total)}",
        "Item Subtotal Tax": "$0.00",
        "Item Total": f"${_money(line.total)}",
        "Currency": "USD",
    }


def _newer(line: _Line) -> dict[str, str]:
    name, category, price = _GOODS[line.goods]
    row = {
        "ASIN": f"B0DEMO{line.goods:04}",
        "Carrier Name & Tracking Number": _carrier(line),
        "Currency": "USD",
        "Order Date": f"{line.day}T{line.number % 24:02}:15:00Z",
        "Order ID": line.order,
        "Order Status": "Cancelled" if line.cancelled else "Closed",
        "Original Quantity": str(line.quantity),
        "Product Condition": "New",
        "Product Name": name,
        "Shipment Status": _NONE if line.cancelled else "Shipped",
        "Shipping Address": " ".join((*_HOME, "United States")),
        "Total Amount": _money(line.total),
        "Total Discounts": "0",
        "Unit Price": _money(price),
        "Unit Price Tax": "0",
        "Website": "Amazon.com",
    }
    if line.gift:
        row["Gift Recipient Contact"], row["Gift Message"] = line.gift
        row["Gift Sender Name"] = _HOME[0]
    if category == "Electronics":
        row["Item Serial Number"] = f"SN-{line.number:05}"
    return row


def _carrier(line: _Line) -> str:
    return _NONE if line.cancelled else f"UPS(1ZDEMO{line.number:010})"
