"""The items of Cross Industry documents: what a line says of the thing that it is about."""

from lxml.etree import Element, _Element

from vault.connectors.documents.model import Line
from vault.connectors.einvoice import cii
from vault.connectors.einvoice.codes import of_gs1
from vault.connectors.formats import values

AGREEMENT = "SpecifiedLineTradeAgreement"
_SETTLEMENT = "SpecifiedLineTradeSettlement"
_PRICE = f"{AGREEMENT}/NetPriceProductTradePrice"
_DOCUMENT = "AssociatedDocumentLineDocument"
_SUMMING = frozenset({"GROUP", "INFORMATION"})
"""Codes of lines that only sum up or explain others (Factur-X EXTENDED)."""


def described(line: _Element, *quantities: str) -> Line:
    """Return what a line says [BG-25]; its quantity has the first of these names that is there."""
    product = line.find("SpecifiedTradeProduct")
    product = Element("none") if product is None else product
    paths = [f"SpecifiedLineTradeDelivery/{name}" for name in quantities]
    quantity = next((path for path in paths if line.find(path) is not None), paths[0])
    return Line(
        position=cii.text(line, f"{_DOCUMENT}/LineID"),
        name=cii.text(product, "Name"),
        description="\n".join(cii.texts(product, "Description")),
        sku=cii.text(product, "SellerAssignedID"),
        mpn=cii.text(product, "ManufacturerAssignedID"),
        gtin=_gtin(product),
        brand=cii.text(product, "BrandName"),
        category=cii.text(product, "DesignatedProductClassification/ClassCode"),
        price=cii.number(line, f"{_PRICE}/ChargeAmount"),
        price_base=cii.number(line, f"{_PRICE}/BasisQuantity"),
        quantity=cii.number(line, quantity),
        unit_code=cii.attribute(line, quantity, "unitCode"),
        line_total=cii.number(line, f"{_SETTLEMENT}/Summation/LineTotalAmount"),
        tax_rate=cii.number(line, f"{_SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent"),
        order_number=cii.order_number(line, AGREEMENT),
        order_date=cii.order_date(line, AGREEMENT),
        order_line=cii.text(line, f"{AGREEMENT}/BuyerOrderReferencedDocument/LineID"),
        serial_numbers=cii.texts(product, "IndividualTradeProductInstance/SerialID"),
        grouping=cii.text(line, f"{_DOCUMENT}/LineStatusReasonCode") in _SUMMING,
        adjustments=_adjustments(line),
        place=line.sourceline or 0,
    )


def _gtin(product: _Element) -> str:
    """Return the product's standard identifier [BT-157] where its scheme is one of GS1."""
    scheme = cii.attribute(product, "GlobalID", "schemeID")
    return cii.text(product, "GlobalID") if of_gs1(scheme) else ""


def _adjustments(line: _Element) -> list[str]:
    """Return the amounts of allowances, negative, and charges, positive [BG-27, BG-28]."""
    return [
        amount if cii.is_charge(part) else values.negated(amount)
        for part in line.findall(f"{_SETTLEMENT}/SpecifiedTradeAllowanceCharge")
        if (amount := cii.number(part, "ActualAmount"))
    ]
