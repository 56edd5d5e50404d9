"""What an invoice leaves to pay by its own word: never more than a word for the pages.

An amount due is what is left after what was paid (EN 16931, BT-115), but many lists state the whole
beside what was paid of it. Which of the two is meant is not guessed at: what is paid counts against
the amount due only where the invoice's own figures, or its silence, allow no other reading.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from vault.domain.credits import CREDIT_CODES

PAID = "paid"
NOTHING_DUE = "nothing due"
_PAID = frozenset({PAID, "complete", "paymentcomplete"})
_OWED = frozenset({"paymentdue", "paymentpastdue", "paymentdeclined"})
_SCHEMAS = ("https://schema.org/", "http://schema.org/")


def standing(invoice: Mapping[str, Any]) -> str:
    """Return `PAID`, `NOTHING_DUE`, or else the payment status as stated; empty where none is."""
    stated: str = invoice.get("paymentStatus") or ""
    amount = invoice.get("totalPaymentDue")
    if is_paid(stated) or (amount and _is_covered(invoice, Decimal(amount), stated)):
        return PAID
    if invoice.get("typeCode") in CREDIT_CODES or leaves_nothing(amount):
        return NOTHING_DUE
    return stated


def is_paid(status: str) -> bool:
    """Whether a payment status says that nothing is owed any more."""
    return _word(status) in _PAID


def is_settled(status: str) -> bool:
    """Whether nothing is to be paid by what `standing` says."""
    return status == NOTHING_DUE or is_paid(status)


def leaves_nothing(amount: str | None) -> bool:
    """Whether an amount due is stated, and is none, or is money back."""
    return bool(amount) and Decimal(amount or 0) <= 0


def _is_covered(invoice: Mapping[str, Any], due: Decimal, status: str) -> bool:
    """Whether what was paid is all that was to be paid.

    It is where no more was billed than is due, by lines and tax. Without lines it is where both
    are equal and the status says nothing else: half of a sum may have been paid before.
    """
    paid = Decimal(invoice.get("amountPaid") or 0)
    if not 0 < due <= paid:
        return False
    billed = _billed(invoice.get("lines") or ())
    if billed is not None:
        return billed + Decimal(invoice.get("taxTotal") or 0) <= due
    return paid == due and _word(status) not in _OWED


def _billed(lines: Sequence[Mapping[str, Any]]) -> Decimal | None:
    """What the lines add up to; None where there are none, or one has no total."""
    totals = [line.get("lineTotal") for line in lines]
    if not totals or not all(totals):
        return None
    return sum((Decimal(total) for total in totals if total), Decimal(0))


def _word(status: str) -> str:
    """A status without schema.org's address before it, case folded."""
    for schema in _SCHEMAS:
        status = status.removeprefix(schema)
    return status.casefold()
