"""What was paid is the owner's alone: no vendor can ask for it, hold its key, or infer it."""

from typing import Any

import pytest

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.story import PASSPHRASE, Story
from vault.composition import Services
from vault.domain.compartments import SHAREABLE, Compartment, Kind
from vault.domain.requested import InvalidAuthorizationDetails, InvalidScope, Request
from vault.services import renewal
from vault.services.customers import customers
from vault.services.records.sellers import Sellers

PAYMENTS = int(Compartment.PAYMENTS)
PAYMENT: dict[str, Any] = {
    "paymentDate": "2026-03-02",
    "amount": "118.00",
    "priceCurrency": "EUR",
    "payee": {"name": "Clinic for secret diseases"},
    "reference": "Invoice 2026-118",
}
NEW_PASSPHRASE = "another passphrase for the same vault"


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with a purchase and a payment."""
    story = Story(services)
    story.add(name="Kettle", seller={"name": "Amazon"})
    story.add(Kind.PAYMENT, **PAYMENT)
    return story


@pytest.fixture
def older(services: Services, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A vault from before there were payments, with a vendor's consent to all that could be."""
    former = [one for one in Compartment if one is not Compartment.PAYMENTS]
    with monkeypatch.context() as past:
        past.setattr(customers, "Compartment", former)
        past.setattr(renewal, "Compartment", former)
        story = Story(services)
        story.add(name="Kettle", seller={"name": "Amazon"})
    assert Compartment.PAYMENTS not in story.vault.ring
    return story


@pytest.mark.parametrize("scope", ["payments:read", "purchases:read payments:read"])
def test_no_scope_names_payments(scope: str) -> None:
    """RFC 6749, section 5.2: to a vendor the word does not exist."""
    with pytest.raises(InvalidScope):
        Request.parse(scope)


@pytest.mark.parametrize("datatypes", [["payments"], ["purchases", "payments"], ["payment"]])
def test_no_detail_names_payments(datatypes: list[str]) -> None:
    """RFC 9396, section 5: an unknown datatype, whatever stands beside it."""
    with pytest.raises(InvalidAuthorizationDetails):
        Request.parse("", [{"type": "vrm_records", "datatypes": datatypes}])


def test_a_vendor_of_everything_opens_no_payment(story: Story) -> None:
    """All tokens of a vendor with all that can be shared, and the whole database."""
    vendor = story.connect(story.terms(*SHAREABLE, gifts=True))
    vendor.catch_up()
    assert vendor.names() == {"Kettle"}
    with story.database.read() as conn:
        copy = steal(conn)
    texts = (vendor.token, vendor.refresh_token, vendor.code)
    found = Attacker(story.store.keys, copy, copy).attack(*parsed(texts))
    assert found.says("Kettle")
    assert not found.says("secret diseases")
    assert PAYMENTS not in found.compartments


def test_a_payee_is_no_seller(story: Story) -> None:
    """The names to leave out of a consent come from what can be shared."""
    assert Sellers(story.store).of(story.vault, SHAREABLE) == ["Amazon"]


@sqlite_only
def test_an_older_vault_reads_at_once_and_gets_its_key_with_the_next_write(older: Story) -> None:
    """Lists and exports are empty; a payment is stored, and only the first write tells of keys."""
    assert older.everything()["payments"] == []
    payment = older.add(Kind.PAYMENT, **PAYMENT)
    older.add(name="Lamp")
    [renewed] = older.events("keys_renewed")
    assert renewed.details["compartments"] == ["payments"]
    assert older.records.get(older.vault, Kind.PAYMENT, payment)["amount"] == "118.00"
    assert older.verification.verify(older.vault).problems == []


@sqlite_only
def test_an_older_vaults_vendors_read_on(older: Story) -> None:
    """The new key changes nothing for them, and they do not get it."""
    vendor = older.connect(older.terms(*SHAREABLE))
    vendor.catch_up()
    older.add(Kind.PAYMENT, **PAYMENT)
    older.add(name="Lamp")
    assert [item["name"] for item in vendor.follow().items] == ["Lamp"]
    with older.database.read() as conn:
        copy = steal(conn)
    found = Attacker(older.store.keys, copy, copy).attack(*parsed([vendor.token]))
    assert PAYMENTS not in found.compartments


@sqlite_only
def test_an_older_vaults_passphrase_changes(older: Story) -> None:
    """New epochs for every compartment, the first one for the new."""
    changed = older.rekeying.change_passphrase(older.vault, PASSPHRASE, NEW_PASSPHRASE)
    older.session = changed.session.token
    epochs = {one: older.vault.ring.epoch(one) for one in Compartment}
    assert epochs.pop(Compartment.PAYMENTS) == 1
    assert set(epochs.values()) == {2}
    older.add(Kind.PAYMENT, **PAYMENT)
    assert len(older.everything()["payments"]) == 1


@sqlite_only
def test_an_open_session_from_before_writes_too(older: Story) -> None:
    """A request that had opened the vault before the key was made gets it under the lock."""
    earlier = older.vault
    older.add(Kind.PAYMENT, **PAYMENT)
    assert Compartment.PAYMENTS not in earlier.ring
    older.records.add(earlier, Kind.PAYMENT, dict(PAYMENT))
    assert len(older.everything()["payments"]) == 2
