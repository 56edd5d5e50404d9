"""Transaction sets 850, a purchase order, and 855, its acknowledgment."""

from collections.abc import Iterator, Sequence

from vault.connectors.documents.model import Delivery, Order
from vault.connectors.documents.orders import order_records
from vault.connectors.x12 import charges, codes, controls, items, parties
from vault.connectors.x12.elements import currency, dates, day, decimal, named
from vault.connectors.x12.envelopes import TransactionSet
from vault.connectors.x12.sections import Sections, first, written
from vault.connectors.x12.tokens import Segment
from vault.domain.records import ParsedRecord

_TOTAL, _SUBTOTAL = "TT", "1"
_EXPECTED = ("017", "067")


def order(whole: TransactionSet) -> Iterator[ParsedRecord]:
    """Yield what an 850 orders; ValueError where it cannot be read.

    A release of a blanket order has the blanket order's number, and an id of its own.
    """
    begin = first(whole, "BEG")
    sections = Sections(whole.segments, "PO1")
    release = begin.at(4)
    found = Order(
        number=begin.at(3),
        document="release" if release else "order",
        document_number=release,
        date=day(begin, 5),
        status="cancelled" if begin.at(1) in codes.WITHDRAWN else "",
        seller=parties.seller(parties.parties(sections.header), whole, receives=True),
        place=whole.start.place,
    )
    found.as_of = found.date or written(whole)
    yield from _completed(found, sections)


def response(whole: TransactionSet) -> Iterator[ParsedRecord]:
    """Yield what an 855 answers to an order; ValueError where it cannot be read.

    It has no number of its own: release, references and its date tell several apart, and where
    there is no reference, the number of the transaction set.
    """
    begin = first(whole, "BAK")
    sections = Sections(whole.segments, "PO1")
    answered = day(begin, 9)
    reference = begin.at(6) or begin.at(8)
    own = (begin.at(5), begin.at(6), begin.at(8), answered, "" if reference else whole.start.at(2))
    status = codes.RESPONSES.get(begin.at(2), "")
    found = Order(
        number=begin.at(3),
        document="response",
        document_number="/".join(filter(None, own)),
        date=day(begin, 4),
        status="cancelled" if begin.at(1) in codes.WITHDRAWN else status,
        seller=parties.seller(parties.parties(sections.header), whole),
        deliveries=_expected(sections.header),
        as_of=answered or written(whole),
        place=whole.start.place,
    )
    yield from _completed(found, sections)


def _completed(found: Order, sections: Sections) -> Iterator[ParsedRecord]:
    """Add lines and amounts, and yield the records with what disagrees in them."""
    if not found.number:
        raise ValueError("names no order")
    of_lines = [charges.of_segments(item) for item in sections.items]
    of_whole = charges.of_segments([*sections.header, *sections.summary])
    for item, own in zip(sections.items, of_lines, strict=True):
        line = items.line(item)
        line.adjustments = own.adjustments()
        line.status = _status(item)
        found.lines.append(line)
    _amounts(found, sections, of_whole)
    order_record, *purchases = order_records(found)
    ordered = [line.quantity for line in found.lines]
    answered = [decimal(ack, 2) for item in sections.items for ack in named(item, "ACK")]
    mismatches = [
        *controls.of_total("totalPrice", found.total, found.lines, of_whole, of_lines),
        *controls.of_total("lines", found.net, found.lines, charges.Charges(), of_lines),
        *controls.of_counts(sections.counts, [len(found.lines)], ordered, answered),
    ]
    yield controls.name(order_record, iter(mismatches))
    yield from purchases


def _amounts(found: Order, sections: Sections, of_whole: charges.Charges) -> None:
    """Add the order's amounts, each only where one is stated."""
    around = [*sections.header, *sections.summary]
    last = sections.items[-1] if sections.items else []
    found.currency = currency(sections.header)
    found.total = _amount([*around, *last], _TOTAL)
    found.net = _amount(around, _SUBTOTAL)
    taxes = of_whole.tax()
    found.tax = taxes[0].total if taxes else ""
    found.shipping = of_whole.shipping[0] if len(of_whole.shipping) == 1 else ""
    found.discount = of_whole.allowances[0] if len(of_whole.allowances) == 1 else ""


def _amount(segments: Sequence[Segment], qualifier: str) -> str:
    stated = (segment for segment in named(segments, "AMT") if segment.at(1) == qualifier)
    return next((decimal(segment, 2) for segment in stated), "")


def _status(item: Sequence[Segment]) -> str:
    """Return what the ACKs of a line say became of it: each state once, in their order."""
    stated = (codes.LINE_STATES.get(segment.at(1), "") for segment in named(item, "ACK"))
    return ", ".join(dict.fromkeys(filter(None, stated)))


def _expected(header: Sequence[Segment]) -> list[Delivery]:
    stated = dates(header, *_EXPECTED)
    return [Delivery(expected=stated[0])] if len(stated) == 1 else []
