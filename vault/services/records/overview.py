"""Home: where the customer stands, in one look at the index and the ledger."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from vault.domain.compartments import Kind
from vault.domain.owing import is_settled
from vault.services.activity.activity import Activity, Event
from vault.services.consents.consents import Consents, GivenConsent
from vault.services.open_vault import OpenVault
from vault.services.records import lists
from vault.services.records.lists import Query, Row
from vault.services.records.reckoning import reckon
from vault.services.records.records import Line, Records
from vault.services.snapshots import Snapshot, snapshot
from vault.storage import grants
from vault.storage.store import Store

_SOON = dt.timedelta(days=90)
_MANY = 10_000


@dataclass(slots=True)
class Owed:
    """What is owed, by currency; `overdue` is the part whose due date has passed."""

    sums: dict[str, Decimal] = field(default_factory=dict)
    overdue: dict[str, Decimal] = field(default_factory=dict)
    vendors: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What home shows."""

    empty: bool
    owed: Owed
    purchases: int
    due: list[Line]
    running_out: list[Line]
    bought: list[Line]
    consents: list[GivenConsent]
    reads: list[Event]


class Overview:
    """Puts home together."""

    def __init__(
        self, store: Store, records: Records, consents: Consents, activity: Activity
    ) -> None:
        self._store = store
        self._records = records
        self._consents = consents
        self._activity = activity

    def standing(self, vault: OpenVault, shown: int = 5) -> Standing:
        """Where the customer stands today."""
        today = dt.datetime.fromtimestamp(self._store.clock(), dt.UTC).date()
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            due = _unpaid(now)
            ending = _running_out(now, today)
            bought, _, summary = lists.find(now, Kind.PURCHASE, Query(limit=shown))
            counts = [
                lists.find(now, kind, Query(limit=1))[2].count
                for kind in (Kind.ORDER, Kind.LICENSE, Kind.PREFERENCE, Kind.INVOICE, Kind.PAYMENT)
            ]
            standing = Standing(
                empty=not summary.count and not any(counts),
                owed=_owed(due, today.isoformat()),
                purchases=summary.count,
                due=list(self._records.lines(now, Kind.INVOICE, due[:shown])),
                running_out=list(self._records.lines(now, Kind.LICENSE, ending[:shown])),
                bought=list(self._records.lines(now, Kind.PURCHASE, bought)),
                consents=[],
                reads=[],
            )
        given = [one for one in self._consents.given(vault) if one.state in grants.LIVE]
        standing.consents.extend(given)
        standing.reads.extend(self._activity.reads(vault, shown))
        return standing


def _unpaid(now: Snapshot) -> list[Row]:
    """Invoices that are still owed, soonest due first, with what payments have left of them.

    Credit notes and paid ones are left out.
    """
    rows, _, _ = lists.find(now, Kind.INVOICE, Query(sort="due", limit=_MANY))
    reckoned = reckon(now)
    return [
        row._replace(listing=row.listing._replace(amount=str(left)))
        for row in rows
        if (left := reckoned.left(row.id, row.listing.amount)) > 0
        and not is_settled(row.listing.status)
    ]


def _running_out(now: Snapshot, today: dt.date) -> list[Row]:
    """Licenses that end within 90 days, soonest first."""
    first, last = today.isoformat(), (today + _SOON).isoformat()
    rows, _, _ = lists.find(now, Kind.LICENSE, Query(sort="due", limit=_MANY))
    return [row for row in rows if first <= row.listing.until <= last]


def _owed(due: list[Row], today: str) -> Owed:
    owed = Owed(vendors=len({row.listing.seller for row in due}))
    for row in due:
        amount, currency = Decimal(row.listing.amount), row.listing.currency
        owed.sums[currency] = owed.sums.get(currency, Decimal(0)) + amount
        if row.listing.until and row.listing.until < today:
            owed.overdue[currency] = owed.overdue.get(currency, Decimal(0)) + amount
    return owed
