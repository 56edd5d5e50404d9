"""UBL invoices and credit notes, read into the model. Business terms of EN 16931 in brackets."""

from collections.abc import Iterator

from lxml.etree import QName, _Element

from vault.connectors.documents.model import Invoice, Line, Party, Tax, Totals
from vault.connectors.einvoice import ubl
from vault.connectors.einvoice.ubl_items import described

NAMES = (
    "Invoice",
    "CreditNote",
    "DebitNote",
    "FreightInvoice",
    "SelfBilledInvoice",
    "SelfBilledCreditNote",
)
_CODES = {"CreditNote": "381", "SelfBilledCreditNote": "261", "DebitNote": "383"}
"""The type code of a document that states none, by the name of its root."""
_LINES = {
    "CreditNote": ("CreditNoteLine", "CreditedQuantity"),
    "SelfBilledCreditNote": ("CreditNoteLine", "CreditedQuantity"),
    "DebitNote": ("DebitNoteLine", "DebitedQuantity"),
}
"""What a line and its quantity are called; in all others they are an invoice's."""
_EXTENSION = "kosit:extension:xrechnung"
_INVOICE_LINE = ("InvoiceLine", "InvoicedQuantity")
_TOTALS = {"DebitNote": "RequestedMonetaryTotal"}


def invoice(document: _Element) -> Invoice:
    """Return what an invoice or credit note states; ValueError where a value is none."""
    total = _TOTALS.get(_name(document), "LegalMonetaryTotal")
    currency = _currency(document, total)
    order = ubl.order_number(document, "OrderReference")
    return Invoice(
        number=ubl.text(document, "ID"),
        type_code=_type_code(document),
        issue_date=ubl.day(document, "IssueDate"),
        due_date=ubl.day(document, "DueDate"),
        due_dates=_due_dates(document),
        seller=ubl.party(ubl.first(document, "AccountingSupplierParty/Party")),
        payee=_payee(document),
        currency=currency,
        orders=[order] if order else [],
        order_date=ubl.day(document, "OrderReference/IssueDate"),
        payment_terms="\n".join(ubl.texts(document, "PaymentTerms/Note")),
        totals=totals(document, total, currency),
        lines=list(_lines(document)),
        as_of=ubl.moment(document, "Issue"),
        place=document.sourceline or 0,
    )


def _name(document: _Element) -> str:
    return QName(document).localname


def _type_code(document: _Element) -> str:
    """Return the UNTDID 1001 code as stated [BT-3], else the one that the root's name states."""
    stated = ubl.text(document, "InvoiceTypeCode") or ubl.text(document, "CreditNoteTypeCode")
    return stated or _CODES.get(_name(document), "")


def _due_dates(document: _Element) -> list[str]:
    """Return each date on which payment is due, wherever it is stated, once."""
    stated = [ubl.day(document, "DueDate")]
    for name in ("PaymentMeans", "PaymentTerms"):
        stated += [ubl.day(node, "PaymentDueDate") for node in ubl.all_of(document, name)]
    return list(dict.fromkeys(filter(None, stated)))


def _currency(document: _Element, total: str) -> str:
    """Return the document's currency [BT-5], else that of the amount due."""
    stated = ubl.text(document, "DocumentCurrencyCode")
    return stated or ubl.attribute(document, f"{total}/PayableAmount", "currencyID")


def _payee(document: _Element) -> Party:
    return ubl.party(ubl.first(document, "PayeeParty"))


def totals(document: _Element, name: str, currency: str) -> Totals:
    """Return the totals [BG-22] that stand in the aggregate `name`."""
    return Totals(
        lines=ubl.number(document, f"{name}/LineExtensionAmount"),
        allowances=ubl.number(document, f"{name}/AllowanceTotalAmount"),
        charges=ubl.number(document, f"{name}/ChargeTotalAmount"),
        net=ubl.number(document, f"{name}/TaxExclusiveAmount"),
        gross=ubl.number(document, f"{name}/TaxInclusiveAmount"),
        prepaid=ubl.number(document, f"{name}/PrepaidAmount"),
        rounding=ubl.number(document, f"{name}/PayableRoundingAmount"),
        due=ubl.number(document, f"{name}/PayableAmount"),
        third_party=_third_party(document),
        taxes=[_tax(total) for total in _tax_totals(document, currency)],
    )


def _third_party(document: _Element) -> list[str]:
    """Return what XRechnung's extension lets a seller collect for others [BG-DEX-09]."""
    if _EXTENSION not in ubl.text(document, "CustomizationID"):
        return []
    payments = ubl.all_of(document, "PrepaidPayment")
    return [amount for payment in payments if (amount := ubl.number(payment, "PaidAmount"))]


def _tax_totals(document: _Element, currency: str) -> list[_Element]:
    """Return the TaxTotals in the document's currency [BT-110]; others repeat it in another."""
    return [
        total
        for total in ubl.all_of(document, "TaxTotal")
        if ubl.attribute(total, "TaxAmount", "currencyID") in {currency, ""}
    ]


def _tax(total: _Element) -> Tax:
    parts = [ubl.number(part, "TaxAmount") for part in ubl.all_of(total, "TaxSubtotal")]
    return Tax(ubl.number(total, "TaxAmount"), parts)


def _lines(document: _Element) -> Iterator[Line]:
    name, quantity = _LINES.get(_name(document), _INVOICE_LINE)
    for element in ubl.all_of(document, name):
        yield from _with_parts(element, name, quantity)


def _with_parts(element: _Element, name: str, quantity: str) -> Iterator[Line]:
    """Yield a line, then the lines within it, which it sums up."""
    parts = ubl.all_of(element, f"Sub{name}")
    line = described(element)
    line.quantity = ubl.number(element, quantity)
    line.unit_code = ubl.attribute(element, quantity, "unitCode")
    line.grouping = bool(parts)
    yield line
    for part in parts:
        yield from _with_parts(part, name, quantity)
