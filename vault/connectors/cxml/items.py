"""The items of cXML documents: what was ordered, confirmed, shipped or billed, line by line.

ItemOut, ItemIn, ConfirmationItem, ShipNoticeItem and InvoiceDetailItem say the same of an article
in elements of the same names, which stand in different places.
"""

from decimal import Decimal, localcontext

from lxml.etree import _Element

from vault.connectors.cxml import elements
from vault.connectors.documents.model import Line

_DETAILS = ("ItemDetail", "BlanketItemDetail", "ShipNoticeItemDetail")
_REFERENCES = ("InvoiceDetailItemReference", "InvoiceDetailServiceItemReference")
_GTIN = ("ean", "upc", "gtin")
_DIGITS = 12


def described(item: _Element) -> Line:
    """Return what an item says of its article, of its price and of how many there are."""
    places = [item, *(found for name in _DETAILS for found in item.findall(name))]
    places += [found for name in _REFERENCES for found in item.findall(name)]
    line = Line(
        name=_first(places, "Description/ShortName"),
        sku=_first(places, "ItemID/SupplierPartID"),
        mpn=_first(places, "ManufacturerPartID"),
        brand=_first(places, "ManufacturerName"),
        gtin=next((gtin for place in places if (gtin := _gtin(place))), ""),
        category=next((code for place in places if (code := _unspsc(place))), ""),
        quantity=elements.number(item, "quantity"),
        unit_code=_first(places, "UnitOfMeasure"),
        tax_rate=_tax_rate(item),
        serial_numbers=_serial_numbers(item, places),
        grouping=elements.attribute(item, "compositeItemType") == "itemLevel",
        place=item.sourceline or 0,
    )
    _describe(line, places)
    _price(line, places)
    return line


def _first(places: list[_Element], path: str) -> str:
    return next((found for place in places if (found := elements.text(place, path))), "")


def _describe(line: Line, places: list[_Element]) -> None:
    """Set the name, and what more the description says than the short name in it."""
    for place in places:
        for description in place.findall("Description"):
            own = [description.text or "", *(child.tail or "" for child in description)]
            stated = " ".join(" ".join(own).split())
            line.description = line.description or stated
    line.name = line.name or line.description


def _gtin(place: _Element) -> str:
    for reference in place.findall("ItemID/IdReference"):
        if elements.attribute(reference, "domain").lower().startswith(_GTIN):
            return elements.attribute(reference, "identifier")
    return ""


def _unspsc(place: _Element) -> str:
    for node in place.findall("Classification"):
        if elements.attribute(node, "domain").upper() == "UNSPSC":
            return elements.attribute(node, "code") or elements.text(node)
    return ""


def _serial_numbers(item: _Element, places: list[_Element]) -> list[str]:
    found = [elements.attribute(node, "serialNumber") for node in item.findall("AssetInfo")]
    for place in places:
        found += [elements.attribute(place, "serialNumber"), *elements.texts(place, "SerialNumber")]
    return list(dict.fromkeys(filter(None, found)))


def _tax_rate(item: _Element) -> str:
    """Return the rate of an item's tax, where it is one."""
    details = item.findall("Tax/TaxDetail")
    return elements.number(details[0], "percentageRate") if len(details) == 1 else ""


def _price(line: Line, places: list[_Element]) -> None:
    """Set the price, and for how many units it is."""
    for place in places:
        for name in ("UnitPrice", "UnitRate"):
            line.price = line.price or elements.money(place, name)
            line.currency = line.currency or elements.currency(place, name)
        for path in ("PriceBasisQuantity", "UnitRate/PriceBasisQuantity"):
            basis = place.find(path)
            if basis is not None and not line.price_base:
                line.price_base = _base(basis)
                line.price = line.price if line.price_base else ""


def _base(basis: _Element) -> str:
    """Return for how many units of the item its price is: the basis in the item's own unit.

    `conversionFactor` is how many units of the basis are one of the item's. Where that does not
    come out even, there is no such number, and no price of a unit either: "".
    """
    quantity = Decimal(elements.number(basis, "quantity") or 1)
    factor = Decimal(elements.number(basis, "conversionFactor") or 1)
    if not factor:
        raise ValueError("conversionFactor is zero")
    with localcontext(prec=40):
        converted = (quantity / factor).normalize()
    exponent = converted.as_tuple().exponent
    return format(converted, "f") if isinstance(exponent, int) and exponent >= -_DIGITS else ""
