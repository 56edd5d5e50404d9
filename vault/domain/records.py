"""The records of a vault: their kinds, their fields, and what may stand in each.

A record's data is a plain `dict` in the JSON shape of the vendors' interface: schema.org names in
camelCase, amounts as decimal strings, ISO 8601 dates. What is not known is absent: no null, no
empty string, no empty list. `id` and `source` are not data: the storage adds them.

Shapes that several fields share:

- a party (`seller`, `provider`, `payee`): `{"name", "identifier"}`, at least one of them
- a delivery of an order: see `DELIVERY`; `provider` there is the carrier's name
- a line of an invoice: see `LINE`; `position` is the line's own number, as stated; `price` is for
  `priceBaseQuantity` units where that is stated, else for one; `taxRate` is in percent
- a match of a payment: `{"invoice", "invoiceNumber", "decision"}`: the customer's own word whether
  the payment belongs to the invoice with that id; `invoiceNumber` is for the reader of an export
- a mismatch: `{"field", "stated", "computed", "reason"}`: the document states one thing in
  `field`, and what follows from the rest of it is another. The stated one stands in the record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from vault.domain import fields
from vault.domain.compartments import Kind
from vault.errors import InvalidInput

RecordData: TypeAlias = dict[str, Any]

PARTY: Mapping[str, fields.Checker] = {"name": fields.text, "identifier": fields.text}
DELIVERY: Mapping[str, fields.Checker] = {
    "trackingNumber": fields.text,
    "trackingUrl": fields.text,
    "provider": fields.text,
    "expectedArrivalUntil": fields.moment,
    "deliveredAt": fields.moment,
}
LINE: Mapping[str, fields.Checker] = {
    "position": fields.text,
    "name": fields.text,
    "description": fields.text,
    "sku": fields.text,
    "mpn": fields.text,
    "gtin": fields.text,
    "category": fields.text,
    "quantity": fields.amount,
    "unitCode": fields.text,
    "price": fields.amount,
    "priceBaseQuantity": fields.amount,
    "lineTotal": fields.amount,
    "taxRate": fields.amount,
    "orderNumber": fields.text,
    "orderLine": fields.text,
}
MISMATCH: Mapping[str, fields.Checker] = {
    "field": fields.text,
    "stated": fields.text,
    "computed": fields.text,
    "reason": fields.text,
}
MATCH: Mapping[str, fields.Checker] = {
    "invoice": fields.text,
    "invoiceNumber": fields.text,
    "decision": fields.one_of("confirmed", "rejected"),
}

_party = fields.shape(PARTY)
_texts = fields.list_of(fields.text)
_mismatches = fields.list_of(fields.shape(MISMATCH))

CHECKERS: Mapping[Kind, Mapping[str, fields.Checker]] = {
    Kind.PURCHASE: {
        "orderNumber": fields.text,
        "orderDate": fields.calendar_date,
        "seller": _party,
        "name": fields.text,
        "sku": fields.text,
        "mpn": fields.text,
        "gtin": fields.text,
        "brand": fields.text,
        "category": fields.text,
        "quantity": fields.amount,
        "unitCode": fields.text,
        "price": fields.amount,
        "lineTotal": fields.amount,
        "priceCurrency": fields.currency,
        "itemStatus": fields.text,
        "serialNumbers": _texts,
        "isGift": fields.flag,
        "giftRecipient": fields.text,
        "giftMessage": fields.text,
        "deliveryAddress": fields.text,
        "returnBy": fields.calendar_date,
        "warrantyUntil": fields.calendar_date,
        "channel": fields.text,
        "site": fields.text,
    },
    Kind.ORDER: {
        "orderNumber": fields.text,
        "orderDate": fields.calendar_date,
        "seller": _party,
        "orderStatus": fields.text,
        "poNumber": fields.text,
        "channel": fields.text,
        "site": fields.text,
        "shipping": fields.amount,
        "tax": fields.amount,
        "discount": fields.amount,
        "totalPrice": fields.amount,
        "priceCurrency": fields.currency,
        "deliveries": fields.list_of(fields.shape(DELIVERY)),
    },
    Kind.INVOICE: {
        "invoiceNumber": fields.text,
        "typeCode": fields.text,
        "issueDate": fields.calendar_date,
        "paymentDueDate": fields.calendar_date,
        "provider": _party,
        "payee": _party,
        "totalPaymentDue": fields.amount,
        "amountPaid": fields.amount,
        "paymentStatus": fields.text,
        "taxTotal": fields.amount,
        "priceCurrency": fields.currency,
        "referencesOrder": _texts,
        "paymentTerms": fields.text,
        "site": fields.text,
        "lines": fields.list_of(fields.shape(LINE)),
    },
    Kind.LICENSE: {
        "name": fields.text,
        "publisher": fields.text,
        "seller": _party,
        "agreementNumber": fields.text,
        "licenseNumber": fields.text,
        "metric": fields.text,
        "quantityOwned": fields.amount,
        "quantityUsed": fields.amount,
        "ownedFrom": fields.calendar_date,
        "ownedThrough": fields.calendar_date,
        "maintenanceEnd": fields.calendar_date,
        "orderNumber": fields.text,
        "invoiceNumber": fields.text,
        "site": fields.text,
        "hasKey": fields.flag,
    },
    Kind.PREFERENCE: {
        "subject": fields.text,
        "topic": fields.text,
        "value": fields.text,
        "strength": fields.text,
        "note": fields.text,
        "validThrough": fields.calendar_date,
    },
    Kind.LICENSE_KEY: {"key": fields.text},
    Kind.PAYMENT: {
        "paymentDate": fields.calendar_date,
        "valueDate": fields.calendar_date,
        "amount": fields.amount,
        "priceCurrency": fields.currency,
        "payee": _party,
        "reference": fields.text,
        "referencesInvoice": _texts,
        "paymentMethod": fields.text,
        "account": fields.ending,
        "transactionId": fields.text,
        "note": fields.text,
        "matches": fields.list_of(fields.shape(MATCH)),
    },
}

FIELDS: Mapping[Kind, tuple[str, ...]] = {kind: tuple(names) for kind, names in CHECKERS.items()}
"""The fields of each kind, in their order in the interface; `id` and `source` are not data."""

_ACCEPTED = {kind: {**known, "mismatches": _mismatches} for kind, known in CHECKERS.items()}


def check(kind: Kind, data: RecordData) -> None:
    """Refuse data that is not a record of this kind; ~4 µs for a purchase.

    Raises InvalidInput, naming the first field that cannot stand, without its value.
    """
    if not data:
        message = f"{kind.value}: is empty"
        raise InvalidInput(message)
    accepted = _ACCEPTED[kind]
    for name, value in data.items():
        checker = accepted.get(name)
        reason = checker(value) if checker else "is not a field of this kind"
        if reason:
            message = f"{kind.value}.{name:.40}: {reason}"
            raise InvalidInput(message)


@dataclass(slots=True)
class ParsedRecord:
    """One record as a connector yields it.

    `source_id` is stable within the vendor and says which thing this is: the same thing read again
    has the same one. `refs` are the source ids of records of the same document to which this one
    belongs (a purchase names its order or invoice). `line` is where it began in the file, or 0.

    Two more say how it stands to what other sources state of the same thing (`merging.py`):
    `issuer` is the name of who gave it its numbers, only where that is not its seller (a market
    place). `as_of` is the date or RFC 3339 moment at which the document says that it was written;
    of two documents the later one knows the later state.
    """

    kind: Kind
    source_id: str
    data: RecordData
    refs: tuple[str, ...] = ()
    line: int = 0
    issuer: str = ""
    as_of: str = ""


@dataclass(slots=True)
class RowError:
    """A row that could not be read: its line in the file (1 is the first), and why."""

    line: int
    reason: str
