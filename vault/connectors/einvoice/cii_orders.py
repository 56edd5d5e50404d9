"""Order-X: orders, their changes and responses in the words of CII, read into the model."""

from lxml.etree import _Element

from vault.connectors.documents.model import Order
from vault.connectors.documents.orders import ORDER
from vault.connectors.einvoice import cii
from vault.connectors.einvoice.cii_invoices import AGREEMENT, SETTLEMENT, lines, totals

_DOCUMENT = "ExchangedDocument"
_ISSUED = f"{_DOCUMENT}/IssueDateTime"
_KINDS = {"230": "change", "231": "response"}
"""Codes of UNTDID 1001; all others are orders."""
_STATUS = {
    "AB": "processing",
    "AP": "confirmed",
    "CA": "confirmed",
    "RE": "rejected",
    "1": "cancelled",
    "27": "rejected",
    "29": "confirmed",
}
"""Codes of UNTDID 4343, and of UNTDID 1225 for the purpose of a document."""
_FREIGHT = frozenset({"FC", "DL"})


def order(document: _Element) -> Order:
    """Return what an Order-X document states; ValueError where a value is none."""
    kind = _KINDS.get(cii.text(document, f"{_DOCUMENT}/TypeCode"), ORDER)
    number, issued = cii.text(document, f"{_DOCUMENT}/ID"), cii.day(document, _ISSUED)
    currency = cii.text(document, f"{SETTLEMENT}/OrderCurrencyCode")
    amounts = totals(document, currency)
    itself = kind == ORDER
    return Order(
        number=number if itself else cii.order_number(document, AGREEMENT),
        document=kind,
        document_number="" if itself else number,
        date=issued if itself else cii.order_date(document, AGREEMENT),
        seller=cii.party(document.find(f"{AGREEMENT}/SellerTradeParty")),
        currency=currency,
        status=_status(document),
        shipping=_freight(document),
        tax=amounts.taxes[0].total if len(amounts.taxes) == 1 else "",
        discount=amounts.allowances,
        total=amounts.due,
        totals=amounts,
        lines=list(lines(document, "AgreedQuantity", "RequestedQuantity")),
        as_of=issued,
        place=document.sourceline or 0,
    )


def _status(document: _Element) -> str:
    codes = (cii.text(document, f"{_DOCUMENT}/{name}") for name in ("StatusCode", "PurposeCode"))
    return next((_STATUS[code] for code in codes if code in _STATUS), "")


def _freight(document: _Element) -> str:
    """Return the charge for freight or delivery of the whole order, where there is one."""
    found = [
        cii.number(charge, "ActualAmount")
        for charge in document.findall(f"{SETTLEMENT}/SpecifiedTradeAllowanceCharge")
        if cii.is_charge(charge) and cii.text(charge, "ReasonCode") in _FREIGHT
    ]
    return found[0] if len(found) == 1 else ""
