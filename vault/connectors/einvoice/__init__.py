"""E-invoices of any supplier, and the orders and despatch advices of the same standards.

UBL 2.0 to 2.4; UN/CEFACT CII; Factur-X, ZUGFeRD and XRechnung PDFs with such XML attached.

Which business terms become which fields stands in `docs/connectors.md`.
"""

from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind

_NAMESPACES = (
    "urn:oasis:names:specification:ubl:",
    "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:",
    "urn:ferd:CrossIndustryDocument:invoice:",
    "urn:un:unece:uncefact:data:standard:CBFBUY:",
    "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:",
)
_PDF_WITHIN = 1024
_SURE = 0.9
_PDF = 0.6


class EInvoice:
    """Reads electronic invoices."""

    manifest = Manifest(
        slug="einvoice",
        name="Electronic invoices (EN 16931)",
        vendors=("any supplier that sends e-invoices: XRechnung, Peppol, Factur-X, ZUGFeRD",),
        access=Access.FILE,
        kinds=(Kind.INVOICE, Kind.ORDER, Kind.PURCHASE),
        recognises="XML in a namespace of OASIS UBL or of UN/CEFACT CII; any PDF",
    )

    def identify(self, document: Document) -> float:
        """Be sure of XML in a namespace of UBL or CII; of a PDF, that nobody else reads it.

        The PDFs in a vendor's whole export are its own papers: they do not break it up.
        """
        if document.head[:_PDF_WITHIN].find(b"%PDF-") >= 0:
            return _PDF
        head = document.head.decode(encoding_of(document.head), "replace")
        xml = head.lstrip("\ufeff \t\r\n").startswith("<")
        return _SURE if xml and any(namespace in head for namespace in _NAMESPACES) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield each invoice and each order with its lines' purchases."""
        from vault.connectors.einvoice import reading  # noqa: PLC0415 lxml and pypdf when needed

        yield from reading.extracted(document.buffer())
