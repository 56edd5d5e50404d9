"""Orders, parcels and invoices of markup, made into records.

The seller is the one that the markup states. A market place (a broker, or the merchant of an order
whose offers state another seller) is the issuer: the numbers are its own.
"""

from collections import Counter
from collections.abc import Iterator

from vault.connectors.mail_order.facts import Facts
from vault.connectors.mail_order.items import items
from vault.connectors.mail_order.message import Envelope
from vault.connectors.mail_order.nodes import Node, Value, local
from vault.connectors.mail_order.parties import address, party
from vault.connectors.mail_order.sources import digest, short, source_id
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData
from vault.domain.sellers import seller_key

_SELLERS = ("seller", "merchant", "vendor")
_NUMBERS = ("orderNumber", "identifier")
_AMOUNTS = ("price", "totalPrice", "totalPaymentDue")
_DUE = ("totalPaymentDue", "price", "totalPrice")
_APART = frozenset({"DeliveryChargeSpecification", "PaymentChargeSpecification"})
_PAYMENT_STATUSES = {
    name.casefold(): name
    for name in (
        "PaymentAutomaticallyApplied",
        "PaymentComplete",
        "PaymentDeclined",
        "PaymentDue",
        "PaymentPastDue",
    )
}


def of_order(facts: Facts, order: Node, envelope: Envelope) -> Iterator[ParsedRecord]:
    """Yield an order and its purchases; ValueError where it says nothing to be known by.

    An order that says nothing but what was ordered is its purchases alone.
    """
    number = facts.text(order, *_NUMBERS)
    bought = items(facts, order)
    seller, issuer = _seller(facts, order, bought)
    known_by = number or _without_number(bought, envelope)
    order_id = source_id("order", seller, known_by, envelope.message_id if number else "")
    data = _order(facts, order, number, seller)
    line, as_of = order.line, envelope.date
    if data:
        yield ParsedRecord(Kind.ORDER, order_id, data, (), line, issuer, as_of)
    refs = (order_id,) if data else ()
    common = _common(facts, order, data)
    met: Counter[str] = Counter()
    for key, item in bought:
        met[key] += 1
        item_id = f"{order_id}/{short(key)}/{met[key]}"
        numbered = issuer or _name(seller) if item.get("seller", seller) != seller else issuer
        purchase = _stated(common | item)
        yield ParsedRecord(Kind.PURCHASE, item_id, purchase, refs, line, numbered, as_of)


def _seller(
    facts: Facts, order: Node, bought: list[tuple[str, RecordData]]
) -> tuple[RecordData, str]:
    """Return an order's seller, else the one that all its items state; and who issued it."""
    seller = party(facts, order, *_SELLERS)
    if not seller:
        stated = {seller_key(item.get("seller")): item.get("seller", {}) for _, item in bought}
        seller = next(iter(stated.values()), {}) if len(stated) == 1 else {}
    broker = _name(party(facts, order, "broker"))
    return seller, broker if broker != _name(seller) else ""


def _name(stated: RecordData) -> str:
    return str(stated.get("name", ""))


def _without_number(bought: list[tuple[str, RecordData]], envelope: Envelope) -> str:
    """Return by what an order without a number is known: what was ordered, else its e-mail."""
    if bought:
        return f"items:{digest(*sorted(key for key, _ in bought))}"
    if envelope.message_id:
        return f"mail:{envelope.message_id}"
    raise ValueError("states neither a number nor what was ordered")


def _order(facts: Facts, order: Node, number: str, seller: RecordData) -> RecordData:
    totals = _specifications(order, apart=False)
    total = facts.amount(order, *_AMOUNTS) or facts.amount(totals, "priceSpecification")
    return _stated(
        {
            "orderNumber": number,
            "orderDate": facts.day(order, "orderDate", "orderTime"),
            "seller": seller,
            "orderStatus": facts.status(order, "orderStatus"),
            "shipping": facts.amount(_specifications(order, apart=True), "priceSpecification"),
            "discount": facts.amount(order, "discount"),
            "totalPrice": total,
            "priceCurrency": facts.currency(order, *_AMOUNTS, "priceSpecification"),
            "deliveries": _deliveries(facts, order),
        }
    )


def _specifications(order: Node, *, apart: bool) -> Node:
    """Return an order's price specifications: those of delivery, or those of the whole."""
    found: list[Value] = []
    for node in order.things("priceSpecification"):
        for one in (node, *node.things("priceComponent")):
            delivery = "DeliveryChargeSpecification" in one.types
            if delivery if apart else one is node and not _APART & set(one.types):
                found.append(one)
    return Node(values={"priceSpecification": found})


def _common(facts: Facts, order: Node, data: RecordData) -> RecordData:
    """Return what an order says of each of its items."""
    places = (address(facts, one, "deliveryAddress") for one in order.things("orderDelivery"))
    shared = ("orderNumber", "orderDate", "seller", "priceCurrency")
    return {
        **{name: data.get(name) for name in shared},
        "isGift": facts.text(order, "isGift").lower() in {"true", "1"},
        "deliveryAddress": next(filter(None, places), ""),
    }


def _deliveries(facts: Facts, order: Node) -> list[RecordData]:
    """Return the parcels of an order and of its items, each once."""
    nodes = [*order.things("orderDelivery")]
    nodes += [one for item in order.things("orderedItem") for one in item.things("orderDelivery")]
    found: list[RecordData] = []
    known: set[tuple[tuple[str, str], ...]] = set()
    for node in nodes:
        data = _delivery(facts, node)
        if data and tuple(data.items()) not in known:
            known.add(tuple(data.items()))
            found.append(data)
    return found


def _delivery(facts: Facts, node: Node) -> RecordData:
    carrier = party(facts, node, "provider", "carrier")
    return _stated(
        {
            "trackingNumber": facts.text(node, "trackingNumber"),
            "trackingUrl": facts.text(node, "trackingUrl"),
            "provider": _name(carrier),
            "expectedArrivalUntil": facts.moment(node, "expectedArrivalUntil"),
        }
    )


def of_parcel(facts: Facts, parcel: Node, envelope: Envelope) -> Iterator[ParsedRecord]:
    """Yield what a parcel says of its order; ValueError where it names none."""
    order = next(iter(parcel.things("partOfOrder")), Node())
    bare = Node(values={"orderNumber": [v for v in parcel.all("partOfOrder") if type(v) is str]})
    number = facts.text(order, *_NUMBERS) or facts.text(bare, "orderNumber")
    if not number:
        raise ValueError("does not say to which order it belongs")
    seller = party(facts, order, *_SELLERS) or party(facts, parcel, *_SELLERS)
    broker = _name(party(facts, order, "broker"))
    delivery = _delivery(facts, parcel)
    status = facts.status(order, "orderStatus") or facts.status(parcel, "deliveryStatus")
    data = {
        "orderNumber": number,
        "seller": seller,
        "orderStatus": status,
        "deliveries": [delivery] if delivery else [],
    }
    tracking = [text for text in (delivery.get("trackingNumber", ""),) if text]
    parcel_id = source_id("parcel", seller, number, envelope.message_id, *tracking)
    issuer = broker if broker != _name(seller) else ""
    yield ParsedRecord(Kind.ORDER, parcel_id, _stated(data), (), parcel.line, issuer, envelope.date)


def of_invoice(facts: Facts, invoice: Node, envelope: Envelope) -> Iterator[ParsedRecord]:
    """Yield an invoice; ValueError where it says nothing to be known by.

    schema.org knows no number of an invoice but the `identifier` that everything may have. Without
    one an account's statement is known by the account, the day on which it is due and the amount,
    and without those by its e-mail.
    """
    number = facts.text(invoice, "invoiceNumber", "identifier")
    provider = party(facts, invoice, "provider", *_SELLERS)
    broker = party(facts, invoice, "broker")
    provider, issuer = (provider, _name(broker)) if provider else (broker, "")
    data = _stated(
        {
            "invoiceNumber": number,
            "paymentDueDate": facts.day(invoice, "paymentDueDate", "paymentDue"),
            "provider": provider,
            "totalPaymentDue": facts.amount(invoice, *_DUE),
            "paymentStatus": _payment_status(facts, invoice),
            "priceCurrency": facts.currency(invoice, *_DUE),
            "referencesOrder": _orders(facts, invoice),
        }
    )
    known_by = number or _unnumbered(facts, invoice, data, envelope)
    message_id = envelope.message_id if number else ""
    invoice_id = source_id("invoice", provider, known_by, message_id)
    issuer = issuer if issuer != _name(provider) else ""
    yield ParsedRecord(Kind.INVOICE, invoice_id, data, (), invoice.line, issuer, envelope.date)


def _unnumbered(facts: Facts, invoice: Node, data: RecordData, envelope: Envelope) -> str:
    stated = [
        facts.text(invoice, "accountId", "confirmationNumber"),
        data.get("paymentDueDate", ""),
        data.get("totalPaymentDue", ""),
    ]
    if any(stated[:2]):
        return "/".join(stated)
    if envelope.message_id:
        return f"mail:{envelope.message_id}"
    raise ValueError("states neither a number nor an account nor when it is due")


def _payment_status(facts: Facts, invoice: Node) -> str:
    stated = local(facts.text(invoice, "paymentStatus")).rpartition("/")[2]
    return _PAYMENT_STATUSES.get(stated.casefold(), "")


def _orders(facts: Facts, invoice: Node) -> list[str]:
    """Return the numbers of the orders that an invoice refers to, each once."""
    bare = [value for value in invoice.all("referencesOrder") if isinstance(value, str)]
    nodes = [*invoice.things("referencesOrder")]
    nodes += [Node(values={"orderNumber": [value]}) for value in bare]
    return list(dict.fromkeys(filter(None, (facts.text(one, *_NUMBERS) for one in nodes))))


def _stated(values: RecordData) -> RecordData:
    return {name: value for name, value in values.items() if value}
