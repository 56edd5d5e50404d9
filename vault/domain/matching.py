"""Which payments belong to which invoices: plain rules over the set of each.

The answer is a function of the two sets: neither the order in which they were read nor former
answers matter. A match is **certain** where a payment names the invoice's number, the sums are
equal, the date can be, and nothing else could be meant; partial payments of one invoice, and one
payment of several, count where all name and the sum is right. Everything else that may be is a
**proposal**, on which only the customer decides; what the customer has said comes first.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter

from vault.domain.names import Dated, Nearest, Parts, parts_of, similar
from vault.domain.numbers import Numbers, is_telling, key_of
from vault.domain.payments import Invoice, Match, Matching, Payment, Proposal, Why

EARLIEST = -7
"""Days from an invoice's issue to a payment of it: money is sometimes faster than paper."""
LATEST = 400

_AMBIGUOUS = 20  # A number that more invoices have names none of them.
_PROPOSED = 3  # As many invoices are proposed for a payment that names none.


@dataclass(slots=True)
class _Open:
    """An invoice with what of it no confirmed payment has covered."""

    invoice: Invoice
    amount: Decimal
    day: int
    parts: Parts


@dataclass(slots=True)
class _Sent:
    """A payment with the open invoices that it names, by their numbers' keys."""

    payment: Payment
    day: int
    parts: Parts
    named: dict[str, list[_Open]] = field(default_factory=dict)

    @property
    def candidates(self) -> list[_Open]:
        """All open invoices that it names."""
        return [one for some in self.named.values() for one in some]


def match(invoices: Iterable[Invoice], payments: Iterable[Payment]) -> Matching:
    """Match two sets; ids are unique within each."""
    by_id = {one.id: one for one in invoices}
    sent = sorted(payments, key=attrgetter("id"))
    matches = list(_confirmed(by_id, sent))
    unpaid = _unpaid(by_id, matches)
    bound = {one.payment for one in matches}
    free = _naming(unpaid, [one for one in sent if one.id not in bound])
    certain = _singles(free)
    certain += _groups(free, certain)
    proposals = _proposals(unpaid, free, certain)
    return Matching(tuple(sorted(matches + certain)), tuple(sorted(proposals)))


def _confirmed(invoices: dict[str, Invoice], payments: Iterable[Payment]) -> Iterator[Match]:
    """What the customer has confirmed; one payment of several invoices pays the older first."""
    for payment in payments:
        if not payment.confirmed:
            continue
        meant = [invoices[one] for one in payment.confirmed if one in invoices]
        meant.sort(key=lambda one: (one.issued, one.id))
        left = payment.amount
        for number, invoice in enumerate(meant, 1):
            least, most = sorted((Decimal(0), invoice.amount))
            share = left if number == len(meant) else min(max(left, least), most)
            left -= share
            yield Match(payment.id, invoice.id, share, Why.CONFIRMED)


def _unpaid(invoices: dict[str, Invoice], matches: Iterable[Match]) -> list[_Open]:
    """The invoices of which something is left, in order of their ids."""
    covered: Counter[str] = Counter()
    for one in matches:
        covered[one.invoice] += one.amount  # type: ignore[assignment]
    names: dict[str, Parts] = {}
    found = []
    for _, invoice in sorted(invoices.items()):
        left = invoice.amount - covered[invoice.id]
        if left and (left > 0) == (invoice.amount > 0):
            if invoice.provider not in names:
                names[invoice.provider] = parts_of(invoice.provider)
            found.append(_Open(invoice, left, _ordinal(invoice.issued), names[invoice.provider]))
    return found


def _ordinal(day: str) -> int:
    """A day as a number; 0 where none is stated."""
    return dt.date.fromisoformat(day).toordinal() if day else 0


def _can_be(sent: _Sent, due: _Open) -> bool:
    """Whether currency and date allow it, and the customer has not said no."""
    return (
        sent.payment.currency == due.invoice.currency
        and bool(sent.day and due.day)
        and EARLIEST <= sent.day - due.day <= LATEST
        and due.invoice.id not in sent.payment.rejected
    )


def _naming(unpaid: list[_Open], payments: list[Payment]) -> list[_Sent]:
    """Each payment with the invoices that it names."""
    by_number: dict[str, list[_Open]] = defaultdict(list)
    for due in unpaid:
        by_number[key_of(due.invoice.number)].append(due)
    written = {key: some[0].invoice.number for key, some in by_number.items()}
    numbers = Numbers({key: written[key] for key in written if len(by_number[key]) <= _AMBIGUOUS})
    names: dict[str, Parts] = {}
    found = []
    for payment in payments:
        if payment.payee not in names:
            names[payment.payee] = parts_of(payment.payee)
        one = _Sent(payment, _ordinal(payment.day), names[payment.payee])
        keys = numbers.named_in(payment.text).union(*map(numbers.stated, payment.stated))
        for key in sorted(keys):
            meant = [
                due
                for due in by_number[key]
                if _can_be(one, due) and (is_telling(key) or similar(one.parts, due.parts))
            ]
            if meant:
                one.named[key] = meant
        found.append(one)
    return found


def _singles(free: list[_Sent]) -> list[Match]:
    """One payment, one number, one invoice of just this amount, and the same from its side."""
    pairs = [
        (one.payment.id, due)
        for one in free
        if len(one.named) == 1
        for due in one.candidates
        if due.amount == one.payment.amount
    ]
    payments = Counter(payment for payment, _ in pairs)
    invoices = Counter(due.invoice.id for _, due in pairs)
    return [
        Match(payment, due.invoice.id, due.amount, Why.NAMED)
        for payment, due in pairs
        if payments[payment] == 1 and invoices[due.invoice.id] == 1
    ]


def _groups(free: list[_Sent], certain: list[Match]) -> list[Match]:
    """Partial payments that make up an invoice, and payments that make up several."""
    paying = {one.payment for one in certain}
    paid = {one.invoice for one in certain}
    namers: dict[str, list[_Sent]] = defaultdict(list)
    for one in free:
        if one.payment.id not in paying:
            for due in one.candidates:
                namers[due.invoice.id].append(one)
    found: list[Match] = []
    for one in free:
        dues = one.candidates
        # A number that two invoices have is not known to mean either of them.
        if one.payment.id in paying or not dues or len(one.named) != len(dues):
            continue
        if any(due.invoice.id in paid for due in dues):
            continue
        if len(dues) == 1:
            found += _part(one, dues[0], namers[dues[0].invoice.id])
        elif all(len(namers[due.invoice.id]) == 1 for due in dues):
            found += _several(one, dues)
    return found


def _part(one: _Sent, due: _Open, namers: list[_Sent]) -> list[Match]:
    """A payment that is, with all the others that name the invoice and nothing else, its sum."""
    if any(len(other.candidates) != 1 for other in namers):
        return []
    if sum(other.payment.amount for other in namers) != due.amount:
        return []
    return [Match(one.payment.id, due.invoice.id, one.payment.amount, Why.NAMED)]


def _several(one: _Sent, dues: list[_Open]) -> list[Match]:
    """The invoices that a payment names, where it is their sum."""
    if sum(due.amount for due in dues) != one.payment.amount:
        return []
    return [Match(one.payment.id, due.invoice.id, due.amount, Why.NAMED) for due in dues]


def _proposals(unpaid: list[_Open], free: list[_Sent], certain: list[Match]) -> list[Proposal]:
    """What the customer is asked: of payments that are not bound, and of invoices not paid."""
    paying = {one.payment for one in certain}
    paid = {one.invoice for one in certain}
    asked = {
        due.invoice.id: due
        for due in unpaid
        if due.invoice.id not in paid and not due.invoice.settled
    }
    nearest = Nearest(
        Dated((due.invoice.currency, due.amount), due.parts, due.day, due.invoice.id)
        for due in asked.values()
    )
    found = []
    for one in free:
        if one.payment.id not in paying:
            why = Why.NAMED if one.named else Why.ALIKE
            ids = [due.invoice.id for due in one.candidates] or _alike(one, asked, nearest)
            found += [Proposal(one.payment.id, due, why) for due in ids if due in asked]
    return found


def _alike(one: _Sent, asked: dict[str, _Open], nearest: Nearest) -> list[str]:
    """Invoices of just this amount by somebody of a similar name, the nearest in time."""
    lot = (one.payment.currency, one.payment.amount)
    this = Dated(lot, one.parts, one.day, one.payment.id)
    return nearest.to(this, _PROPOSED, lambda due: _can_be(one, asked[due]))
