"""UBL despatch advices: what is on its way, an order at a time."""

from collections.abc import Iterator
from decimal import Decimal

from lxml.etree import _Element

from vault.connectors.documents.model import Delivery, Line, Order, Party
from vault.connectors.einvoice import ubl
from vault.connectors.einvoice.ubl_items import described

_SHIPPED = "shipped"
_CARRIERS = ("ShipmentStage/CarrierParty", "Consignment/CarrierParty", "Delivery/CarrierParty")


def despatches(document: _Element) -> Iterator[Order]:
    """Yield what a DespatchAdvice says of each order of which it brings something."""
    whole = [number for node in ubl.all_of(document, "OrderReference") if (number := _order(node))]
    lines: dict[str, list[Line]] = {number: [] for number in whole}
    for element in ubl.all_of(document, "DespatchLine"):
        line = _line(element)
        number = line.order_number or (whole[0] if len(whole) == 1 else "")
        lines.setdefault(number, []).append(line)
    if not lines:
        lines = {"": []}
    for number, of_order in lines.items():
        yield _despatch(document, number, of_order)


def _order(reference: _Element) -> str:
    return ubl.reference(reference, "ID") or ubl.reference(reference, "SalesOrderID")


def _despatch(document: _Element, number: str, lines: list[Line]) -> Order:
    dates = {
        _order(node): ubl.day(node, "IssueDate") for node in ubl.all_of(document, "OrderReference")
    }
    partly = any(_outstanding(line) for line in ubl.all_of(document, "DespatchLine"))
    return Order(
        number=number,
        document="despatch",
        document_number=ubl.text(document, "ID"),
        date=dates.get(number, ""),
        seller=_seller(document),
        status="" if partly else _SHIPPED,
        deliveries=list(_deliveries(document)),
        lines=lines,
        as_of=ubl.moment(document, "Issue"),
        place=document.sourceline or 0,
    )


def _seller(document: _Element) -> Party:
    """Return the seller, else who despatched the goods."""
    for name in ("SellerSupplierParty", "DespatchSupplierParty"):
        party = ubl.party(ubl.first(document, f"{name}/Party"))
        if party.data():
            return party
    return Party()


def _line(element: _Element) -> Line:
    line = described(element)
    line.quantity = ubl.number(element, "DeliveredQuantity")
    line.unit_code = ubl.attribute(element, "DeliveredQuantity", "unitCode")
    line.status = _SHIPPED if not line.quantity or Decimal(line.quantity) else ""
    return line


def _outstanding(element: _Element) -> bool:
    """Tell whether a line says that more is to come, on a later despatch or from stock."""
    names = ("OutstandingQuantity", "BackorderQuantity")
    return any(Decimal(ubl.number(element, name) or 0) > 0 for name in names)


def _deliveries(document: _Element) -> Iterator[Delivery]:
    """Yield each delivery of each shipment: its tracking number, its carrier, its dates."""
    for shipment in ubl.all_of(document, "Shipment"):
        carrier = next(filter(None, (_carrier(shipment, path) for path in _CARRIERS)), "")
        assigned = ubl.reference(shipment, "Consignment/CarrierAssignedID")
        found = [
            Delivery(
                tracking_number=ubl.text(delivery, "TrackingID") or assigned,
                carrier=carrier,
                expected=_expected(delivery),
                delivered=ubl.moment(delivery, "ActualDelivery"),
            )
            for delivery in ubl.all_of(shipment, "Delivery")
        ]
        yield from found or [Delivery(tracking_number=assigned, carrier=carrier)]


def _carrier(shipment: _Element, path: str) -> str:
    return ubl.party(ubl.first(shipment, path)).name


def _expected(delivery: _Element) -> str:
    """Return when a delivery is expected at the latest."""
    for name in ("EstimatedDeliveryPeriod", "PromisedDeliveryPeriod"):
        for period in ubl.all_of(delivery, name):
            if stated := ubl.moment(period, "End"):
                return stated
    return ""
