"""UBL orders, and what their changes, cancellations, responses and quotations say of them.

The order's number is the buyer's: invoices refer to it. The documents differ in little: each names
the order, its seller and its lines, and most say how it stands. Status codes are those of UNTDID
4343 and 1229, as Peppol uses them, and UBL 2.0's own line status codes.
"""

import hashlib
from collections.abc import Iterator, Mapping

from lxml.etree import _Element

from vault.connectors.documents.model import Delivery, Line, Order, Totals
from vault.connectors.documents.orders import ORDER
from vault.connectors.einvoice import ubl
from vault.connectors.einvoice.ubl_invoices import totals
from vault.connectors.einvoice.ubl_items import described

_TOTALS = ("AnticipatedMonetaryTotal", "LegalMonetaryTotal", "QuotedMonetaryTotal")
_RESPONSE = ubl.root_tag("OrderResponse")
_RESPONSES = {"AB": "processing", "AP": "confirmed", "CA": "confirmed", "RE": "rejected"}
_ASKED = {"2": "cancelled", "cancelled": "cancelled", "disputed": "problem"}
"""What a buyer's document says of a line: added, changed and no action leave it as it stands."""
_ANSWERED = _ASKED | {
    "1": "confirmed",
    "3": "confirmed",
    "5": "confirmed",
    "6": "confirmed",
    "7": "rejected",
    "42": "delivered",
}
_FREIGHT = frozenset({"FC", "DL"})
"""Codes of UNTDID 7161: freight service, delivery."""


def order(document: _Element) -> Order:
    """Return what an Order states; one without a number is known by its UUID or its words."""
    stated = _common(document)
    stated.number = ubl.text(document, "ID")
    stated.document_number = "" if stated.number else _unnumbered(document)
    stated.date = ubl.day(document, "IssueDate")
    stated.document = ORDER
    return stated


def change(document: _Element) -> Order:
    """Return what an OrderChange states: the order as it is to be from now on."""
    stated = _about_order(document, "change")
    sequence = ubl.text(document, "SequenceNumberID")
    stated.document_number = "/".join(filter(None, (stated.document_number, sequence)))
    return stated


def cancellation(document: _Element) -> Order:
    """Return what an OrderCancellation states."""
    stated = _about_order(document, "cancellation")
    stated.status = "cancelled"
    return stated


def response(document: _Element) -> Order:
    """Return what an OrderResponse states: how the seller answers, and line by line."""
    stated = _about_order(document, "response")
    code = ubl.text(document, "OrderResponseCode")
    stated.status = _RESPONSES.get(code.upper(), code.lower())
    return stated


def simple_response(document: _Element) -> Order:
    """Return what an OrderResponseSimple states: the whole order is accepted, or rejected."""
    stated = _about_order(document, "response")
    accepted = ubl.text(document, "AcceptedIndicator").lower()
    stated.status = {"true": "confirmed", "1": "confirmed"}.get(accepted, "rejected")
    return stated if accepted else _without_status(stated)


def quotation(document: _Element) -> Order:
    """Return what a Quotation offers: no order yet, so without its number, and no purchases."""
    stated = _common(document)
    stated.document, stated.document_number = "quotation", ubl.text(document, "ID")
    stated.status = "quoted"
    return stated


def _without_status(stated: Order) -> Order:
    stated.status = ""
    return stated


def _about_order(document: _Element, kind: str) -> Order:
    """Return what a document says of the order that it refers to."""
    stated = _common(document)
    stated.document, stated.document_number = kind, ubl.text(document, "ID")
    stated.number = ubl.order_number(document, "OrderReference")
    stated.date = ubl.day(document, "OrderReference/IssueDate")
    return stated


def _common(document: _Element) -> Order:
    """Return what all of these documents state in the same places."""
    total = next((name for name in _TOTALS if ubl.all_of(document, name)), _TOTALS[0])
    currency = ubl.text(document, "DocumentCurrencyCode")
    currency = currency or ubl.attribute(document, f"{total}/PayableAmount", "currencyID")
    amounts = totals(document, total, currency)
    lines = list(_lines(document))
    return Order(
        number="",
        seller=ubl.party(ubl.first(document, "SellerSupplierParty/Party")),
        currency=currency or next((item.currency for item in lines if item.currency), ""),
        shipping=_freight(document),
        tax=_tax(amounts),
        discount=amounts.allowances,
        total=amounts.due,
        totals=amounts,
        deliveries=_promised(document),
        lines=lines,
        as_of=ubl.moment(document, "Issue"),
        place=document.sourceline or 0,
    )


def _tax(amounts: Totals) -> str:
    return amounts.taxes[0].total if len(amounts.taxes) == 1 else ""


def _freight(document: _Element) -> str:
    """Return the charge for freight or delivery of the whole order, where there is one."""
    found = [
        ubl.number(charge, "Amount")
        for charge in ubl.all_of(document, "AllowanceCharge")
        if ubl.text(charge, "ChargeIndicator") in {"true", "1"}
        and ubl.text(charge, "AllowanceChargeReasonCode") in _FREIGHT
    ]
    return found[0] if len(found) == 1 else ""


def _promised(document: _Element) -> list[Delivery]:
    """Return each day by which the seller promises to deliver all or a line; no buyer's wish."""
    places = ("Delivery", "OrderLine/LineItem/Delivery")
    periods = [
        period
        for place in places
        for period in ubl.all_of(document, f"{place}/PromisedDeliveryPeriod")
    ]
    days = dict.fromkeys(ubl.moment(period, "End") for period in periods)
    return [Delivery(expected=day) for day in days if day]


def _lines(document: _Element) -> Iterator[Line]:
    answered = document.tag == _RESPONSE
    for outer in ubl.all_of(document, "OrderLine"):
        for element in ubl.all_of(outer, "LineItem"):
            line = _line(element, _ANSWERED if answered else _ASKED)
            line.order_line = line.order_line or ubl.reference(outer, "OrderLineReference/LineID")
            yield line


def _line(element: _Element, statuses: Mapping[str, str]) -> Line:
    line = described(element)
    line.quantity = ubl.number(element, "Quantity")
    line.unit_code = ubl.attribute(element, "Quantity", "unitCode")
    amounts = ("LineExtensionAmount", "Price/PriceAmount")
    line.currency = next(
        filter(None, (ubl.attribute(element, a, "currencyID") for a in amounts)), ""
    )
    line.status = statuses.get(ubl.text(element, "LineStatusCode").lower(), "")
    return line


def _unnumbered(document: _Element) -> str:
    """Return what tells apart an order whose number is empty: its UUID, else all that it says."""
    said = " ".join(" ".join(document.itertext()).split())
    return ubl.text(document, "UUID") or hashlib.sha256(said.encode()).hexdigest()[:16]
