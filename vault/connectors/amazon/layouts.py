"""The files of Amazon's order history, known by their header rows.

A layout says which column holds which of our fields; columns are found by name, so their order
means nothing and further ones are ignored. The names are those of the headers that Amazon writes
(verified against one header of each vintage, or against what several public programs read of it;
no name here is made up). Returns and refunds stand in `refunds.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from vault.connectors.amazon.days import day
from vault.connectors.formats import values


class Row(Enum):
    """What one row of a file is."""

    ITEM = "an ordered item"
    COMPONENT = "a component of the price of an ordered item"
    SHIPMENT = "a shipment of an order, without its items"
    ORDER = "an order, without its items"
    RETURN = "a return or a refund, of an order or of one of its items"


@dataclass(frozen=True, slots=True)
class Layout:
    """One vintage: what a row is, how dates are written, and the columns of each field.

    A field has one column name, or several of which a file has one. All of `required` must be
    there for a header to be of this layout. A row that is a return makes what it names `becomes`,
    where its state is one of `done`.
    """

    name: str
    row: Row
    date: Callable[[str], str]
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    becomes: str = ""
    done: frozenset[str] = frozenset()

    def positions(self, header: list[str]) -> dict[str, int]:
        """Return where each field's column stands; -1 for a column that the file lacks."""
        places = {name: place for place, name in reversed(list(enumerate(header)))}
        return {
            field: next((places[name] for name in names if name in places), -1)
            for field, names in self.columns.items()
        }

    def fits(self, header: list[str]) -> bool:
        """Return whether a header is of this layout."""
        places = self.positions(header)
        return all(places[field] >= 0 for field in self.required)


RETAIL = Layout(
    name="Retail.OrderHistory",
    row=Row.ITEM,
    date=day,
    columns={
        "order": ("order id",),
        "date": ("order date",),
        "channel": ("website",),
        "po": ("purchase order number",),
        "currency": ("currency",),
        "price": ("unit price",),
        "total": ("total owed", "total amount"),
        "sku": ("asin",),
        "quantity": ("quantity", "original quantity"),
        "order_status": ("order status",),
        "item_status": ("shipment status",),
        "address": ("shipping address",),
        "carrier": ("carrier name & tracking number",),
        "name": ("product name",),
        "serial": ("item serial number",),
        "gift_message": ("gift message",),
        "gift_sender": ("gift sender name",),
        "gift_recipient": ("gift recipient contact details", "gift recipient contact"),
    },
    required=("order", "date", "channel", "sku", "name", "quantity", "price", "total"),
)

LEGACY_ITEMS = Layout(
    name="Order History Reports: Items",
    row=Row.ITEM,
    date=values.us_date,
    columns={
        "order": ("order id",),
        "date": ("order date",),
        "channel": ("website",),
        "po": ("purchase order number",),
        "currency": ("currency",),
        "price": ("purchase price per unit",),
        "total": ("item total",),
        "sku": ("asin/isbn",),
        "quantity": ("quantity",),
        "order_status": ("order status",),
        "carrier": ("carrier name & tracking number",),
        "name": ("title",),
        "category": ("category",),
        "seller": ("seller",),
        "address_name": ("shipping address name",),
        "address_street_1": ("shipping address street 1",),
        "address_street_2": ("shipping address street 2",),
        "address_city": ("shipping address city",),
        "address_state": ("shipping address state",),
        "address_zip": ("shipping address zip",),
    },
    required=("order", "date", "sku", "name", "price", "total"),
)

LEGACY_SHIPMENTS = Layout(
    name="Order History Reports: Orders and Shipments",
    row=Row.SHIPMENT,
    date=values.us_date,
    columns={
        "order": ("order id",),
        "date": ("order date",),
        "channel": ("website",),
        "po": ("purchase order number",),
        "order_status": ("order status",),
        "carrier": ("carrier name & tracking number",),
        "shipping": ("shipping charge",),
        "discount": ("total promotions",),
        "tax": ("tax charged",),
        "total": ("total charged",),
    },
    required=("order", "date", "shipping", "discount", "tax", "total"),
)

DIGITAL_ITEMS = Layout(
    name="Digital Items",
    row=Row.ITEM,
    date=values.iso_date,
    columns={
        "order": ("orderid",),
        "date": ("orderdate",),
        "channel": ("marketplace",),
        "currency": ("ourpricecurrencycode",),
        "price": ("ourprice",),
        "sku": ("asin",),
        "item": ("digitalorderitemid",),
        "quantity": ("originalquantity",),
        "fulfilled": ("isfulfilled",),
        "name": ("productname", "title"),
        "seller": ("sellerofrecord",),
        "gift": ("giftitem",),
        "gift_message": ("giftmessage",),
        "gift_recipient": ("giftcustomernickname",),
    },
    required=("order", "date", "sku", "item", "name", "price"),
)

DIGITAL_CONTENT = Layout(
    name="Digital Content Orders",
    row=Row.COMPONENT,
    date=day,
    columns={
        "order": ("order id",),
        "date": ("order date",),
        "channel": ("marketplace",),
        "currency": ("price currency code", "base currency code"),
        "price": ("price",),
        "sku": ("asin",),
        "item": ("digital order item id",),
        "quantity": ("quantity ordered", "original quantity"),
        "order_status": ("order status",),
        "name": ("product name",),
        "seller": ("seller of record",),
    },
    required=("order", "date", "sku", "item", "name", "order_status"),
)

DIGITAL_ORDERS = Layout(
    name="Digital Orders",
    row=Row.ORDER,
    date=day,
    columns={
        "order": ("orderid",),
        "date": ("orderdate",),
        "channel": ("marketplace",),
        "order_status": ("orderstatus",),
        "packet": ("deliverypacketid",),
    },
    required=("order", "date", "order_status", "packet"),
)
