"""The items of Cross Industry documents: what a line says of the thing that it is about."""

from lxml.etree import Element, _Element

from vault.connectors.documents.model import Line
from vault.connectors.einvoice import cii
from vault.connectors.einvoice.codes import of_gs1

AGREEMENT = "SpecifiedLineTradeAgreement"
_PRICE = f"{AGREEMENT}/NetPriceProductTradePrice"
_DOCUMENT = "AssociatedDocumentLineDocument"
_SUMMING = frozenset({"GROUP", "INFORMATION"})
"""Codes of lines that only sum up or explain others (Factur-X EXTENDED)."""


def described(line: _Element) -> Line:
    """Return what a line's product and net price say [BG-29, BG-31]; the rest is the caller's."""
    product = line.find("SpecifiedTradeProduct")
    product = Element("none") if product is None else product
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
        order_number=cii.order_number(line, AGREEMENT),
        order_date=cii.order_date(line, AGREEMENT),
        order_line=cii.text(line, f"{AGREEMENT}/BuyerOrderReferencedDocument/LineID"),
        serial_numbers=cii.texts(product, "IndividualTradeProductInstance/SerialID"),
        grouping=cii.text(line, f"{_DOCUMENT}/LineStatusReasonCode") in _SUMMING,
        place=line.sourceline or 0,
    )


def _gtin(product: _Element) -> str:
    """Return the product's standard identifier [BT-157] where its scheme is one of GS1."""
    scheme = cii.attribute(product, "GlobalID", "schemeID")
    return cii.text(product, "GlobalID") if of_gs1(scheme) else ""
