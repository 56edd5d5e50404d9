"""An Amazon history of any length, the same on every machine: what all subjects work on."""

import csv
import datetime as dt
import io
from random import Random
from typing import TextIO

_GOODS = ("Tent", "Kettle", "Lamp", "Headphones", "Jacket", "Paperback", "Pan", "Charger", "Stove")
_KINDS = ("lightweight", "steel", "dimmable", "wireless", "waterproof", "second edition", "26 cm")
_SELLERS = ("Amazon.com", "Kivi & Sons", "BookBarn", "Nordlight Outdoor", "Homestead", "Techtrove")
_CATEGORIES = ("OUTDOOR", "KITCHEN", "HOME", "ELECTRONICS", "CLOTHING", "BOOKS")
_HEADER = (
    "Order Date,Order ID,Title,Category,ASIN/ISBN,UNSPSC Code,Website,Condition,Seller,"
    "Purchase Price Per Unit,Quantity,Shipping Address Name,Shipping Address Street 1,"
    "Shipping Address City,Shipping Address State,Shipping Address Zip,Order Status,"
    "Carrier Name & Tracking Number,Item Subtotal,Item Subtotal Tax,Item Total,Currency"
)
_FIRST = dt.date(2012, 1, 1)
_DAYS = 5_000


def amazon(lines: int) -> bytes:
    """A CSV of so many ordered items, of "Order History Reports", one to three items an order."""
    text = io.StringIO()
    write_amazon(text, lines)
    return text.getvalue().encode()


def write_amazon(file: TextIO, lines: int) -> None:
    """The same CSV, line by line into a file."""
    draw = Random(lines)  # noqa: S311 - made-up goods, not keys
    writer = csv.writer(file)
    writer.writerow(_HEADER.split(","))
    left = 0
    for number in range(lines):
        if not left:
            left = draw.randint(1, 3)
            order = f"{draw.randint(111, 114)}-{number:07}-{draw.randrange(10**7):07}"
            day = _FIRST + dt.timedelta(days=number * _DAYS // lines)
        left -= 1
        cents, quantity = draw.randint(199, 29_999), draw.choice((1, 1, 1, 2))
        writer.writerow(
            (
                day.strftime("%m/%d/%y"),
                order,
                f"{draw.choice(_GOODS)}, {draw.choice(_KINDS)}, model {draw.randint(1, 999)}",
                draw.choice(_CATEGORIES),
                f"B0BENCH{number % 5_000:04}",
                "43211500",
                "Amazon.com",
                "new",
                draw.choice(_SELLERS),
                f"${cents / 100:.2f}",
                quantity,
                "Robin Sample",
                "12 Example Lane",
                "Sampletown",
                "OR",
                "97000",
                "Shipped",
                f"UPS(1ZBENCH{number:010})",
                f"${cents * quantity / 100:.2f}",
                "$0.00",
                f"${cents * quantity / 100:.2f}",
                "USD",
            )
        )
