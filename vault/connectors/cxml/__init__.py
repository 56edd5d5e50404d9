"""cXML 1.2: orders, confirmations, ship notices, invoices and punch-out quotes of any supplier.

Which elements become which fields stands in `docs/connectors.md`.
"""

import re
from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind

_SURE = 0.95
_ROOT = re.compile(r"<(?:!DOCTYPE\s+)?cXML[\s>]", re.IGNORECASE)
_FRAGMENT = "<SupplierPartID>"


class CXml:
    """Reads what buyers and suppliers send one another in cXML."""

    manifest = Manifest(
        slug="cxml",
        name="cXML orders and invoices",
        vendors=("Dell", "HP", "CDW", "Cisco", "Amazon Business", "any supplier that sends cXML"),
        access=Access.FILE,
        kinds=(Kind.ORDER, Kind.PURCHASE, Kind.INVOICE),
        recognises="XML whose root is cXML",
    )

    def identify(self, document: Document) -> float:
        """Be sure of a cXML document; parts of one are refused by name."""
        head = document.head.decode(encoding_of(document.head), "replace").lstrip("\ufeff \t\r\n")
        if not head.startswith("<"):
            return 0.0
        return _SURE if _ROOT.search(head) or _FRAGMENT in head else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield the records of each document in the envelope."""
        from vault.connectors.cxml import envelope  # noqa: PLC0415 lxml: only when needed

        yield from envelope.records(document.buffer())
