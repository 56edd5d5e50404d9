"""The order mails of any shop: schema.org orders, invoices and parcels in their markup.

How markup becomes fields stands in `docs/connectors.md`.
"""

import re
from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind

_HEADER = re.compile(r"(?:From [^\n]*\n)?[!-9;-~]{1,100}:", re.ASCII)
_OF_MAIL = re.compile(
    r"^(?:from|date|subject|message-id|received|return-path|mime-version|delivered-to):",
    re.IGNORECASE | re.MULTILINE,
)
_MARKED = re.compile(r"ld\+json|itemtype|itemscope|typeof", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|body|head|script|div|table)\b", re.IGNORECASE)
_SCHEMA = "schema.org"
_SURE, _LIKELY = 0.8, 0.55


class MailOrder:
    """Reads e-mails and web pages that carry schema.org markup."""

    manifest = Manifest(
        slug="mail_order",
        name="Order e-mails",
        vendors=("any shop whose e-mails carry schema.org markup",),
        access=Access.FILE,
        kinds=(Kind.ORDER, Kind.PURCHASE, Kind.INVOICE),
        recognises="an e-mail, or HTML or JSON-LD with schema.org's vocabulary",
    )

    def identify(self, document: Document) -> float:
        """Be sure of e-mails and of schema.org markup, and fairly sure of any HTML."""
        head = document.head.decode(encoding_of(document.head), "replace").lstrip("\ufeff \t\r\n")
        if head.startswith(("{", "[")):
            return _SURE if _SCHEMA in head and '"@type"' in head else 0.0
        if head.startswith("<"):
            marked = _SCHEMA in head and _MARKED.search(head)
            return _SURE if marked else _LIKELY if _HTML.search(head) else 0.0
        return _SURE if _is_mail(head) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield the records of each part that has any, and what could not be read."""
        from vault.connectors.mail_order import reading  # noqa: PLC0415 lxml: only when needed

        content = document.buffer()
        head = document.head.decode(encoding_of(document.head), "replace").lstrip("\ufeff \t\r\n")
        yield from reading.read(content, mail=_is_mail(head), json=head.startswith(("{", "[")))


def _is_mail(head: str) -> bool:
    """Return whether a file begins with headers of which some are those of e-mails."""
    headers = re.split(r"\r?\n\r?\n", head, maxsplit=1)[0]
    return _HEADER.match(head) is not None and _OF_MAIL.search(headers) is not None
