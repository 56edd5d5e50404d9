"""Where an invoice disagrees with itself: what it states, and what follows from the rest of it.

The calculation rules are those of EN 16931 (BR-CO-10 to BR-CO-16). A rule is applied only where
the document states every amount that it needs; amounts that may be absent count as nothing. The
stated amount stands in the record, whatever comes out here.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from lxml.etree import _Element

from vault.connectors.einvoice import ubl

_CENT = Decimal("0.01")


def of_document(document: _Element) -> Iterator[dict[str, str]]:
    """Yield a mismatch for each rule that the totals of an invoice or credit note break."""
    lines = [_decimal(line, "LineExtensionAmount") for line in ubl.lines(document)]
    yield from _compared(
        "lines", _total(document, "LineExtensionAmount"), lines, "sum of the lines"
    )
    for tax in ubl.tax_totals(document):
        parts = [_decimal(part, "TaxAmount") for part in ubl.all_of(tax, "TaxSubtotal")]
        yield from _compared("taxTotal", _decimal(tax, "TaxAmount"), parts, "sum of tax by rate")
    yield from _of_totals(document)


def _of_totals(document: _Element) -> Iterator[dict[str, str]]:
    """Compare net, gross and what is due; the rounding amount may be part of either of the two."""
    plus, minus, paid, rounding = (
        _total(document, name) or Decimal(0)
        for name in (
            "ChargeTotalAmount",
            "AllowanceTotalAmount",
            "PrepaidAmount",
            "PayableRoundingAmount",
        )
    )
    net, gross = _total(document, "TaxExclusiveAmount"), _total(document, "TaxInclusiveAmount")
    parts = [_total(document, "LineExtensionAmount"), plus, -minus]
    yield from _compared("TaxExclusiveAmount", net, parts, "lines plus charges less allowances")
    taxes = [_decimal(tax, "TaxAmount") for tax in ubl.tax_totals(document)]
    taxed = [net, *taxes]
    if (
        gross is not None
        and rounding
        and not list(_compared("TaxInclusiveAmount", gross - rounding, taxed, ""))
    ):
        taxed, rounding = [*taxed, rounding], Decimal(0)
    if taxes:
        yield from _compared("TaxInclusiveAmount", gross, taxed, "net amount plus tax")
    due = _total(document, "PayableAmount")
    parts = [gross, -paid, rounding]
    yield from _compared("totalPaymentDue", due, parts, "gross amount less what is paid")


def of_line(line: _Element) -> Iterator[dict[str, str]]:
    """Yield a mismatch where a line's total is not quantity times price, beyond a cent."""
    quantity = _decimal(line, ubl.quantity_name(line))
    price = _decimal(line, "Price/PriceAmount")
    stated = _decimal(line, "LineExtensionAmount")
    base = _decimal(line, "Price/BaseQuantity") or Decimal(1)
    if quantity is None or price is None or stated is None:
        return
    computed = quantity * price / base
    for part in ubl.all_of(line, "AllowanceCharge"):
        charge = _decimal(part, "Amount") or Decimal(0)
        computed += charge if ubl.text(part, "ChargeIndicator") in {"true", "1"} else -charge
    if abs(computed - stated) > _CENT:
        reason = "quantity times price, with its allowances and charges"
        yield _mismatch("lineTotal", stated, computed.quantize(_CENT), reason)


def _total(document: _Element, name: str) -> Decimal | None:
    return _decimal(document, f"LegalMonetaryTotal/{name}")


def _decimal(element: _Element, path: str) -> Decimal | None:
    stated = ubl.number(element, path)
    return Decimal(stated) if stated else None


def _compared(
    field: str, stated: Decimal | None, parts: Sequence[Decimal | None], reason: str
) -> Iterator[dict[str, str]]:
    known = [part for part in parts if part is not None]
    if stated is None or not known or len(known) < len(parts):
        return
    computed = sum(known, Decimal(0))
    if computed != stated:
        yield _mismatch(field, stated, computed, reason)


def _mismatch(field: str, stated: Decimal, computed: Decimal, reason: str) -> dict[str, str]:
    return {
        "field": field,
        "stated": format(stated, "f"),
        "computed": format(computed, "f"),
        "reason": reason,
    }
