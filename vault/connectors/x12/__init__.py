"""ANSI X12: invoices (810), orders (850), acknowledgments (855) and ship notices (856).

Which elements become which fields, and what is deliberately not read, stands in
`docs/connectors.md`.
"""

from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.x12 import separators, tokens
from vault.domain.compartments import Kind

_SURE = 0.9


class X12:
    """Reads X12 interchanges, of any version."""

    manifest = Manifest(
        slug="x12",
        name="ANSI X12 (EDI)",
        vendors=("any supplier or distributor that sends X12 810, 850, 855 or 856",),
        access=Access.FILE,
        kinds=(Kind.INVOICE, Kind.ORDER, Kind.PURCHASE),
        recognises="text that begins as an X12 interchange (ISA), group (GS) or set (ST)",
    )

    def identify(self, document: Document) -> float:
        """Be sure of text that begins with an ISA, GS or ST segment; other sets are refused."""
        return _SURE if separators.begins(tokens.beginning(document.head)) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield the records of each transaction set, what is cut off, and what disagrees."""
        from vault.connectors.x12.reading import Reading  # noqa: PLC0415 only when needed

        yield from Reading().read(tokens.segments(tokens.decoded(document.buffer())))
