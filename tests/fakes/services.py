"""A vault in memory, with the services' methods: pages are developed and tested against it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from tests.fakes.imports import FakeColumnMaps, FakeImports
from tests.fakes.oversight import FakeActivity, FakeContacts, FakeExports, FakeNotices
from tests.fakes.records import FakeGifts, FakePayments, FakeRecords
from tests.fakes.vaults import FakeCustomers, FakeVault
from tests.fakes.vendors import (
    FakeBlocking,
    FakeConsents,
    FakePending,
    FakeSameSellers,
    FakeSellers,
    FakeVendors,
)
from vault.domain.compartments import Kind
from vault.domain.owing import is_settled
from vault.services.consents import rosters
from vault.services.records.overview import Owed, Standing
from vault.storage.grants import GrantState


@dataclass
class FakeOverview:
    """Home."""

    services: "FakeServices"

    def standing(self, _vault: FakeVault) -> Standing:
        """All in one look."""
        records = self.services.records
        lines = {
            kind: sorted(
                (records._line(kind, key, data) for key, data in records.kept[kind].items()),
                key=lambda line: line.date,
                reverse=True,
            )
            for kind in Kind
        }
        due = sorted(
            (line for line in lines[Kind.INVOICE] if not is_settled(line.status)),
            key=lambda line: line.until,
        )
        today = dt.datetime.now(dt.UTC).date().isoformat()
        owed = Owed(vendors=len({line.seller for line in due}))
        for line in due:
            amount = Decimal(line.amount)
            owed.sums[line.currency] = owed.sums.get(line.currency, Decimal(0)) + amount
            if line.until < today:
                owed.overdue[line.currency] = owed.overdue.get(line.currency, Decimal(0)) + amount
        return Standing(
            empty=not any(lines.values()),
            owed=owed,
            purchases=len(lines[Kind.PURCHASE]),
            due=due[:5],
            running_out=lines[Kind.LICENSE][:3],
            bought=lines[Kind.PURCHASE][:5],
            consents=[one for one in self.services.consents.all if one.state is GrantState.GIVEN],
            reads=[e for e in self.services.activity.entries if e.what == "disclosure"][:3],
        )


class FakeServices:
    """All services, over one customer's records."""

    def __init__(self) -> None:
        """Empty."""
        self.customers = self.sessions = self.rekeying = FakeCustomers()
        self.records = FakeRecords()
        self.gifts = FakeGifts(self.records)
        self.payments = FakePayments()
        self.imports = FakeImports(self.records)
        self.consents = FakeConsents()
        self.notices = FakeNotices()
        self.contacts = FakeContacts()
        self.roster = rosters.load("http://localhost")
        self.pending = FakePending()
        self.blocking = FakeBlocking()
        self.vendors = FakeVendors()
        self.sellers = FakeSellers(self.records)
        self.same_sellers = FakeSameSellers()
        self.activity = self.verification = FakeActivity()
        self.exports = FakeExports()
        self.column_maps = FakeColumnMaps()
        self.overview = FakeOverview(self)
