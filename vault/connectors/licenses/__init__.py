"""Licenses: what Microsoft, FlexNet license files and software identification tags state of them.

What each format's fields become, and what is deliberately not read, stands in
`docs/connectors.md`.
"""

from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.licenses import flexnet, graph, statement, swid
from vault.domain.compartments import Kind
from vault.errors import UnsupportedDocument

_SURE = 0.9
_FORMATS = (statement, graph, flexnet, swid)


class Licenses:
    """Reads licenses."""

    manifest = Manifest(
        slug="licenses",
        name="Licenses",
        vendors=("Microsoft", "MathWorks", "any publisher with FlexNet license files or SWID tags"),
        access=Access.FILE,
        kinds=(Kind.LICENSE, Kind.LICENSE_KEY),
        recognises=(
            "a Microsoft License Statement, subscribedSkus of Microsoft Graph, "
            "a FlexNet license file, a SWID tag"
        ),
    )

    def identify(self, document: Document) -> float:
        """Be sure where one of the formats is recognised."""
        return _SURE if any(known.recognises(document) for known in _FORMATS) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield each license, and its key after it."""
        for known in _FORMATS:
            if known.recognises(document):
                yield from known.read(document)
                return
        raise UnsupportedDocument("the file states no licenses in a format that is known")
