"""The items of UBL documents: what every kind of line says of the thing that it is about."""

from lxml.etree import Element, _Element

from vault.connectors.documents.model import Line
from vault.connectors.einvoice import ubl


def described(line: _Element) -> Line:
    """Return what a line's Item and Price say [BG-29, BG-31]; the rest is the caller's."""
    item = ubl.first(line, "Item")
    item = Element("none") if item is None else item
    return Line(
        position=ubl.text(line, "ID"),
        name=ubl.text(item, "Name"),
        description="\n".join(ubl.texts(item, "Description")),
        sku=ubl.text(item, "SellersItemIdentification/ID"),
        mpn=ubl.text(item, "ManufacturersItemIdentification/ID"),
        gtin=ubl.gtin(item),
        brand=ubl.text(item, "BrandName"),
        category=ubl.text(item, "CommodityClassification/ItemClassificationCode"),
        price=ubl.number(line, "Price/PriceAmount"),
        price_base=ubl.number(line, "Price/BaseQuantity"),
        line_total=ubl.number(line, "LineExtensionAmount"),
        tax_rate=ubl.number(item, "ClassifiedTaxCategory/Percent"),
        order_number=ubl.order_number(line, "OrderLineReference/OrderReference"),
        order_date=ubl.day(line, "OrderLineReference/OrderReference/IssueDate"),
        order_line=ubl.reference(line, "OrderLineReference/LineID"),
        serial_numbers=ubl.texts(item, "ItemInstance/SerialID"),
        adjustments=ubl.adjustments(line),
        place=line.sourceline or 0,
    )
