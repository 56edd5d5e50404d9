"""States: what is so now and was otherwise before, such as an order's status or what is paid.

Of several the one that was stated last holds. Where not all say when they speak, a status is the
one that comes last in the course of an order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from vault.domain.canonical import canonical
from vault.domain.compartments import Kind

Told: TypeAlias = tuple[datetime | None, Any]
"""A value, and the moment as of which it is stated, if that is said."""

STATUSES = ("orderStatus", "itemStatus")
_STATES = (*STATUSES, "paymentStatus", "amountPaid", "quantityOwned", "quantityUsed")
_STATES_OF_LICENSES = ("ownedThrough", "maintenanceEnd")

_COURSE = (
    ("payment due", "quoted"),
    ("processing", "pending", "open", "new"),
    ("confirmed", "accepted"),
    ("backordered",),
    ("shipped", "in transit"),
    ("ready for pickup",),
    ("delivered", "fulfilled", "closed", "complete", "completed", "picked up"),
    ("problem",),
    ("cancelled", "rejected"),
    ("returned",),
    ("refunded", "credited"),
)
_RANK = {word: rank for rank, words in enumerate(_COURSE, 1) for word in words}
_SENT = range(_RANK["shipped"], _RANK["delivered"] + 1)


def is_state(kind: Kind, name: str) -> bool:
    """Whether a field of a kind of record changes in the course of time."""
    return name in _STATES or (kind is Kind.LICENSE and name in _STATES_OF_LICENSES)


def latest(name: str, told: Sequence[Told]) -> Any:
    """The value that holds: the last by time if all say theirs, else by the course of an order.

    Of other fields the first.
    """
    if all(when for when, _ in told):
        return max(told, key=lambda one: (one[0], _rank(one[1]), canonical(one[1])))[1]
    if name in STATUSES:
        return max((value for _, value in told), key=lambda value: (_rank(value), value))
    return told[0][1]


def is_sent(status: Any) -> bool:
    """Whether a status says that all of an order is on its way, or has come."""
    return _rank(status) in _SENT


def _rank(value: Any) -> int:
    return _RANK.get(" ".join(str(value).casefold().split()), 0)
