"""E-invoices of any supplier: UBL 2.0 and 2.1 invoices and credit notes.

Which business terms become which fields stands in `docs/connectors.md`.
"""

from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_UBL = "urn:oasis:names:specification:ubl:"
_SURE = 0.9


class EInvoice:
    """Reads electronic invoices."""

    manifest = Manifest(
        slug="einvoice",
        name="Electronic invoices (EN 16931)",
        vendors=("any supplier that sends UBL invoices",),
        access=Access.FILE,
        kinds=(Kind.INVOICE, Kind.PURCHASE),
        recognises="XML in a namespace of OASIS UBL",
    )

    def identify(self, document: Document) -> float:
        """Be sure of XML that declares a UBL namespace; other UBL documents are refused by name."""
        head = document.head.decode(encoding_of(document.head), "replace")
        return _SURE if head.lstrip("\ufeff \t\r\n").startswith("<") and _UBL in head else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield each invoice with its lines' purchases."""
        from vault.connectors.documents.invoices import invoice_records  # noqa: PLC0415
        from vault.connectors.einvoice import ubl, ubl_invoices  # noqa: PLC0415 lxml when needed
        from vault.connectors.formats import xml  # noqa: PLC0415

        root = xml.parse(document.buffer())
        found = list(root.iter(ubl_invoices.INVOICE, ubl_invoices.CREDIT_NOTE))
        if not found:
            raise UnsupportedDocument(_refusal(ubl.document_name(root)))
        for element in found:
            try:
                yield from list(invoice_records(ubl_invoices.invoice(element)))
            except ValueError as err:
                yield RowError(element.sourceline or 1, str(err))


def _refusal(name: str | None) -> str:
    if name is None:
        return "the XML holds no UBL invoice or credit note"
    return f"a UBL {name} is not read yet: only invoices and credit notes are"
