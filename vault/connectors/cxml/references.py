"""To which order a document refers."""

from lxml.etree import _Element

from vault.connectors.cxml import elements

_ORDERS = ("OrderReference", "OrderIDInfo")


def order_of(element: _Element | None) -> tuple[str, str]:
    """Return the number and the date of the order that an element refers to, "" for none.

    Where no number is stated, some senders write it in the place of the order document's payload
    ID; a true payload ID has an @ in it.
    """
    if element is None:
        return "", ""
    found = [node for name in _ORDERS for node in element.findall(name)]
    for node in found:
        if number := elements.attribute(node, "orderID"):
            return number, elements.day(node, "orderDate")
    for node in found:
        number = elements.attribute(node.find("DocumentReference"), "payloadID")
        if number and "@" not in number:
            return number, elements.day(node, "orderDate")
    return "", ""
