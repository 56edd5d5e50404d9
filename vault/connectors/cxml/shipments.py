"""ShipNoticeRequest: what is on its way, an order at a time."""

from collections.abc import Iterator

from lxml.etree import _Element

from vault.connectors.cxml import elements
from vault.connectors.cxml.items import described
from vault.connectors.cxml.references import order_of
from vault.connectors.documents.model import Delivery, Line, Order, Party

_SHIPPED = "shipped"
_SUPPLIER = ("supplierCorporate", "supplierMasterAccount", "supplierAccount", "sales")
_NAME = "companyname"


def shipments(root: _Element, request: _Element) -> Iterator[Order]:
    """Yield what a ship notice says of each order of which it brings something."""
    header = request.find("ShipNoticeHeader")
    if elements.attribute(header, "operation") == "delete":
        raise ValueError("takes back a ship notice: that is not read")
    contacts = [] if header is None else [*header.findall("Contact")]
    seller = elements.party(root, "From", contacts, *_SUPPLIER)
    for portion in request.findall("ShipNoticePortion"):
        yield _shipment(root, request, portion, seller)


def _shipment(root: _Element, request: _Element, portion: _Element, seller: Party) -> Order:
    header = request.find("ShipNoticeHeader")
    number, date = order_of(portion)
    planned = elements.attribute(header, "shipmentType") == "planned"
    planned = planned or elements.attribute(header, "reason") == "return"  # not to the buyer
    partly = elements.attribute(header, "fulfillmentType") == "partial"
    items = portion.findall("ShipNoticeItem")
    return Order(
        number=number,
        document="shipment",
        document_number=elements.own_number(root, header, "shipmentID"),
        date=date,
        seller=seller,
        status="" if planned or partly else _SHIPPED,
        deliveries=list(_parcels(request, portion)),
        lines=[_line(item, "" if planned else _SHIPPED) for item in items],
        as_of=elements.as_of(root, header, "noticeDate", "shipmentDate"),
        place=portion.sourceline or 0,
    )


def _line(item: _Element, status: str) -> Line:
    line = described(item)
    line.position = elements.attribute(item, "lineNumber")
    line.order_line, line.status = line.position, status
    return line


def _parcels(request: _Element, portion: _Element) -> Iterator[Delivery]:
    """Yield each parcel with its number and carrier; without any, the day of arrival alone."""
    header = request.find("ShipNoticeHeader")
    expected = elements.moment(header, "deliveryDate")
    controls = [*request.findall("ShipControl"), *portion.findall("ShipControl")]
    controls += [] if header is None else header.findall("ShipControl")
    found = [parcel for control in controls for parcel in _parcel(control, expected)]
    yield from found or [Delivery(expected=expected)]


def _parcel(control: _Element, expected: str) -> list[Delivery]:
    numbers = [
        (elements.text(node), elements.attribute(node, "trackingURL"))
        for node in control.findall("ShipmentIdentifier")
    ]
    return [
        Delivery(
            tracking_number=number, tracking_url=url, carrier=_carrier(control), expected=expected
        )
        for number, url in numbers or [("", "")]
    ]


def _carrier(control: _Element) -> str:
    """Return the carrier's name, else what else identifies it."""
    stated = [
        (elements.attribute(node, "domain").lower(), elements.text(node))
        for node in control.findall("CarrierIdentifier")
    ]
    named = [name for domain, name in stated if domain == _NAME and name]
    return next(filter(None, [*named, *(name for _, name in stated)]), "")
