"""The envelope of a cXML document, and which documents in it are read.

By standard it begins with a DOCTYPE that names a DTD of xml.cxml.org. That one is taken out before
anything parses the document; any other, and each internal subset, refuses it.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from lxml.etree import _Element

from vault.connectors.base import Extracted, Notice
from vault.connectors.cxml import confirmations, invoices, orders, shipments
from vault.connectors.documents.invoices import invoice_records, left_out
from vault.connectors.documents.model import Invoice, Order
from vault.connectors.documents.orders import order_records
from vault.connectors.formats import xml
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_DTD = r"(?:https?://xml\.cxml\.org/[\w./-]*|[\w.-]+\.dtd)"
DOCTYPE = re.compile(
    rf"""<!DOCTYPE\s+cXML\s+(?:SYSTEM|PUBLIC\s+"[^"<>\[\]&%]*")\s+(["']){_DTD}\1\s*>""",
    re.IGNORECASE,
)
"""The document type of the standard, by its address or the name of a file; no internal subset."""

_Read: TypeAlias = Callable[[_Element, _Element], Iterator[Invoice | Order]]
_READERS: dict[str, _Read] = {
    "OrderRequest": orders.orders,
    "ConfirmationRequest": confirmations.confirmations,
    "ShipNoticeRequest": shipments.shipments,
    "InvoiceDetailRequest": invoices.invoices,
    "PunchOutOrderMessage": orders.quotes,
}
_BODIES = ("Request", "Message", "Response")


def records(content: bytes) -> Iterator[Extracted]:
    """Yield the records of a cXML document; UnsupportedDocument where it is one of another sort."""
    root = xml.parse(content, DOCTYPE)
    name = str(root.tag)
    if name.lower() != "cxml":
        raise UnsupportedDocument(f"a cXML {name:.40} alone is not read: its document is needed")
    bodies = [body for name in _BODIES for body in root.findall(name)]
    known = [(body, node) for body in bodies for node in body if node.tag in _READERS]
    if not known:
        raise UnsupportedDocument(_refusal(bodies))
    if any(body.get("deploymentMode", "").lower() == "test" for body, _ in known):
        yield Notice("the document says of itself that it is a test")
    for _, node in known:
        yield from _of(root, node)


def _of(root: _Element, node: _Element) -> Iterator[Extracted]:
    try:
        for document in _READERS[str(node.tag)](root, node):
            yield from list(_made(document))
    except ValueError as err:
        yield RowError(node.sourceline or 1, str(err))
    if node.tag == "PunchOutOrderMessage":
        count = len(node.findall("ItemIn"))
        yield Notice(f"a punch-out quote of {count} items: nothing of it has been bought")


def _made(document: Invoice | Order) -> Iterator[Extracted]:
    if isinstance(document, Invoice):
        yield from invoice_records(document)
        yield from left_out(document)
    else:
        yield from order_records(document)


def _refusal(bodies: list[_Element]) -> str:
    names = [str(node.tag) for body in bodies for node in body if node.tag != "Status"]
    names = names or [str(body.tag) for body in bodies] or ["envelope without a document"]
    return (
        f"a cXML {names[0]:.40} is not read: only orders, confirmations, ship notices, "
        "invoices and punch-out quotes are"
    )
