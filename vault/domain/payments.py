"""Payments and the invoices that they may pay: what is known of each, and what a match says."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is to be paid; `settled` where its document says that it is. `issued` is ISO 8601."""

    id: str
    number: str
    issued: str
    provider: str
    amount: Decimal
    currency: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """What was paid; less than zero is money back. `stated` are invoice numbers in a field of them.

    `confirmed` and `rejected` are the ids of the invoices of which the customer has said so.
    """

    id: str
    day: str
    payee: str
    text: str
    amount: Decimal
    currency: str
    stated: tuple[str, ...] = ()
    confirmed: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()


class Why(StrEnum):
    """On what a match or a proposal stands, or that the customer has said no."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    NAMED = "named"
    ALIKE = "alike"


class Match(NamedTuple):
    """A payment and an invoice that belong together; `amount` is what counts for this invoice."""

    payment: str
    invoice: str
    amount: Decimal
    why: Why


class Proposal(NamedTuple):
    """A payment and an invoice that may belong together."""

    payment: str
    invoice: str
    why: Why


class Matching(NamedTuple):
    """All matches and all proposals, each in order of their ids."""

    matches: tuple[Match, ...]
    proposals: tuple[Proposal, ...]
