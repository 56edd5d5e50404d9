"""The columns of a sheet: how their names are compared, and what a column of each kind may be."""

import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum

from vault.domain.compartments import Kind

COLUMN_LIMIT = 512
NAME_LENGTH = 200


class Cell(Enum):
    """How a column's cells are read."""

    TEXT = "text"
    AMOUNT = "amount"
    DATE = "date"
    CURRENCY = "currency"
    PARTY = "party"
    TEXTS = "texts"
    FLAG = "flag"
    STATUS = "status"
    PAID = "paid"


_OF_AN_ORDER = {
    "orderStatus": Cell.STATUS,
    "poNumber": Cell.TEXT,
    "shipping": Cell.AMOUNT,
    "tax": Cell.AMOUNT,
    "discount": Cell.AMOUNT,
    "totalPrice": Cell.AMOUNT,
    "trackingNumber": Cell.TEXTS,
    "carrier": Cell.TEXT,
}
_SHARED = {
    "orderNumber": Cell.TEXT,
    "orderDate": Cell.DATE,
    "seller": Cell.PARTY,
    "channel": Cell.TEXT,
    "site": Cell.TEXT,
    "priceCurrency": Cell.CURRENCY,
}

MEANINGS: Mapping[Kind, Mapping[str, Cell]] = {
    Kind.PURCHASE: {
        **_SHARED,
        "name": Cell.TEXT,
        "sku": Cell.TEXT,
        "mpn": Cell.TEXT,
        "gtin": Cell.TEXT,
        "brand": Cell.TEXT,
        "category": Cell.TEXT,
        "quantity": Cell.AMOUNT,
        "unitCode": Cell.TEXT,
        "price": Cell.AMOUNT,
        "lineTotal": Cell.AMOUNT,
        "itemStatus": Cell.STATUS,
        "serialNumbers": Cell.TEXTS,
        "isGift": Cell.FLAG,
        "giftRecipient": Cell.TEXT,
        "giftMessage": Cell.TEXT,
        "deliveryAddress": Cell.TEXT,
        "returnBy": Cell.DATE,
        "warrantyUntil": Cell.DATE,
        **_OF_AN_ORDER,
    },
    Kind.ORDER: {**_SHARED, **_OF_AN_ORDER},
    Kind.INVOICE: {
        "invoiceNumber": Cell.TEXT,
        "typeCode": Cell.TEXT,
        "issueDate": Cell.DATE,
        "paymentDueDate": Cell.DATE,
        "provider": Cell.PARTY,
        "payee": Cell.PARTY,
        "totalPaymentDue": Cell.AMOUNT,
        "amountPaid": Cell.AMOUNT,
        "paymentStatus": Cell.PAID,
        "taxTotal": Cell.AMOUNT,
        "priceCurrency": Cell.CURRENCY,
        "referencesOrder": Cell.TEXTS,
        "paymentTerms": Cell.TEXT,
        "site": Cell.TEXT,
    },
    Kind.LICENSE: {
        "name": Cell.TEXT,
        "publisher": Cell.TEXT,
        "seller": Cell.PARTY,
        "agreementNumber": Cell.TEXT,
        "licenseNumber": Cell.TEXT,
        "metric": Cell.TEXT,
        "quantityOwned": Cell.AMOUNT,
        "quantityUsed": Cell.AMOUNT,
        "ownedFrom": Cell.DATE,
        "ownedThrough": Cell.DATE,
        "maintenanceEnd": Cell.DATE,
        "orderNumber": Cell.TEXT,
        "invoiceNumber": Cell.TEXT,
        "site": Cell.TEXT,
        "key": Cell.TEXT,
    },
}
"""What a column of each kind's sheet may be. A sheet of purchases may state their orders too;
`trackingNumber`, `carrier` and `key` make a delivery and a license key."""

NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.PURCHASE: ("name", "sku", "mpn", "gtin"),
    Kind.ORDER: ("orderNumber",),
    Kind.INVOICE: ("invoiceNumber",),
    Kind.LICENSE: ("name", "licenseNumber", "agreementNumber"),
}
"""One of these a map must name, and a row must state."""

IDENTITY: Mapping[Kind, tuple[str, ...]] = {
    Kind.PURCHASE: ("orderNumber", "orderDate", "sku", "mpn", "gtin", "name"),
    Kind.ORDER: ("orderNumber",),
    Kind.INVOICE: ("invoiceNumber",),
    Kind.LICENSE: ("agreementNumber", "licenseNumber", "name", "orderNumber", "ownedFrom"),
}
"""What tells a row apart where the map names no columns: what never changes of such a thing."""

SELLER_FIELD = {Kind.INVOICE: "provider"}
"""Which field says whose sheet it is, where that is not `seller`."""


def column_name(text: str) -> str:
    """A column's name as it is compared: no case, no extra white space, no mark of bytes' order."""
    plain = unicodedata.normalize("NFKC", text).replace("\ufeff", "")
    return " ".join(plain.split()).casefold()[:NAME_LENGTH]


def column_names(cells: Iterable[str]) -> list[str]:
    """The names of a header's columns; a second one of a name is `name (2)`, one without is ""."""
    met: dict[str, int] = {}
    names = []
    for cell in cells:
        name = column_name(cell)
        met[name] = met.get(name, 0) + 1
        names.append(name if met[name] == 1 or not name else f"{name} ({met[name]})")
    return names
