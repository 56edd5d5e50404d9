"""ConfirmationRequest: how a supplier answers an order, as a whole and line by line."""

from collections.abc import Iterator

from lxml.etree import _Element

from vault.connectors.cxml import elements
from vault.connectors.cxml.items import described
from vault.connectors.cxml.references import order_of
from vault.connectors.documents.model import Delivery, Line, Order

_STATUSES = {
    "accept": "confirmed",
    "alldetail": "confirmed",
    "detail": "confirmed",
    "backordered": "backordered",
    "reject": "rejected",
}
_OF_ORDERS = {name: word for name, word in _STATUSES.items() if name != "detail"}
"""`detail` and `except` say of an order that its lines say more."""
_SUPPLIER = ("supplierCorporate", "supplierMasterAccount", "supplierAccount", "sales", "from")


def confirmations(root: _Element, request: _Element) -> Iterator[Order]:
    """Yield what a confirmation says of its order."""
    header = request.find("ConfirmationHeader")
    if elements.attribute(header, "operation") == "delete":
        raise ValueError("takes back a confirmation: that is not read")
    number, date = order_of(request)
    number, date = (number, date) if number else order_of(header)
    contacts = [] if header is None else [*header.findall("Contact")]
    status = elements.attribute(header, "type").lower()
    yield Order(
        number=number,
        document="confirmation",
        document_number=elements.own_number(root, header, "confirmID"),
        date=date,
        seller=elements.party(root, "From", contacts, *_SUPPLIER),
        currency=elements.currency(header, "Total"),
        status=_OF_ORDERS.get(status, ""),
        shipping=elements.money(header, "Shipping"),
        tax=elements.money(header, "Tax"),
        total=elements.money(header, "Total"),
        deliveries=list(_promised(request)),
        lines=[_line(item) for item in request.findall("ConfirmationItem")],
        as_of=elements.as_of(root, header, "noticeDate"),
        place=request.sourceline or 0,
    )


def _line(item: _Element) -> Line:
    """Return what is confirmed of a line; its article stands in the detail, where there is one."""
    states = item.findall(".//ConfirmationStatus")
    details = item.findall(".//ConfirmationStatus/ItemIn")
    told = details or states
    line = described(told[0]) if len(told) == 1 else Line()
    line.sku = line.sku or _supplier_part(states)
    own = described(item)
    line.position = elements.attribute(item, "lineNumber")
    line.quantity, line.unit_code = own.quantity, own.unit_code or line.unit_code
    line.place = own.place
    words = {_STATUSES.get(elements.attribute(one, "type").lower(), "") for one in states}
    line.status = words.pop() if len(words) == 1 else ""
    return line


def _supplier_part(states: list[_Element]) -> str:
    """Return the article's number that some suppliers state as an extrinsic, where it is one."""
    named = [node for one in states for node in one.findall("Extrinsic")]
    found = {elements.text(n) for n in named if elements.attribute(n, "name") == "SupplierPartID"}
    return found.pop() if len(found) == 1 else ""


def _promised(request: _Element) -> Iterator[Delivery]:
    """Yield each day on which the supplier says that something will arrive, once."""
    states = request.findall(".//ConfirmationStatus")
    days = dict.fromkeys(elements.moment(one, "deliveryDate") for one in states)
    yield from (Delivery(expected=day) for day in days if day)
