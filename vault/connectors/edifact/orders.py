"""ORDERS, ORDCHG, ORDRSP and DESADV: an order, and what other messages say of it.

An order is known by the buyer's number: BGM in ORDERS, `RFF+ON` elsewhere, in the header or in the
lines; without one, a response is known by the seller's (`RFF+VN`). A despatch advice may speak of
several orders: each gets its lines.
"""

from collections.abc import Iterator
from decimal import Decimal

from vault.connectors.documents.model import Delivery, Line, Order
from vault.connectors.edifact import parties
from vault.connectors.edifact.gathering import Gathered
from vault.connectors.edifact.interchange import Message
from vault.connectors.edifact.lines import Item

DOCUMENTS = {"ORDERS": "order", "ORDCHG": "change", "ORDRSP": "response", "DESADV": "despatch"}

_CANCELLING = frozenset({"1", "3"})
_ANSWERS = {
    "4": "confirmed", "6": "confirmed", "28": "confirmed", "29": "confirmed", "30": "confirmed",
    "34": "confirmed", "44": "confirmed", "45": "confirmed", "27": "rejected",
    "AP": "confirmed", "CA": "confirmed", "RE": "rejected",
}  # fmt: skip
"""What a response says of the whole order, by UNTDID 1225 and 4343."""
_ACKNOWLEDGEMENT = "320"
_LINE_ANSWERS = {
    "1": "confirmed", "2": "cancelled", "3": "confirmed", "5": "confirmed", "6": "confirmed",
    "7": "rejected",
}  # fmt: skip
"""What a response says of a line, by UNTDID 1229."""
_DELETED = "2"
_SHIPPED = "shipped"
_BACKORDERED = frozenset({"BK", "BP"})
_BACKORDER = "83"
_ORDERED, _DESPATCHED = "21", "12"
_QUANTITIES = (_ORDERED, "113", "66", _DESPATCHED, "1")
_SENT = (_DESPATCHED, "46", "1", _ORDERED)
_TRACKING = ("CN", "HWB", "AWB", "AAM", "AAS", "MWB", "BM")
_EXPECTED = ("17", "132", "69")
_DELIVERED = "35"


def orders(message: Message, found: Gathered) -> Iterator[Order]:
    """Yield what a message says of each order; ValueError says what in it cannot be read."""
    document = DOCUMENTS[message.name]
    if document == "despatch" and found.function in _CANCELLING:
        raise ValueError("the message cancels a despatch advice: it is not read")
    numbers = _numbers(found, document)
    whole = numbers[0] if len(numbers) == 1 else ""
    lines: dict[str, list[Line]] = {number: [] for number in numbers}
    quantities = _SENT if document == "despatch" else _QUANTITIES
    for item in found.items:
        line = item.line(quantities, european=found.european)
        line.status = _line_status(item, document)
        if document == "order":
            line.order_number = ""  # what an order refers to is another one
        if document != "despatch" or not _is_nothing(item):
            lines.setdefault(line.order_number or whole, []).append(line)
    for number, its_lines in lines.items():
        yield _order(found, document, number, its_lines, message.line)


def _numbers(found: Gathered, document: str) -> list[str]:
    """Return the numbers of the orders that the message as a whole is about."""
    if document == "order":
        return [found.number]
    stated = found.ordered()
    if stated or any(item.ordered()[0] for item in found.items):
        return stated
    if document == "change":
        return [found.number]
    return found.referred("VN")[:1] or [""]


def _order(found: Gathered, document: str, number: str, lines: list[Line], place: int) -> Order:
    written = found.date("137", "4")
    issuers = parties.ISSUERS if document == "response" else parties.SELLERS
    own = written.partition("T")[0] if document == "order" else found.order_date
    return Order(
        number=number,
        document=document,
        document_number="" if document == "order" else found.number,
        date=own,
        seller=parties.first(found.parties, issuers, european=found.european),
        currency=found.currency,
        status=_status(found, document),
        tax=found.amount("176", "124"),
        discount=found.amount("260"),
        total=found.amount("86", "128"),
        net=found.amount("79") if len(lines) == len(found.items) else "",
        deliveries=_deliveries(found) if document in {"response", "despatch"} else [],
        lines=lines,
        as_of=written,
        place=place,
    )


def _status(found: Gathered, document: str) -> str:
    if document == "despatch":
        return "" if any(_is_partial(item) for item in found.items) else _SHIPPED
    if found.function in _CANCELLING:
        return "cancelled"
    if document != "response":
        return ""
    acknowledged = "confirmed" if found.code == _ACKNOWLEDGEMENT else ""
    return _ANSWERS.get(found.answer) or _ANSWERS.get(found.function) or acknowledged


def _line_status(item: Item, document: str) -> str:
    if document == "despatch":
        return _SHIPPED
    action = item.lin.text(1)
    if document == "response":
        return "backordered" if _is_backordered(item) else _LINE_ANSWERS.get(action, "")
    return "cancelled" if document == "change" and action == _DELETED else ""


def _is_backordered(item: Item) -> bool:
    waiting = item.quantity(_BACKORDER)
    return item.variance in _BACKORDERED or bool(waiting.strip("-0."))


def _is_partial(item: Item) -> bool:
    """Whether more of a line is to come, on a later despatch."""
    ordered, sent = item.quantity(_ORDERED), item.quantity(_DESPATCHED)
    return _is_backordered(item) or (bool(ordered and sent) and Decimal(sent) < Decimal(ordered))


def _is_nothing(item: Item) -> bool:
    """Whether a despatch advice says of a line that none of it was sent."""
    stated = item.quantity(_DESPATCHED)
    return bool(stated) and not stated.strip("0.")


def _deliveries(found: Gathered) -> list[Delivery]:
    """Return a delivery for each number of a carrier, or one where only dates are stated."""
    numbers = next((named for name in _TRACKING if (named := found.referred(name))), [""])
    carriers = list(dict.fromkeys(found.carriers))
    delivery = Delivery(
        carrier=carriers[0] if len(carriers) == 1 else "",
        expected=found.date(*_EXPECTED),
        delivered=found.date(_DELIVERED),
    )
    if not (numbers[0] or delivery.carrier or delivery.expected or delivery.delivered):
        return []
    return [
        Delivery(number, "", delivery.carrier, delivery.expected, delivery.delivered)
        for number in numbers
    ]
