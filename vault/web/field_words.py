"""What the fields of records are called on a page, and which hold money and dates."""

from vault.web.language import LazyString, gettext
from vault.web.language import lazy_gettext as _

LABELS: dict[str, LazyString] = {
    "orderNumber": _("Order number"),
    "orderDate": _("Ordered"),
    "seller": _("Seller"),
    "name": _("Name"),
    "sku": _("Seller’s article number"),
    "mpn": _("Maker’s article number"),
    "gtin": _("Bar code number"),
    "brand": _("Brand"),
    "category": _("Category"),
    "quantity": _("Quantity"),
    "unitCode": _("Unit"),
    "price": _("Price of one"),
    "lineTotal": _("Amount"),
    "priceCurrency": _("Currency"),
    "itemStatus": _("State"),
    "serialNumbers": _("Serial numbers"),
    "isGift": _("Gift"),
    "giftRecipient": _("Gift for"),
    "giftMessage": _("Gift message"),
    "deliveryAddress": _("Delivered to"),
    "returnBy": _("Can be returned until"),
    "warrantyUntil": _("Under warranty until"),
    "channel": _("Bought through"),
    "site": _("Place"),
    "orderStatus": _("State"),
    "poNumber": _("Your own order number"),
    "shipping": _("Shipping"),
    "tax": _("Tax"),
    "discount": _("Discount"),
    "totalPrice": _("Total"),
    "deliveries": _("Deliveries"),
    "invoiceNumber": _("Invoice number"),
    "typeCode": _("Kind of document"),
    "issueDate": _("Issued"),
    "paymentDueDate": _("Due"),
    "provider": _("Issued by"),
    "payee": _("To be paid to"),
    "totalPaymentDue": _("To be paid"),
    "amountPaid": _("Paid"),
    "paymentStatus": _("State"),
    "taxTotal": _("Tax"),
    "referencesOrder": _("For orders"),
    "paymentTerms": _("Payment terms"),
    "lines": _("Lines"),
    "paymentDate": _("Paid on"),
    "valueDate": _("Value date"),
    "amount": _("Amount"),
    "reference": _("Text"),
    "referencesInvoice": _("For invoices"),
    "paymentMethod": _("Paid by"),
    "account": _("Account ending in"),
    "transactionId": _("Number of the transaction"),
    "publisher": _("Publisher"),
    "agreementNumber": _("Agreement number"),
    "licenseNumber": _("License number"),
    "metric": _("Counted by"),
    "quantityOwned": _("Seats owned"),
    "quantityUsed": _("Seats used"),
    "ownedFrom": _("Owned from"),
    "ownedThrough": _("Runs out"),
    "maintenanceEnd": _("Maintenance ends"),
    "hasKey": _("Has a key"),
    "subject": _("What it is about"),
    "topic": _("Topic"),
    "value": _("Your word on it"),
    "strength": _("How strongly"),
    "note": _("Note"),
    "validThrough": _("Valid until"),
    "key": _("Key"),
}
"""A field's name in plain words, by its name in a record."""

MONEY_FIELDS = frozenset(
    {
        "price",
        "lineTotal",
        "shipping",
        "tax",
        "discount",
        "totalPrice",
        "totalPaymentDue",
        "amountPaid",
        "taxTotal",
        "amount",
    }
)
DATE_FIELDS = frozenset(
    {
        "orderDate",
        "returnBy",
        "warrantyUntil",
        "issueDate",
        "paymentDueDate",
        "paymentDate",
        "valueDate",
        "ownedFrom",
        "ownedThrough",
        "maintenanceEnd",
        "validThrough",
    }
)


def mismatched(path: str) -> str:
    """The field that a document contradicts itself about, by its path: `lines/2/lineTotal`."""
    *where, name = path.split("/")
    label = str(LABELS.get(name, name))
    if where and where[-1].isdigit():
        return gettext("%(field)s of line %(line)s", field=label, line=where[-1])
    return label
