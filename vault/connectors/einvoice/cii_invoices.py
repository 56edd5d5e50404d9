"""Cross Industry Invoices, read into the model. Business terms of EN 16931 in brackets."""

from collections.abc import Iterator

from lxml.etree import _Element

from vault.connectors.documents.model import Invoice, Line, Tax, Totals
from vault.connectors.einvoice import cii
from vault.connectors.einvoice.cii_items import described
from vault.connectors.formats import values

_GUIDELINE = "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"
_TRANSACTION = "SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRANSACTION}/ApplicableHeaderTradeAgreement"
_SETTLEMENT = f"{_TRANSACTION}/ApplicableHeaderTradeSettlement"
_TERMS = f"{_SETTLEMENT}/SpecifiedTradePaymentTerms"
_SUMS = f"{_SETTLEMENT}/Summation"
_LINE_SETTLEMENT = "SpecifiedLineTradeSettlement"
_QUANTITY = "SpecifiedLineTradeDelivery/BilledQuantity"


def invoice(document: _Element) -> Invoice:
    """Return what an invoice or credit note states; ValueError where a value is none."""
    currency = cii.text(document, f"{_SETTLEMENT}/InvoiceCurrencyCode")
    order = cii.order_number(document, _AGREEMENT)
    return Invoice(
        number=cii.text(document, "ExchangedDocument/ID"),
        type_code=cii.text(document, "ExchangedDocument/TypeCode"),
        issue_date=cii.day(document, "ExchangedDocument/IssueDateTime"),
        due_dates=_due_dates(document),
        seller=cii.party(document.find(f"{_AGREEMENT}/SellerTradeParty")),
        payee=cii.party(document.find(f"{_SETTLEMENT}/PayeeTradeParty")),
        currency=currency,
        orders=[order] if order else [],
        order_date=cii.order_date(document, _AGREEMENT),
        payment_terms="\n".join(cii.texts(document, f"{_TERMS}/Description")),
        totals=_totals(document, currency),
        lines=list(_lines(document)),
        place=document.sourceline or 0,
    )


def _due_dates(document: _Element) -> list[str]:
    """Return each date on which payment is due [BT-9], once; not one by which it costs less."""
    terms = document.findall(_TERMS)
    whole = [term for term in terms if term.find("ApplicableTradePaymentDiscountTerms") is None]
    stated = [day for term in whole or terms for day in cii.days(term, "DueDateDateTime")]
    return list(dict.fromkeys(stated))


def _totals(document: _Element, currency: str) -> Totals:
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
    paths = f"{_SETTLEMENT}/ApplicableTradeTax"
    parts = [cii.number(part, "CalculatedAmount") for part in document.findall(paths)]
    for total in document.findall(f"{_SUMS}/TaxTotalAmount"):
        if total.get("currencyID") in {currency, "", None}:
            stated = cii.read(values.xml_decimal, "TaxTotalAmount", (total.text or "").strip())
            yield Tax(stated, parts)


def _lines(document: _Element) -> Iterator[Line]:
    """Yield each line; in ZUGFeRD 1.0 one may hold nothing but a note, which is none."""
    for element in document.findall(f"{_TRANSACTION}/IncludedSupplyChainTradeLineItem"):
        line = _line(element)
        if any((line.name, line.sku, line.gtin, line.quantity, line.line_total)):
            yield line


def _line(element: _Element) -> Line:
    """Return what a line says [BG-25]."""
    line = described(element)
    line.quantity = cii.number(element, _QUANTITY)
    line.unit_code = cii.attribute(element, _QUANTITY, "unitCode")
    line.line_total = cii.number(element, f"{_LINE_SETTLEMENT}/Summation/LineTotalAmount")
    line.tax_rate = cii.number(
        element, f"{_LINE_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent"
    )
    line.adjustments = _adjustments(element)
    return line


def _adjustments(line: _Element) -> list[str]:
    """Return the amounts of allowances, negative, and charges, positive [BG-27, BG-28]."""
    return [
        amount
        if cii.text(part, "ChargeIndicator/Indicator") in {"true", "1"}
        else values.negated(amount)
        for part in line.findall(f"{_LINE_SETTLEMENT}/SpecifiedTradeAllowanceCharge")
        if (amount := cii.number(part, "ActualAmount"))
    ]
