"""INVOIC: an invoice or credit note, after the syntax binding CEN/TS 16931-3-4 and EANCOM's habits.

Numbers in brackets are the business terms of EN 16931. Where a message says that it follows that
standard, its rules hold: a second name is the trading name, a line's allowances come on top of its
net price. Elsewhere those of the directories and of GS1 EANCOM.
"""

from vault.connectors.documents.model import Invoice, Party, Tax, Totals
from vault.connectors.edifact import parties
from vault.connectors.edifact.gathering import Gathered
from vault.connectors.edifact.interchange import Message

QUANTITIES = ("47", "61", "46", "12", "1")
"""Invoiced [BT-129]; returned, in a credit note; delivered; despatched; a plain quantity."""

_CANCELLING = frozenset({"1", "3"})
_ISSUED = ("137", "3")
_DUE, _PAID = "9", "113"
_TAX = ("176", "124", "150")
_NO_REFERENCE = frozenset({"na", "n/a"})


def invoice(message: Message, found: Gathered) -> Invoice:
    """Read an INVOIC; ValueError says what in it cannot be read."""
    if found.function in _CANCELLING:
        raise ValueError("the message cancels an invoice: it is not read")
    seller = parties.first(found.parties, parties.SELLERS, european=found.european)
    payee = parties.first(found.parties, ("PE",), european=found.european)
    issued = found.date(*_ISSUED)
    day = issued.partition("T")[0]
    return Invoice(
        number=found.number,
        type_code=found.code,
        issue_date=day,
        due_dates=found.due_dates,
        seller=seller,
        payee=Party() if payee == seller else payee,
        currency=found.currency,
        orders=[one for one in found.ordered() if one.casefold() not in _NO_REFERENCE],
        order_date=found.order_date,
        payment_terms="\n".join(found.terms or found.coded_terms),
        totals=_totals(found),
        lines=[item.line(QUANTITIES, european=found.european) for item in found.items],
        as_of=issued if issued != day else "",
        place=message.line,
    )


def _totals(found: Gathered) -> Totals:
    """Return the totals [BG-22] as stated, and where they are not, what the header's parts come to.

    EANCOM states one amount of the whole invoice (77), which is due unless something is prepaid.
    Where an allowance or charge has no amount, or may be the lines' once more, what lies between
    the lines and the whole cannot be compared: both are left out.
    """
    whole = found.amount("388", "77", "39", "86", "128")
    due = found.amount(_DUE) or ("" if found.amount(_PAID) else whole)
    known = found.amount("259", "260") or not found.unmeasured
    tax = Tax(found.amount(*_TAX), found.tax_parts)
    return Totals(
        lines=found.amount("79") if known else "",
        allowances=found.amount("260") or found.adjusted("A"),
        charges=found.amount("259") or found.adjusted("C"),
        net=found.amount("389", "125") if known else "",
        gross=whole,
        prepaid=found.amount(_PAID),
        rounding=found.amount("366"),
        due=due,
        taxes=[tax] if tax.total or tax.parts else [],
    )
