"""OrderRequest: what was ordered. PunchOutOrderMessage: what a supplier's shop has quoted.

The order's number is the buyer's: confirmations, ship notices and invoices refer to it.
"""

from collections.abc import Iterator

from lxml.etree import _Element

from vault.connectors.cxml import elements
from vault.connectors.cxml.items import described
from vault.connectors.documents.model import Line, Order

_SUPPLIER = ("supplierCorporate", "supplierMasterAccount", "supplierAccount", "sales")
_CANCELLED = "delete"


def orders(root: _Element, request: _Element) -> Iterator[Order]:
    """Yield an order as it was placed, changed or cancelled; ValueError where it has no number."""
    header = request.find("OrderRequestHeader")
    lines = [_line(item) for item in request.findall("ItemOut")]
    contacts = [] if header is None else [*header.findall("Contact")]
    total = elements.money(header, "Total")
    modified = header is not None and header.find("Total/Modifications") is not None
    yield Order(
        number=elements.attribute(header, "orderID"),
        date=elements.day(header, "orderDate"),
        seller=elements.party(root, "To", contacts, *_SUPPLIER),
        currency=elements.currency(header, "Total") or _currency(lines),
        status="cancelled" if elements.attribute(header, "type") == _CANCELLED else "",
        shipping=elements.money(header, "Shipping"),
        tax=elements.money(header, "Tax"),
        total=total,
        net="" if modified else total,
        lines=lines,
        as_of=elements.as_of(root, header, "orderDate"),
        place=request.sourceline or 0,
    )


def _line(item: _Element) -> Line:
    line = described(item)
    line.position = elements.attribute(item, "lineNumber")
    return line


def _currency(lines: list[Line]) -> str:
    """Return the currency of all lines, where it is one."""
    stated = {line.currency for line in lines if line.currency}
    return stated.pop() if len(stated) == 1 else ""


def quotes(root: _Element, message: _Element) -> Iterator[Order]:
    """Yield what a shop has quoted: its amounts, and no purchases, for nothing has been bought.

    A cart has no number of an order yet; it is known by the message that brought it.
    """
    header = message.find("PunchOutOrderMessageHeader")
    yield Order(
        number="",
        document="quote",
        document_number=elements.attribute(root, "payloadID"),
        seller=elements.party(root, "From", []),
        currency=elements.currency(header, "Total"),
        status="quoted",
        shipping=elements.money(header, "Shipping"),
        tax=elements.money(header, "Tax"),
        total=elements.money(header, "Total"),
        as_of=elements.as_of(root, None),
        place=message.sourceline or 0,
    )
