"""A document as it comes, XML or a PDF that holds it, and what each kind of it is read by."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from lxml.etree import _Element

from vault.connectors.base import Extracted
from vault.connectors.documents.invoices import invoice_records
from vault.connectors.einvoice import cii, cii_invoices, pdf, ubl, ubl_invoices
from vault.connectors.formats import xml
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

Reader: TypeAlias = Callable[[_Element], Iterator[ParsedRecord]]


def _ubl_invoice(element: _Element) -> Iterator[ParsedRecord]:
    return invoice_records(ubl_invoices.invoice(element))


def _cii_invoice(element: _Element) -> Iterator[ParsedRecord]:
    return invoice_records(cii_invoices.invoice(element))


_UBL: Mapping[str, Reader] = {
    ubl.root_tag("Invoice"): _ubl_invoice,
    ubl.root_tag("CreditNote"): _ubl_invoice,
}


def extracted(content: bytes) -> Iterator[Extracted]:
    """Yield the records of each document in the content; one that cannot be read loses no other."""
    for element, read in _in_pdf(content) if pdf.is_pdf(content) else _in_xml(content):
        try:
            yield from list(read(element))
        except ValueError as err:
            yield RowError(element.sourceline or 1, str(err))


def _in_pdf(content: bytes) -> list[tuple[_Element, Reader]]:
    """Return the documents of the first attached XML that holds one; others say it once more."""
    refusal: UnsupportedDocument | None = None
    for attachment in pdf.attached(content):
        try:
            return _in_xml(attachment)
        except UnsupportedDocument as err:
            refusal = refusal or UnsupportedDocument(f"in the PDF: {err.message}")
    raise refusal or UnsupportedDocument("the PDF holds no XML invoice")


def _in_xml(content: bytes) -> list[tuple[_Element, Reader]]:
    root = xml.parse(content)
    found = [(element, _UBL[str(element.tag)]) for element in root.iter(*_UBL)]
    found += [(element, _cii_invoice) for element in cii.documents(root)]
    if not found:
        raise UnsupportedDocument(_refusal(root))
    return found


def _refusal(root: _Element) -> str:
    name = ubl.document_name(root)
    if name is None:
        return "the XML holds no UBL invoice or credit note"
    return f"a UBL {name} is not read yet: only invoices and credit notes are"
