"""What is paid is derived from invoices and payments; the customer's word on it stays."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import sqlite_only
from tests.story import Story, line
from vault.composition import Services
from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.payments import Why
from vault.errors import InvalidInput, NotFound
from vault.services.records.overview import Overview
from vault.services.records.payments import Payments
from vault.services.records.reckoning import Reckoning
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord

BILL: dict[str, Any] = {
    "invoiceNumber": "2026-118",
    "issueDate": "2026-03-01",
    "paymentDueDate": "2026-03-31",
    "provider": {"name": "CDW"},
    "totalPaymentDue": "118.00",
    "priceCurrency": "EUR",
}
SENT: dict[str, Any] = {
    "paymentDate": "2026-03-20",
    "amount": "118.00",
    "priceCurrency": "EUR",
    "payee": {"name": "CDW DIRECT"},
    "reference": "Invoice 2026-118",
    "account": "3000",
}
MANY = 1_200
OFX = Path(__file__).parents[1] / "fixtures/connectors/payments/ofx-bank/input.ofx"


class Desk:
    """A customer with one invoice, who looks what is paid."""

    def __init__(self, services: Services) -> None:
        self.story = Story(services)
        self.payments = Payments(self.story.store)
        self.bill = self.story.add(Kind.INVOICE, **BILL)

    def pay(self, **changed: Any) -> str:
        """A payment by hand; its id."""
        return self.story.add(Kind.PAYMENT, **{**SENT, **changed})

    def bring(self, **changed: Any) -> None:
        """A payment from a bank's file, always the same one of it."""
        self.story.bring(line(Kind.PAYMENT, "t1", **{**SENT, **changed}))

    def decide(self, payment: str, decision: str | None) -> None:
        """The customer's word on a payment and the invoice."""
        self.payments.decide(self.story.vault, payment, self.bill, decision)

    @property
    def reckoned(self) -> Reckoning:
        """What is paid now."""
        return self.payments.reckoning(self.story.vault)

    @property
    def owed(self) -> dict[str, Decimal]:
        """What home says is owed."""
        story = self.story
        overview = Overview(story.store, story.records, story.consents, story.activity)
        return overview.standing(story.vault).owed.sums

    @property
    def payment(self) -> str:
        """The id of the only payment."""
        [found] = self.story.export()["payments"]
        return str(found["id"])


@pytest.fixture
def desk(services: Services) -> Desk:
    """A customer with one invoice."""
    return Desk(services)


def test_a_certain_payment_settles_an_invoice_and_changes_nothing_of_it(desk: Desk) -> None:
    """Home owes nothing more; the record, and what a vendor reads of it, is what it was."""
    vendor = desk.story.connect(desk.story.terms(*SHAREABLE))
    before = vendor.catch_up(Kind.INVOICE)
    assert desk.owed == {"EUR": Decimal("118.00")}
    desk.pay()
    assert desk.owed == {}
    assert desk.reckoned.status(desk.bill, "118.00", "") == "paid"
    assert vendor.follow(Kind.INVOICE).items == []
    assert vendor.catch_up(Kind.INVOICE) == before


@pytest.mark.parametrize(
    "stated",
    [{"totalPaymentDue": "0.00"}, {"amountPaid": "118.00"}, {"typeCode": "381"}],
)
def test_what_owes_nothing_by_its_own_word_is_neither_owed_nor_overdue(
    desk: Desk, stated: dict[str, str]
) -> None:
    """An amount of zero, one that is paid, a credit note: home counts the other invoice alone."""
    desk.story.add(Kind.INVOICE, **{**BILL, "invoiceNumber": "2026-119", **stated})
    assert desk.owed == {"EUR": Decimal("118.00")}


def test_a_partial_payment_is_asked_about_and_then_counts(desk: Desk) -> None:
    """A proposal changes nothing; confirmed, home says what is left; taken back, all is owed."""
    payment = desk.pay(amount="100.00")
    [asked] = desk.reckoned.proposals
    assert (asked.payment, asked.invoice, asked.why) == (payment, desk.bill, Why.NAMED)
    assert desk.owed == {"EUR": Decimal("118.00")}
    desk.decide(payment, "confirmed")
    assert desk.owed == {"EUR": Decimal("18.00")}
    assert not desk.reckoned.proposals
    desk.decide(payment, None)
    assert desk.owed == {"EUR": Decimal("118.00")}
    assert "matches" not in desk.story.records.get(desk.story.vault, Kind.PAYMENT, payment)


def test_a_certain_match_can_be_refused(desk: Desk) -> None:
    """The customer knows better than any rule, and can take that back too."""
    payment = desk.pay()
    desk.decide(payment, "rejected")
    assert desk.owed == {"EUR": Decimal("118.00")}
    [refused] = desk.reckoned.refused
    assert (refused.payment, refused.invoice) == (payment, desk.bill)
    desk.decide(payment, None)
    assert desk.owed == {}


def test_the_customers_word_survives_the_next_import(desk: Desk) -> None:
    """The bank's file read again, with a changed text, says nothing of it."""
    desk.bring(reference="Thanks", amount="100.00")
    desk.decide(desk.payment, "confirmed")
    desk.bring(reference="Thanks", amount="100.00", note="Now with a note")
    kept = desk.story.records.get(desk.story.vault, Kind.PAYMENT, desk.payment)
    assert kept["note"] == "Now with a note"
    assert [one["decision"] for one in kept["matches"]] == ["confirmed"]
    assert desk.owed == {"EUR": Decimal("18.00")}


def test_a_confirmed_invoice_that_is_brought_in_anew_is_known_by_its_number(desk: Desk) -> None:
    """Its id is another one; what the customer said was about the invoice."""
    payment = desk.pay(amount="100.00", reference="Thanks")
    desk.decide(payment, "confirmed")
    desk.story.records.delete(desk.story.vault, Kind.INVOICE, [desk.bill])
    assert not desk.reckoned.matches
    desk.bill = desk.story.add(Kind.INVOICE, **BILL)
    assert desk.owed == {"EUR": Decimal("18.00")}
    desk.decide(payment, None)
    assert desk.owed == {"EUR": Decimal("118.00")}


def test_an_invoice_that_lists_a_gift_is_paid_like_any(desk: Desk) -> None:
    """It stands in the twin, and its owner has to pay it all the same."""
    order: dict[str, Any] = {"orderNumber": "G-1", "seller": {"name": "CDW"}}
    desk.story.mark(desk.story.add(name="Ring", **order))
    gift = {**BILL, "invoiceNumber": "2026-119", "referencesOrder": ["G-1"]}
    bill = desk.story.add(Kind.INVOICE, **gift)
    assert bytes.fromhex(bill) in desk.story.hidden()
    desk.pay(reference="2026-119")
    assert [one.invoice for one in desk.reckoned.matches] == [bill]


@sqlite_only
def test_what_cannot_be_decided_is_refused(desk: Desk) -> None:
    """No such payment, no such invoice, no such word; an invoice is no payment."""
    payment = desk.pay()
    for one in (desk.bill, "00" * 16, "x"):
        with pytest.raises(NotFound):
            desk.payments.decide(desk.story.vault, one, desk.bill, "confirmed")
        if one != desk.bill:
            with pytest.raises(NotFound):
                desk.payments.decide(desk.story.vault, payment, one, "confirmed")
    with pytest.raises(InvalidInput):
        desk.decide(payment, "perhaps")


@sqlite_only
def test_payments_are_exported_with_what_was_said(desk: Desk) -> None:
    """The owner's own export has all of it."""
    payment = desk.pay()
    desk.decide(payment, "confirmed")
    [exported] = desk.story.export()["payments"]
    said = {"invoice": desk.bill, "invoiceNumber": "2026-118", "decision": "confirmed"}
    assert exported == {"id": payment, **SENT, "matches": [said]}


@sqlite_only
def test_a_banks_file_settles_an_invoice(services: Services) -> None:
    """From the file of a bank, through the real parser: the memo names the invoice."""
    customer = Story(services)
    bill = {
        **BILL,
        "invoiceNumber": "SI-2026-0042",
        "issueDate": "2026-09-20",
        "totalPaymentDue": "1234.56",
        "priceCurrency": "USD",
    }
    invoice = customer.add(Kind.INVOICE, **bill)
    preview = services.imports.stage(customer.vault, [("bank.ofx", OFX.read_bytes())])
    assert preview.files[0].counts.keys() == {"payment"}
    services.imports.confirm(customer.vault, preview.import_id)
    [found] = Payments(customer.store).reckoning(customer.vault).matches
    assert (found.invoice, found.sent.seller) == (invoice, "Sample & Daughters")
    services.imports.undo(customer.vault, preview.import_id)
    assert not Payments(customer.store).reckoning(customer.vault).matches


@sqlite_only
def test_more_than_a_segment_of_each_is_matched_without_opening_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of the index are enough; a record is opened where the customer has decided."""
    bills = [
        line(Kind.INVOICE, f"i{one}", **{**BILL, "invoiceNumber": f"R-{one:05}"})
        for one in range(MANY)
    ]
    sent = [
        line(Kind.PAYMENT, f"p{one}", **{**SENT, "reference": f"Thanks for R-{one:05} of March"})
        for one in range(MANY)
    ]
    desk.story.bring(*bills, *sent)
    decided = desk.pay(reference="A word")
    desk.decide(decided, "rejected")
    opened: list[bytes] = []
    read = Snapshot.read

    def noting(now: Snapshot, ids: Iterable[bytes]) -> dict[bytes, StoredRecord]:
        opened.extend(wanted := list(ids))
        return read(now, wanted)

    monkeypatch.setattr(Snapshot, "read", noting)
    assert len(desk.reckoned.matches) == MANY
    assert [one.hex() for one in opened] == [decided]
