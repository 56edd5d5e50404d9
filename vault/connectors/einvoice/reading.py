"""A document as it comes, XML or a PDF that holds it, and what each kind of it is read by."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from lxml.etree import _Element

from vault.connectors.base import Extracted, Notice
from vault.connectors.documents.invoices import invoice_records, left_out
from vault.connectors.documents.model import Invoice, Order
from vault.connectors.documents.orders import order_records
from vault.connectors.einvoice import (
    cii,
    cii_invoices,
    cii_orders,
    pdf,
    ubl,
    ubl_despatch,
    ubl_invoices,
    ubl_orders,
    ubl_statements,
)
from vault.connectors.formats import xml
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

Reader: TypeAlias = Callable[[_Element], Iterator[Extracted]]


def _invoice(read: Callable[[_Element], Invoice]) -> Reader:
    def records(element: _Element) -> Iterator[Extracted]:
        invoice = read(element)
        yield from invoice_records(invoice)
        yield from left_out(invoice)

    return records


def _order(read: Callable[[_Element], Order]) -> Reader:
    return lambda element: order_records(read(element))


def _quotation(element: _Element) -> Iterator[Extracted]:
    yield from order_records(ubl_orders.quotation(element))
    count = len(ubl.all_of(element, "QuotationLine"))
    yield Notice(f"a quotation of {count} items: nothing of it has been bought")


def _despatches(element: _Element) -> Iterator[ParsedRecord]:
    for order in ubl_despatch.despatches(element):
        yield from order_records(order)


def _account(name: str) -> Reader:
    """Read the invoices that a statement or a reminder names; the first line on one stands."""

    def read(element: _Element) -> Iterator[ParsedRecord]:
        met: set[str] = set()
        for invoice in ubl_statements.invoices(element, name):
            for record in invoice_records(invoice):
                if record.source_id not in met:
                    met.add(record.source_id)
                    yield record
        if not met:
            raise ValueError(f"the {name.lower()} names no invoice and no credit note")

    return read


_UBL: Mapping[str, Reader] = {
    ubl.root_tag(name): reader
    for name, reader in (
        *((name, _invoice(ubl_invoices.invoice)) for name in ubl_invoices.NAMES),
        ("Order", _order(ubl_orders.order)),
        ("OrderChange", _order(ubl_orders.change)),
        ("OrderCancellation", _order(ubl_orders.cancellation)),
        ("OrderResponse", _order(ubl_orders.response)),
        ("OrderResponseSimple", _order(ubl_orders.simple_response)),
        ("Quotation", _quotation),
        ("DespatchAdvice", _despatches),
        ("Statement", _account("Statement")),
        ("Reminder", _account("Reminder")),
    )
}
_ATTACHED = ubl.root_tag("AttachedDocument")
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
"""It names the encoding of a file, and this text is in none."""
_CII_INVOICE: Reader = _invoice(cii_invoices.invoice)
_CII: Mapping[str, Reader] = {cii.ORDER: _order(cii_orders.order)}


def extracted(content: bytes) -> Iterator[Extracted]:
    """Yield the records of each document in the content; one that cannot be read loses no other."""
    for element, read in _in_pdf(content) if pdf.is_pdf(content) else _in_xml(content):
        try:
            yield from list(read(element))
        except ValueError as err:
            yield RowError(element.sourceline or 1, str(err))


def _in_pdf(content: bytes) -> list[tuple[_Element, Reader]]:
    """Return the documents of the first attached XML that holds one; others say it once more."""
    refusals: list[UnsupportedDocument] = []
    for attachment in pdf.attached(content):
        try:
            return _in_xml(attachment)
        except UnsupportedDocument as err:
            refusals.append(err)
    raise refusals[0]


def _in_xml(content: bytes) -> list[tuple[_Element, Reader]]:
    root = _unwrapped(xml.parse(content))
    found = [(element, _UBL[str(element.tag)]) for element in root.iter(*_UBL)]
    found += [
        (element, _CII.get(str(element.tag), _CII_INVOICE)) for element in cii.documents(root)
    ]
    if not found:
        raise UnsupportedDocument(_refusal(root))
    return found


def _unwrapped(root: _Element) -> _Element:
    """Return the document that an AttachedDocument holds as text, once, else the root itself."""
    if root.tag != _ATTACHED:
        return root
    path = ubl.step("Attachment/ExternalReference/Description")
    held = [node.text.strip() for node in root.findall(path) if node.text]
    inner = next((text for text in held if text.startswith("<")), "")
    return xml.parse(_DECLARATION.sub("", inner).encode()) if inner else root


def _refusal(root: _Element) -> str:
    name = ubl.document_name(root)
    if name is None:
        return "the XML holds no UBL or CII document"
    return f"a UBL {name} is not read: it is no invoice, order, despatch advice or statement"
