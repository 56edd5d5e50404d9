"""Whether a line is about all that was ordered, or about the part that was sent or billed."""

from enum import IntEnum

from vault.domain.compartments import Kind
from vault.domain.statements import Statement

_BILLS = f"{Kind.INVOICE.value}:"
# What connectors call the documents about what was sent (`connectors/documents/orders.py`).
_SENDS = (f"{Kind.ORDER.value}:despatch/", f"{Kind.ORDER.value}:shipment/")


class Portion(IntEnum):
    """What a line states of an order: all that was ordered, or the part that was sent or billed."""

    WHOLE = 0
    SENT = 1
    BILLED = 2


def portion_of(statement: Statement) -> Portion:
    """What a purchase states a part of, if its document may be about a part of an order."""
    if statement.document.startswith(_BILLS):
        return Portion.BILLED
    return Portion.SENT if statement.document.startswith(_SENDS) else Portion.WHOLE


def is_of_what_was_sent(statement: Statement) -> bool:
    """Whether a document about an order is about what was sent of it."""
    return f"{Kind.ORDER}:{statement.source_id}".startswith(_SENDS)
