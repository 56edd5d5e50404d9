"""InvoiceDetailRequest: invoices, credit memos and debit memos.

`purpose` becomes the code of UNTDID 1001 for the same sort of document. Amounts stand as stated:
those of credit memos are negative by the standard. In cXML net is gross less discount, and what is
due is net less deposits. Where DueAmount is not stated, NetAmount is what is due; where neither is,
and nothing is taken off, GrossAmount.
"""

from collections.abc import Iterator
from decimal import Decimal

from lxml.etree import _Element

from vault.connectors.cxml import elements
from vault.connectors.cxml.items import described
from vault.connectors.cxml.references import order_of
from vault.connectors.documents.model import Invoice, Line, Party, Tax, Totals

_CODES = {
    "": "380",
    "standard": "380",
    "creditmemo": "381",
    "linelevelcreditmemo": "381",
    "debitmemo": "383",
    "lineleveldebitmemo": "383",
}
_SELLER = ("issuerOfInvoice", "invoiceFrom", "from", "billFrom", "supplierCorporate")
_ORDERS = ("InvoiceDetailOrder", "InvoiceDetailHeaderOrder")
_ITEMS = ("InvoiceDetailItem", "InvoiceDetailServiceItem")
_MODIFIED = (
    "InvoiceHeaderModifications",
    "InvoiceDetailSummaryLineItemModifications",
    "TotalCharges",
    "TotalAllowances",
)
"""Where these are, nothing says whether the subtotal is with them or without."""
_AMOUNTS = ("NetAmount", "DueAmount", "GrossAmount", "SubtotalAmount")


def invoices(root: _Element, request: _Element) -> Iterator[Invoice]:
    """Yield an invoice; ValueError where it cannot be read, or only takes back another.

    Orders are those of its lines: one invoice may have lines of several, and lines of none.
    """
    header = request.find("InvoiceDetailRequestHeader")
    if elements.attribute(header, "operation") == "delete":
        raise ValueError("takes back an invoice: that is not read")
    purpose = elements.attribute(header, "purpose")
    groups = [node for node in request if node.tag in _ORDERS]
    summary = request.find("InvoiceDetailSummary")
    seller = elements.party(root, "From", _contacts(header), *_SELLER)
    yield Invoice(
        number=elements.attribute(header, "invoiceID"),
        type_code=_CODES.get(purpose.lower(), purpose),
        issue_date=elements.day(header, "invoiceDate"),
        seller=seller,
        payee=_payee(header, seller),
        currency=elements.currency(summary, *_AMOUNTS),
        payment_terms="\n".join(_terms(header)),
        totals=_totals(summary),
        lines=[line for group in groups for line in _lines(group)],
        as_of=elements.as_of(root, header, "invoiceDate"),
        place=request.sourceline or 0,
    )


def _contacts(header: _Element | None) -> list[_Element]:
    return [] if header is None else [*header.findall("InvoicePartner/Contact")]


def _payee(header: _Element | None, seller: Party) -> Party:
    """Return who is paid, where that is another than the seller."""
    named = [
        elements.text(contact, "Name")
        for contact in _contacts(header)
        if elements.attribute(contact, "role") == "remitTo"
    ]
    name = next(filter(None, named), "")
    return Party(name) if seller.name and name != seller.name else Party()


def _terms(header: _Element | None) -> Iterator[str]:
    """Yield the terms of payment in words: within how many days, with what discount."""
    names = ("PaymentTerm", "InvoiceDetailPaymentTerm")
    nodes = [] if header is None else [node for name in names for node in header.findall(name)]
    for node in nodes:
        days = elements.number(node, "payInNumberOfDays")
        percent = elements.number(node.find("Discount/DiscountPercent"), "percent")
        percent = percent or elements.number(node, "percentageRate")
        if days and percent and Decimal(percent):
            yield f"{percent} % discount within {days} days"
        elif days:
            yield f"{days} days net"
    if header is not None:
        yield from elements.texts(header, "PaymentTerms")


def _totals(summary: _Element | None) -> Totals:
    """Return the totals as stated; shipping and special handling are charges."""
    names = ("ShippingAmount", "SpecialHandlingAmount")
    gross = elements.money(summary, "GrossAmount")
    discount = elements.money(summary, "InvoiceDetailDiscount")
    deposit = elements.money(summary, "DepositAmount")
    due = elements.money(summary, "DueAmount") or elements.money(summary, "NetAmount")
    return Totals(
        lines=elements.money(summary, "SubtotalAmount"),
        charges=_sum([elements.money(summary, name) for name in names]),
        allowances=discount,
        gross=gross if due and not _is_some(discount) else "",
        prepaid=deposit,
        due=due if due or _is_some(discount) or _is_some(deposit) else gross,
        taxes=_taxes(summary),
        closed=summary is not None and all(summary.find(name) is None for name in _MODIFIED),
    )


def _is_some(amount: str) -> bool:
    return bool(amount) and Decimal(amount) != 0


def _sum(amounts: list[str]) -> str:
    """Return several charges as the one that the model has for them."""
    stated = [Decimal(amount) for amount in amounts if amount]
    return format(sum(stated, Decimal(0)), "f") if stated else ""


def _taxes(summary: _Element | None) -> list[Tax]:
    total = elements.money(summary, "Tax")
    if summary is None or not total:
        return []
    details = summary.findall("Tax/TaxDetail")
    return [Tax(total, [elements.money(one, "TaxAmount") for one in details])]


def _lines(group: _Element) -> Iterator[Line]:
    number, date = order_of(group.find("InvoiceDetailOrderInfo"))
    for item in group:
        if item.tag in _ITEMS:
            yield _line(item, number, date)
        elif item.tag == "InvoiceDetailOrderSummary":
            line = _line(item, number, date)
            line.grouping = True  # an order as a whole: nothing says of which articles
            yield line


def _line(item: _Element, number: str, date: str) -> Line:
    line = described(item)
    line.position = elements.attribute(item, "invoiceLineNumber")
    line.line_total = elements.money(item, "SubtotalAmount")
    line.currency = line.currency or elements.currency(item, "SubtotalAmount")
    line.order_number, line.order_date = number, date
    references = ("InvoiceDetailItemReference", "InvoiceDetailServiceItemReference")
    ordered = [elements.attribute(item.find(name), "lineNumber") for name in references]
    line.order_line = next(filter(None, ordered), "")
    return line
