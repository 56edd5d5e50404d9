"""Cross Industry Invoices, read into the model. Business terms of EN 16931 in brackets."""

from collections.abc import Iterator

from lxml.etree import _Element

from vault.connectors.documents.model import Invoice, Line, Tax, Totals
from vault.connectors.einvoice import cii
from vault.connectors.einvoice.cii_items import described
from vault.connectors.formats import values

_GUIDELINE = "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"
_TRANSACTION = "SupplyChainTradeTransaction"
AGREEMENT = f"{_TRANSACTION}/ApplicableHeaderTradeAgreement"
SETTLEMENT = f"{_TRANSACTION}/ApplicableHeaderTradeSettlement"
_TERMS = f"{SETTLEMENT}/SpecifiedTradePaymentTerms"
_SUMS = f"{SETTLEMENT}/Summation"


def invoice(document: _Element) -> Invoice:
    """Return what an invoice or credit note states; ValueError where a value is none."""
    currency = cii.text(document, f"{SETTLEMENT}/InvoiceCurrencyCode")
    order = cii.order_number(document, AGREEMENT)
    return Invoice(
        number=cii.text(document, "ExchangedDocument/ID"),
        type_code=cii.text(document, "ExchangedDocument/TypeCode"),
        issue_date=cii.day(document, "ExchangedDocument/IssueDateTime"),
        due_dates=_due_dates(document),
        seller=cii.party(document.find(f"{AGREEMENT}/SellerTradeParty")),
        payee=cii.party(document.find(f"{SETTLEMENT}/PayeeTradeParty")),
        currency=currency,
        orders=[order] if order else [],
        order_date=cii.order_date(document, AGREEMENT),
        payment_terms="\n".join(cii.texts(document, f"{_TERMS}/Description")),
        totals=totals(document, currency),
        lines=list(lines(document, "BilledQuantity")),
        place=document.sourceline or 0,
    )


def _due_dates(document: _Element) -> list[str]:
    """Return each date on which payment is due [BT-9], once; not one by which it costs less."""
    terms = document.findall(_TERMS)
    whole = [term for term in terms if term.find("ApplicableTradePaymentDiscountTerms") is None]
    stated = [day for term in whole or terms for day in cii.days(term, "DueDateDateTime")]
    return list(dict.fromkeys(stated))


def totals(document: _Element, currency: str) -> Totals:
    """Return the totals [BG-22]; without an amount due or one prepaid, the gross one is due.

    The profile MINIMUM has no place for what is prepaid: nothing follows there from the gross one.
    """
    gross, prepaid = (
        cii.number(document, f"{_SUMS}/{name}")
        for name in ("GrandTotalAmount", "TotalPrepaidAmount")
    )
    due = cii.number(document, f"{_SUMS}/DuePayableAmount")
    minimum = "minimum" in cii.text(document, _GUIDELINE).casefold()
    return Totals(
        lines=cii.number(document, f"{_SUMS}/LineTotalAmount"),
        allowances=cii.number(document, f"{_SUMS}/AllowanceTotalAmount"),
        charges=cii.number(document, f"{_SUMS}/ChargeTotalAmount"),
        net=cii.number(document, f"{_SUMS}/TaxBasisTotalAmount"),
        gross="" if minimum and due else gross,
        prepaid=prepaid,
        rounding=cii.number(document, f"{_SUMS}/RoundingAmount"),
        due=due or ("" if prepaid else gross),
        taxes=list(_taxes(document, currency)),
    )


def _taxes(document: _Element, currency: str) -> Iterator[Tax]:
    """Yield the total of tax [BT-110] in the document's currency; another repeats it in another."""
    paths = f"{SETTLEMENT}/ApplicableTradeTax"
    parts = [cii.number(part, "CalculatedAmount") for part in document.findall(paths)]
    for total in document.findall(f"{_SUMS}/TaxTotalAmount"):
        if total.get("currencyID") in {currency, "", None}:
            stated = cii.read(values.xml_decimal, "TaxTotalAmount", (total.text or "").strip())
            yield Tax(stated, parts)


def lines(document: _Element, *quantities: str) -> Iterator[Line]:
    """Yield each line, its quantity under the first of these names that is there.

    In ZUGFeRD 1.0 a line may hold nothing but a note: it is none.
    """
    for element in document.findall(f"{_TRANSACTION}/IncludedSupplyChainTradeLineItem"):
        line = described(element, *quantities)
        if any((line.name, line.sku, line.gtin, line.quantity, line.line_total)):
            yield line
