"""What was ordered: the items and offers of an order, each made into what a purchase states.

`orderedItem` holds OrderItems or bare Products; `acceptedOffer` holds Offers of the goods, as
Gmail's examples have it. Where both speak of the same article, they are one purchase.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from vault.connectors.mail_order.facts import Facts
from vault.connectors.mail_order.nodes import NODE_LIMIT, Node
from vault.connectors.mail_order.parties import address, party
from vault.domain.records import RecordData
from vault.errors import UnsupportedDocument

_GTINS = ("gtin", "gtin14", "gtin13", "gtin12", "gtin8")
_IDENTITY = ("sku", "gtin", "mpn", "name")
_QUANTITIES = ("orderQuantity", "eligibleQuantity", "quantity")
_AMOUNTS = ("price", "priceSpecification")
_DEPTH = 4


def items(facts: Facts, order: Node) -> list[tuple[str, RecordData]]:
    """Return each item of an order: its key within the order, and its data."""
    within = (order,)
    nodes = (node for node in order.things("orderedItem") if node is not order)
    each = (one for node in nodes for one in _item(facts, node, within))
    found = list(islice(each, NODE_LIMIT + 1))
    if len(found) > NODE_LIMIT:
        raise UnsupportedDocument(f"the markup describes more than {NODE_LIMIT:,} things")
    known_by = {pair: data for _, data in reversed(found) for pair in _identity(data)}
    for offer in order.things("acceptedOffer"):
        for key, data in _offered(facts, offer):
            candidates = filter(None, map(known_by.get, _identity(data)))
            known = next((one for one in candidates if _same(one, data)), None)
            if known is None:
                found.append((key, data))
            else:
                known.update({name: data[name] for name in data if name not in known})
    bare = (value for value in order.all("orderedItem") if isinstance(value, str))
    names = (facts.text(Node(values={"orderedItem": [value]}), "orderedItem") for value in bare)
    return found + [(name, {"name": name}) for name in names if name]


def _identity(data: RecordData) -> list[tuple[str, str]]:
    return [(name, data[name]) for name in _IDENTITY if name in data]


def _same(one: RecordData, other: RecordData) -> bool:
    """Return whether two descriptions are of the same article: one key in common, none apart."""
    both = [name for name in _IDENTITY[:-1] if name in one and name in other]
    compared = both or (["name"] if "name" in one and "name" in other else [])
    return bool(compared) and all(one[name] == other[name] for name in compared)


def _item(facts: Facts, node: Node, within: tuple[Node, ...]) -> Iterator[tuple[str, RecordData]]:
    """Yield an OrderItem's article with what the item says of it, or a bare Product.

    `within` are the things around it, to which nothing in it leads back.
    """
    within = (*within, node)
    inside = [one for one in node.things("orderedItem", "itemOffered") if one not in within]
    if not inside or len(within) > _DEPTH + 1:
        data = _article(facts, node) | _terms(facts, node)
        if "price" not in data and len(offers := node.things("offers", "acceptedOffer")) == 1:
            data |= {k: v for k, v in _terms(facts, offers[0]).items() if k not in data}
        if data:
            yield _key(facts, node, data), data
        return
    for article in inside:
        for key, data in _item(facts, article, within):
            terms = _terms(facts, node) if len(inside) == 1 else {}
            yield facts.text(node, "orderItemNumber") or key, data | terms


def _offered(facts: Facts, offer: Node) -> Iterator[tuple[str, RecordData]]:
    """Yield the articles of an offer; its price is of one of them only where there is but one."""
    articles = [one for one in offer.things("itemOffered") if _article(facts, one)]
    terms = _terms(facts, offer) if len(articles) <= 1 else {}
    seller = party(facts, offer, "seller", "offeredBy")
    for article in articles or [offer]:
        data = _article(facts, article) | terms
        if data:
            yield _key(facts, article, data), data | ({"seller": seller} if seller else {})


def _article(facts: Facts, node: Node) -> RecordData:
    """Return what is said of an article; one that nothing names is what it is described as."""
    is_named = any(node.all(*_GTINS, *_IDENTITY))
    return _stated(
        {
            "name": facts.text(node, "name" if is_named else "description"),
            "sku": facts.text(node, "sku"),
            "mpn": facts.text(node, "mpn"),
            "gtin": facts.text(node, *_GTINS),
            "brand": facts.text(node, "brand"),
            "category": facts.text(node, "category"),
            "serialNumbers": [number] if (number := facts.text(node, "serialNumber")) else [],
        }
    )


def _terms(facts: Facts, node: Node) -> RecordData:
    """Return what an item or an offer says of quantity, price, state and delivery."""
    units = [facts.text(thing, "unitCode") for thing in node.things(*_QUANTITIES)]
    deliveries = node.things("orderDelivery")
    return _stated(
        {
            **_price(facts, node),
            "unitCode": next(filter(None, units), ""),
            "priceCurrency": facts.currency(node, *_AMOUNTS),
            "itemStatus": facts.status(node, "orderItemStatus"),
            "deliveryAddress": next(
                filter(None, (address(facts, one, "deliveryAddress") for one in deliveries)), ""
            ),
        }
    )


def _price(facts: Facts, node: Node) -> RecordData:
    """Return the quantity and what one of them costs.

    WooCommerce's order mails put the quantity into the price's own specification: there the price
    is that of all of them.
    """
    quantity = facts.amount(node, *_QUANTITIES)
    price = facts.amount(node, *_AMOUNTS)
    if quantity:
        return {"quantity": quantity, "price": price}
    inside = (facts.amount(one, "eligibleQuantity") for one in node.things("priceSpecification"))
    quantity = next(filter(None, inside), "")
    is_of_one = not quantity or Decimal(quantity) == 1
    return {"quantity": quantity, "price" if is_of_one else "lineTotal": price}


def _key(facts: Facts, node: Node, data: RecordData) -> str:
    """Return by what an item is known within its order, whatever its place in it."""
    stated = [data.get(name, "") for name in _IDENTITY]
    named = facts.text(node, "orderItemNumber")
    return named or next(filter(None, stated), "")


def _stated(values: RecordData) -> RecordData:
    return {name: value for name, value in values.items() if value}
