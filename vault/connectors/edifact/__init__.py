"""UN/EDIFACT of any supplier: invoices, orders, responses and despatch advices.

Which segments become which fields stands in `docs/connectors.md`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vault.connectors.base import Access, Document, Extracted, Manifest, Notice
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

if TYPE_CHECKING:
    from vault.connectors.edifact.interchange import Message

READ = ("INVOIC", "ORDERS", "ORDCHG", "ORDRSP", "DESADV")
_SURE = 0.95
_NAMED = 5
_BEGINS = re.compile(
    r"\s*(?:UNA[^\w ]{2}.{3}[^\w ]\s*)?"
    r"(?:UNB[+\x1d]|UNB\W[A-Z]{4}\W[0-9]|UNG\W|UNH\W.{1,14}\W[A-Z]{6}\W)",
    re.DOTALL,
)


class Edifact:
    """Reads EDIFACT messages of trade."""

    manifest = Manifest(
        slug="edifact",
        name="EDI messages (UN/EDIFACT, EANCOM, EDIWheel)",
        vendors=("any supplier that sends EDIFACT", "Michelin (EDIWheel)", "Arrow (Europe)"),
        access=Access.FILE,
        kinds=(Kind.INVOICE, Kind.ORDER, Kind.PURCHASE),
        recognises="an EDIFACT interchange: UNA or UNB at the beginning",
    )

    def identify(self, document: Document) -> float:
        """Be sure of what begins as an interchange; messages of other kinds are refused by name."""
        head = document.head[:512]
        text = head.decode(encoding_of(head), "replace").removeprefix("\ufeff")
        joined = text.replace("\r", "").replace("\n", "")  # a file may be cut into short records
        return _SURE if _BEGINS.match(joined) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield the records of each message; one that cannot be read loses no other."""
        from vault.connectors.edifact import interchange  # noqa: PLC0415 only when needed

        others: Counter[str] = Counter()
        read = 0
        for found in interchange.messages(document.buffer()):
            if not isinstance(found, interchange.Message):
                read += isinstance(found, RowError)
                yield found
            elif found.name in READ:
                read += 1
                yield from _records(found)
            else:
                others[found.name or "without a name"] += 1
        if not read:
            raise UnsupportedDocument(_refusal(others))
        if others:
            yield Notice(f"{others.total()} other EDIFACT messages are not read: {_named(others)}")


def _records(message: "Message") -> Iterator[Extracted]:
    from vault.connectors.documents.invoices import invoice_records, left_out  # noqa: PLC0415
    from vault.connectors.documents.orders import order_records  # noqa: PLC0415
    from vault.connectors.edifact import invoices, orders  # noqa: PLC0415
    from vault.connectors.edifact.gathering import gathered  # noqa: PLC0415

    try:
        found = gathered(message)
        if message.name == "INVOIC":
            invoice = invoices.invoice(message, found)
            records: list[Extracted] = [*invoice_records(invoice), *left_out(invoice)]
        else:
            stated = list(orders.orders(message, found))
            records = [record for order in stated for record in order_records(order)]
    except ValueError as err:
        yield RowError(message.line, str(err))
    else:
        yield from records
        yield from found.problems


def _refusal(others: Counter[str]) -> str:
    if not others:
        return "the EDIFACT file holds no message"
    return f"EDIFACT messages {_named(others)} are not read: only {', '.join(READ)} are"


def _named(others: Counter[str]) -> str:
    return ", ".join(list(others)[:_NAMED])
