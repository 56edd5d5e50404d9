"""Allowances, charges (SAC; ITA before version 3040) and taxes (TXI) of a document or a line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from vault.connectors.documents.model import Line, Tax
from vault.connectors.x12 import codes
from vault.connectors.x12.elements import cents, decimal, named
from vault.connectors.x12.tokens import Segment

_ALL_TAXES = "TX"
_NEGATIVE = "-"


@dataclass(slots=True)
class Charges:
    """What these segments add and deduct, as decimal strings; allowances without a sign."""

    allowances: list[str] = field(default_factory=list)
    charges: list[str] = field(default_factory=list)
    shipping: list[str] = field(default_factory=list)
    charged_taxes: list[str] = field(default_factory=list)
    taxes: list[str] = field(default_factory=list)

    def adjustments(self) -> list[str]:
        """Return allowances, negative, and charges but taxes, positive."""
        turned = [_turned(amount) for amount in self.allowances]
        return [*turned, *self.charges, *self.shipping]

    def tax(self) -> list[Tax]:
        """Return what is stated as the document's tax, if anything: one total, and its parts."""
        if len(self.taxes) == 1:
            return [Tax(self.taxes[0])]
        total = self.charged_taxes[0] if len(self.charged_taxes) == 1 else ""
        return [Tax(total, self.taxes)] if total else []


def of_segments(segments: Iterable[Segment]) -> Charges:
    """Read all SAC, ITA and TXI among these segments; those that are no charge (N) say nothing."""
    found = Charges()
    for segment in segments:
        if segment.id == "SAC":
            _add(found, segment.at(1), segment.at(2), cents(segment, 5))
        elif segment.id == "ITA":
            _add(found, segment.at(1), "", cents(segment, 7))
        elif segment.id == "TXI" and segment.at(2):
            _add_tax(found, segment)
    return found


def _add(found: Charges, indicator: str, code: str, amount: str) -> None:
    if not amount:
        return
    if indicator == "A":
        found.allowances.append(amount)
    elif indicator == "C" and codes.is_tax(code):
        found.charged_taxes.append(amount)
    elif indicator == "C" and code in codes.SHIPPING:
        found.shipping.append(amount)
    elif indicator == "C":
        found.charges.append(amount)


def _add_tax(found: Charges, segment: Segment) -> None:
    """Note one tax; all of them together (TX) count instead of each."""
    if segment.at(1) == _ALL_TAXES:
        found.taxes = [decimal(segment, 2)]
    else:
        found.taxes.append(decimal(segment, 2))


def rate(segments: Iterable[Segment], line: Line) -> str:
    """Return the rate of a line's only tax, in percent; "" where it cannot be told.

    TXI03 is a fraction by the standard, and a percentage as many senders write it. Which of the
    two, the amount of the tax tells against what it is on.
    """
    taxes = list(named(segments, "TXI"))
    if len(taxes) != 1 or not taxes[0].at(3):
        return ""
    stated, tax = decimal(taxes[0], 3), decimal(taxes[0], 2)
    basis = Decimal(decimal(taxes[0], 8) or 0) or amount_of(line)
    if not tax or not basis:
        return ""
    for percent in (Decimal(stated), Decimal(stated) * 100):
        if abs(basis * percent / 100 - Decimal(tax)) < Decimal("0.01"):
            return stated if percent == Decimal(stated) else format(percent.normalize(), "f")
    return ""


def amount_of(line: Line) -> Decimal | None:
    """Return what a line comes to: its stated total, else quantity times price."""
    if line.line_total:
        return Decimal(line.line_total)
    if not line.quantity or not line.price:
        return None
    return Decimal(line.quantity) * Decimal(line.price) / Decimal(line.price_base or 1)


def _turned(amount: str) -> str:
    return amount[1:] if amount.startswith(_NEGATIVE) else f"-{amount}"
