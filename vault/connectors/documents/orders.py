"""An order, or what a response or a despatch advice says of one: an order and its purchases.

Several documents speak of one order, each under a source id of its own. All of them state its
number and its seller, by which the vault knows that it is one.
"""

from collections import Counter
from collections.abc import Iterator

from vault.connectors.documents import mismatches
from vault.connectors.documents.model import Delivery, Line, Order
from vault.connectors.documents.purchases import purchase, stated
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData
from vault.domain.sellers import seller_key

ORDER = "order"
"""What `Order.document` is for the order itself."""


def order_records(order: Order) -> Iterator[ParsedRecord]:
    """Yield the order and its purchases; ValueError where no number is stated.

    A line that names no item, as responses have them, is no purchase: nothing says of what.

    The source id of an order is `order/<seller>/<number>`; of another document about it
    `<document>/<seller>/<its own number>/<the order's number>`, as far as it states both: one ship
    notice may speak of several orders. A line's adds its position, and how often that was met.
    """
    if not order.number and not order.document_number:
        raise ValueError("the document has no number")
    source_id = _source_id(order)
    as_of = order.as_of or (order.date if order.document == ORDER else "")
    yield ParsedRecord(Kind.ORDER, source_id, _order(order), (), order.place, as_of=as_of)
    met: Counter[str] = Counter()
    for line in order.lines:
        if line.grouping or (order.document != ORDER and not _names_item(line)):
            continue
        position = line.position or line.order_line
        met[position] += 1
        line_id = f"{source_id}/{position}/{met[position]}"
        data = _purchase(order, line)
        place = line.place or order.place
        yield ParsedRecord(Kind.PURCHASE, line_id, data, (source_id,), place, as_of=as_of)


def _names_item(line: Line) -> bool:
    named = (line.name, line.description, line.sku, line.mpn, line.gtin, line.serial_numbers)
    return any(named)


def _source_id(order: Order) -> str:
    own = order.document_number if order.document != ORDER or not order.number else ""
    named = [order.document, seller_key(order.seller.data())]
    return "/".join([*named, *filter(None, (own, order.number))])


def _order(order: Order) -> RecordData:
    return stated(
        {
            "orderNumber": order.number,
            "orderDate": order.date,
            "seller": order.seller.data(),
            "orderStatus": order.status,
            "poNumber": order.po_number if order.po_number != order.number else "",
            "shipping": order.shipping,
            "tax": order.tax,
            "discount": order.discount,
            "totalPrice": order.total,
            "priceCurrency": order.currency,
            "deliveries": [data for delivery in order.deliveries if (data := _delivery(delivery))],
            "mismatches": mismatches.of_order(order),
        }
    )


def _delivery(delivery: Delivery) -> RecordData:
    return stated(
        {
            "trackingNumber": delivery.tracking_number,
            "trackingUrl": delivery.tracking_url,
            "provider": delivery.carrier,
            "expectedArrivalUntil": delivery.expected,
            "deliveredAt": delivery.delivered,
        }
    )


def _purchase(order: Order, line: Line) -> RecordData:
    """Return what a line says of what was ordered, and what the document says of all lines."""
    data = purchase(line)
    return stated(
        {
            **data,
            "orderNumber": line.order_number or order.number,
            "orderDate": line.order_date or order.date,
            "seller": order.seller.data(),
            "priceCurrency": line.currency or order.currency,
            "itemStatus": line.status or order.status,
            "mismatches": mismatches.of_line(line),
        }
    )
