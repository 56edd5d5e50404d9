"""Transaction set 810: an invoice or a credit memo."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from vault.connectors.base import Extracted
from vault.connectors.documents.invoices import invoice_records, left_out
from vault.connectors.documents.model import Invoice, Line, Totals
from vault.connectors.x12 import charges, codes, controls, items, parties
from vault.connectors.x12.elements import (
    cents,
    currency,
    dates,
    day,
    decimal,
    is_day,
    named,
    references,
)
from vault.connectors.x12.envelopes import TransactionSet
from vault.connectors.x12.sections import Sections, first, written
from vault.connectors.x12.tokens import Segment
from vault.domain.credits import CREDIT_CODES

_NET = 6
_NET_DUE = ("013", "814")
_SUBTOTAL, _TO_PAY = "1", "BAP"


def records(whole: TransactionSet) -> Iterator[Extracted]:
    """Yield the invoice and its purchases; ValueError where it cannot be read."""
    begin = first(whole, "BIG")
    if begin.at(8) in codes.WITHDRAWN:
        raise ValueError(f"the invoice {begin.at(2)} is withdrawn (BIG08 is {begin.at(8)})")
    sections = Sections(whole.segments, "IT1")
    of_lines = [charges.of_segments(item) for item in sections.items]
    of_whole = charges.of_segments([*sections.header, *sections.summary])
    lines = [_line(item, one) for item, one in zip(sections.items, of_lines, strict=True)]
    invoice = _invoice(whole, begin, sections)
    invoice.lines, invoice.totals.taxes = lines, of_whole.tax()
    invoice_record, *purchases = invoice_records(invoice)
    found = [
        *controls.of_total("totalPaymentDue", _unsigned(invoice), lines, of_whole, of_lines),
        *_other_total(sections.summary, invoice.totals.due),
        *_no_dates(sections.header),
        *controls.of_counts(sections.counts, [len(lines)], [line.quantity for line in lines]),
    ]
    yield controls.name(invoice_record, iter(found))
    yield from purchases
    yield from left_out(invoice)


def _invoice(whole: TransactionSet, begin: Segment, sections: Sections) -> Invoice:
    named_parties = parties.parties(sections.header)
    seller = parties.seller(named_parties, whole)
    dated = day(begin, 1)
    return Invoice(
        number=begin.at(2),
        type_code=codes.INVOICE_TYPES.get(begin.at(7), ""),
        issue_date=dated,
        due_dates=_due(sections.header),
        seller=seller,
        payee=parties.payee(named_parties, seller),
        currency=currency(sections.header),
        orders=_orders(begin, sections.header),
        order_date=day(begin, 3),
        payment_terms="\n".join(terms(sections.header)),
        totals=_totals(sections),
        as_of=dated or written(whole),
        place=whole.start.place,
    )


def _orders(begin: Segment, header: Sequence[Segment]) -> list[str]:
    named_here = references(header, "PO")
    return list(dict.fromkeys(filter(None, [begin.at(4), *named_here])))


def _line(item: Sequence[Segment], own: charges.Charges) -> Line:
    line = items.line(item)
    line.adjustments = own.adjustments()
    line.tax_rate = charges.rate(item, line)
    return line


def _totals(sections: Sections) -> Totals:
    total = next(named(sections.summary, "TDS"), None)
    amounts = {segment.at(1): segment for segment in named(sections.summary, "AMT")}
    subtotal = amounts.get(_SUBTOTAL)
    return Totals(
        lines=decimal(subtotal, 2) if subtotal else "",
        due=cents(total, 1) if total else "",
    )


def _unsigned(invoice: Invoice) -> str:
    """Return the total to compare: some senders give a credit a sign that its lines lack."""
    due = invoice.totals.due
    return due.lstrip("-") if invoice.type_code in CREDIT_CODES else due


def _other_total(summary: Sequence[Segment], due: str) -> Iterator[dict[str, str]]:
    """Name an amount to pay (AMT, BAP) that is not the total (TDS)."""
    for segment in named(summary, "AMT"):
        stated = decimal(segment, 2) if segment.at(1) == _TO_PAY else ""
        if stated and due and Decimal(stated) != Decimal(due):
            yield {
                "field": "totalPaymentDue",
                "stated": due,
                "computed": stated,
                "reason": "AMT states another amount",
            }


def _due(header: Sequence[Segment]) -> list[str]:
    """Return when payment is due net, wherever a date states it; days are not counted out."""
    stated = [day(segment, _NET) for segment in named(header, "ITD") if is_day(segment, _NET)]
    return list(dict.fromkeys(filter(None, [*stated, *dates(header, *_NET_DUE)])))


def _no_dates(header: Sequence[Segment]) -> Iterator[dict[str, str]]:
    """Name what stands for a net due date and is none: some write the days there."""
    for segment in named(header, "ITD"):
        if not is_day(segment, _NET):
            stated = segment.at(_NET)
            yield {"field": "paymentDueDate", "stated": stated, "reason": "ITD06 is not a date"}


def terms(header: Sequence[Segment]) -> Iterator[str]:
    """Yield each ITD in words: its own, else discount and days as it numbers them."""
    for segment in named(header, "ITD"):
        text = segment.at(12) or ", ".join(_numbered(segment))
        if text:
            yield text


def _numbered(segment: Segment) -> Iterator[str]:
    percent, discount_days, net_days = (decimal(segment, at) for at in (3, 5, 7))
    if percent.strip("0.") and discount_days:
        yield f"{percent}% {discount_days} days"
    elif percent.strip("0.") and is_day(segment, 4) and day(segment, 4):
        yield f"{percent}% until {day(segment, 4)}"
    if net_days:
        yield f"net {net_days} days"
