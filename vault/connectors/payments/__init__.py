"""Payments: what bank statements, cards and PayPal state of money that went out or came in.

What each format's fields become, and what is deliberately not read, stands in
`docs/connectors.md`.
"""

from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.payments import camt, ofx, paypal
from vault.domain.compartments import Kind
from vault.errors import UnsupportedDocument

_SURE = 0.9
_FORMATS = (camt, ofx, paypal)


class Payments:
    """Reads payments."""

    manifest = Manifest(
        slug="payments",
        name="Payments",
        vendors=("any bank that gives OFX or CAMT", "PayPal"),
        access=Access.FILE,
        kinds=(Kind.PAYMENT,),
        recognises=(
            "an OFX file of any version, a CAMT.053 statement or CAMT.054 notification, "
            "a PayPal activity or statement CSV"
        ),
    )

    def identify(self, document: Document) -> float:
        """Be sure where one of the formats is recognised."""
        return _SURE if any(known.recognises(document) for known in _FORMATS) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield each booked payment; what is left out is counted in notices."""
        for known in _FORMATS:
            if known.recognises(document):
                yield from known.read(document)
                return
        raise UnsupportedDocument("the file states no payments in a format that is known")
