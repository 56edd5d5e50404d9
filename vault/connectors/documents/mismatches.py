"""Where a document disagrees with itself: what it states, and what follows from the rest of it.

The calculation rules are those of EN 16931 (BR-CO-10 to BR-CO-16). A rule is applied only where
the document states every amount that it needs; amounts that may be absent count as nothing. The
stated amount stands in the record, whatever comes out here.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from vault.connectors.documents.model import Invoice, Line, Order, Totals

_CENT = Decimal("0.01")
_OF_ORDERS = {"totalPaymentDue": "totalPrice", "taxTotal": "tax"}
"""What an order's record calls the fields of an invoice's."""
_LENGTH = 32
_PRECISION = 100
"""Amounts of 32 characters at most (a record takes no longer ones), twenty thousand of them, and
products of two: all of that is exact, and no step overflows."""


def of_invoice(invoice: Invoice) -> list[dict[str, str]]:
    """Return a mismatch for each rule that an invoice or one of its lines breaks."""
    with localcontext(prec=_PRECISION):
        return list(_of_invoice(invoice))


def of_order(order: Order) -> list[dict[str, str]]:
    """Return a mismatch for each rule that an order, or what a document says of it, breaks."""
    with localcontext(prec=_PRECISION):
        return list(_of_order(order))


def of_line(line: Line) -> list[dict[str, str]]:
    """Return a mismatch where a line's total is not quantity times price, beyond a cent."""
    with localcontext(prec=_PRECISION):
        return list(_of_line(line))


def _of_invoice(invoice: Invoice) -> Iterator[dict[str, str]]:
    yield from _of_due_dates(invoice)
    yield from _of_totals(invoice.totals, invoice.lines)
    for line in invoice.lines:
        for mismatch in _of_line(line):
            yield mismatch | {"field": f"lines/{line.position}/lineTotal"}


def _of_due_dates(invoice: Invoice) -> Iterator[dict[str, str]]:
    others = [day for day in invoice.due_dates if day != invoice.due_date]
    mismatch = {"field": "paymentDueDate"}
    if invoice.due_date and others:
        mismatch |= {"stated": invoice.due_date, "computed": ", ".join(others)}
        yield mismatch | {"reason": "another date is stated elsewhere"}
    elif len(others) > 1:
        mismatch |= {"stated": ", ".join(others)}
        yield mismatch | {"reason": "several dates are stated, none is taken"}


def _of_order(order: Order) -> Iterator[dict[str, str]]:
    yield from _of_ordered(order)
    for mismatch in _of_totals(order.totals, order.lines):
        yield mismatch | {"field": _OF_ORDERS.get(mismatch["field"], mismatch["field"])}


def _of_ordered(order: Order) -> Iterator[dict[str, str]]:
    """Compare what the lines are stated to add up to; a line without a total is its price's."""
    bought = [line for line in order.lines if not line.grouping]
    amounts = [_decimal(line.line_total) if line.line_total else _priced(line) for line in bought]
    net = _decimal(order.net)
    near = _CENT * sum(not line.line_total for line in bought)
    known = [amount for amount in amounts if amount is not None]
    if net is None or len(known) < len(bought) or abs(sum(known, -net)) > near:
        yield from _compared("lines", net, amounts, "sum of the lines")


def _of_totals(totals: Totals, lines: Sequence[Line]) -> Iterator[dict[str, str]]:
    yield from _compared("lines", _decimal(totals.lines), _of_lines(lines), "sum of the lines")
    for tax in totals.taxes:
        rates = [_decimal(part) for part in tax.parts]
        yield from _compared("taxTotal", _decimal(tax.total), rates, "sum of tax by rate")
    yield from _of_sums(totals)


def _of_lines(lines: Sequence[Line]) -> list[Decimal | None]:
    return [_decimal(line.line_total) for line in lines if not line.grouping]


def _of_sums(totals: Totals) -> Iterator[dict[str, str]]:
    """Compare net, gross and what is due; the rounding amount may be part of either of the two."""
    plus, minus, paid, rounding = (
        _decimal(amount) or Decimal(0)
        for amount in (totals.charges, totals.allowances, totals.prepaid, totals.rounding)
    )
    lines, net, gross = (_decimal(one) for one in (totals.lines, totals.net, totals.gross))
    taxes = [_decimal(tax.total) for tax in totals.taxes]
    if net and net == sum(filter(None, taxes)):
        net = None  # UBL 2.0 was also read so: the amount of tax alone stands in its place
    parts = [lines, plus, -minus]
    yield from _compared("TaxExclusiveAmount", net, parts, "lines plus charges less allowances")
    taxed = [*parts, *taxes] if totals.closed else [net, *taxes]
    if (
        gross is not None
        and rounding
        and not list(_compared("TaxInclusiveAmount", gross - rounding, taxed, ""))
    ):
        taxed, rounding = [*taxed, rounding], Decimal(0)
    if taxes:
        yield from _compared("TaxInclusiveAmount", gross, taxed, "net amount plus tax")
    due = _decimal(totals.due)
    whole = taxed if totals.closed and not totals.gross else [gross]
    parts = [*whole, -paid, rounding, *map(_decimal, totals.third_party)]
    yield from _compared("totalPaymentDue", due, parts, "gross amount less what is paid")


def _priced(line: Line) -> Decimal | None:
    """Return quantity times price, with the line's adjustments; None where either is unknown."""
    quantity, price = _decimal(line.quantity), _decimal(line.price)
    if quantity is None or price is None:
        return None
    base = _decimal(line.price_base) or Decimal(1)
    adjusted = sum(filter(None, map(_decimal, line.adjustments)), Decimal(0))
    return quantity * price / base + adjusted


def _of_line(line: Line) -> Iterator[dict[str, str]]:
    computed, total = _priced(line), _decimal(line.line_total)
    if computed is not None and total is not None and abs(computed - total) > _CENT:
        reason = "quantity times price, with its allowances and charges"
        yield _mismatch("lineTotal", total, computed.quantize(_CENT), reason)


def _decimal(stated: str) -> Decimal | None:
    return Decimal(stated) if 0 < len(stated) <= _LENGTH else None


def _compared(
    field: str, stated: Decimal | None, parts: Sequence[Decimal | None], reason: str
) -> Iterator[dict[str, str]]:
    known = [part for part in parts if part is not None]
    if stated is None or not known or len(known) < len(parts):
        return
    computed = sum(known, Decimal(0))
    if stated not in {computed, computed.quantize(_CENT, ROUND_HALF_UP)}:
        yield _mismatch(field, stated, computed, reason)


def _mismatch(field: str, stated: Decimal, computed: Decimal, reason: str) -> dict[str, str]:
    return {
        "field": field,
        "stated": format(stated, "f"),
        "computed": format(computed, "f"),
        "reason": reason,
    }
