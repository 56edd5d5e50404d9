"""Reads a document of the three sorts: each part with markup on its own, then all as one."""

from collections.abc import Iterator

from vault.connectors.base import Extracted, Notice
from vault.connectors.mail_order import found, markup, message, records
from vault.connectors.mail_order.charset import decoded
from vault.connectors.mail_order.facts import Facts
from vault.connectors.mail_order.message import Envelope, Mail, Part
from vault.connectors.mail_order.nodes import Node
from vault.connectors.mail_order.sources import Gathered
from vault.domain.compartments import Kind
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_JSON_LD = "application/ld+json"
_NOTICES = 20
_READERS = (
    ("orders", "order", records.of_order),
    ("invoices", "invoice", records.of_invoice),
    ("parcels", "parcel", records.of_parcel),
)


def read(content: bytes, *, mail: bool, json: bool) -> Iterator[Extracted]:
    """Yield what an e-mail, an HTML page or a JSON-LD file states.

    Raises UnsupportedDocument where it states no order, invoice or parcel.
    """
    if mail:
        whole = message.parse(content)
    else:
        whole = Mail([Part(_JSON_LD if json else "text/html", decoded(content))])
    gathered, problems, others = Gathered(), list[RowError](), list[Node]()
    for part in whole.parts:
        described = markup.of_json_ld if part.media_type == _JSON_LD else markup.of_html
        stated = described(part.text)
        others += stated.things
        problems += stated.problems + _gather(stated.things, part.envelope, gathered)
    if not len(gathered) and not problems:
        raise UnsupportedDocument(_refusal(others, mail=mail))
    yield from gathered
    for line, reason in dict.fromkeys((one.line, one.reason) for one in problems):
        yield RowError(1 if mail else line, reason)
    yield from _notices(whole, gathered)


def _gather(things: list[Node], envelope: Envelope, gathered: Gathered) -> list[RowError]:
    """Make records of what there is; return what could not be read."""
    there = found.find(things)
    problems: list[RowError] = []
    for sort, what, reader in _READERS:
        for node in getattr(there, sort):
            number = Facts(what, node.line).text(node, "orderNumber", "identifier")
            facts = Facts(f"{what} {number[:50]}".strip(), node.line)
            try:
                for record in reader(facts, node, envelope):
                    gathered.add(record)
            except ValueError as err:
                facts.problems.append(RowError(node.line, f"{what}: {err}"))
            problems += facts.problems
    return problems


def _refusal(things: list[Node], *, mail: bool) -> str:
    where = "the e-mail" if mail else "the file"
    named = found.others(things)
    if named:
        return f"the markup of {where} states {named}: no order, invoice or parcel"
    return f"{where} has no markup of schema.org that states an order, an invoice or a parcel"


def _notices(whole: Mail, gathered: Gathered) -> Iterator[Notice]:
    """Say which attachments are not read, and who sent an order that states no seller."""
    for name in whole.attachments[:_NOTICES]:
        yield Notice(f"the attachment {name or 'without a name'} is not read: import it by itself")
    sellers = {"seller", "provider"}
    if any(r.kind is not Kind.PURCHASE and not sellers & r.data.keys() for r in gathered):
        senders = dict.fromkeys(part.envelope.sender for part in whole.parts)
        named = ", ".join(filter(None, senders))
        if named:
            yield Notice(f"the markup names no seller; the e-mail comes from {named}")
