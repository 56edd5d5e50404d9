"""What somebody alters in the database gets no vendor a key: it is found before keys are sealed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, Vendor, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.notices import NoticeKind
from vault.errors import Conflict, VaultError
from vault.services.upkeep.sweeping import Sweeping
from vault.services.writing import Outdated, writing
from vault.storage import ledger, notices, vaults
from vault.storage.grants import GrantState

pytestmark = sqlite_only

CONSENT = ("grants", "holders", "credentials")
"""The tables that an ended consent is put back from."""
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with a purchase."""
    story = Story(services)
    story.bring(line(Kind.PURCHASE, "1", name="Kettle", orderNumber="7", seller=AMAZON))
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that has read it."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    assert vendor.names() == {"Kettle"}
    return vendor


@contextmanager
def tampering(story: Story) -> Iterator[Connection]:
    """Write to the tables as a thief would, past everything."""
    with story.database.write() as conn:
        yield conn


def copied(story: Story, *tables: str) -> Rows:
    """Rows as they are, with what SQLite numbers them by."""
    with story.database.read() as conn:
        return {
            table: [
                dict(row)
                for row in conn.execute(text(f"SELECT rowid AS rowid, * FROM {table}")).mappings()
            ]
            for table in tables
        }


def put_back(story: Story, former: Rows) -> None:
    """Put a vendor's rows back as they were; the owner's stay, or nobody could open the vault."""
    with tampering(story) as conn:
        for table, rows in former.items():
            for row in rows:
                if row.get("grant_id") is not None or table in ("compartments", "ledger"):
                    names = ", ".join(row)
                    marks = ", ".join(f":{name}" for name in row)
                    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"
                    conn.execute(text(statement), row)


def state_of(story: Story, vendor: Vendor) -> GrantState:
    """What has become of a vendor's consent."""
    return story.consents.one(story.vault, vendor.grant_id).state


def told(story: Story) -> list[NoticeKind]:
    """The notices that the customer has not seen."""
    with story.database.read() as conn:
        return [NoticeKind(row.kind) for row in notices.unseen(conn, story.vault.vault_id)]


def alarms(story: Story) -> int:
    """How often the ledger says that something was altered."""
    return len(story.events("alteration_found"))


def reads_nothing_new(story: Story, vendor: Vendor) -> None:
    """Neither by asking, whatever the row says, nor with all the database and the server's keys."""
    with tampering(story) as conn:
        conn.execute(text("UPDATE grants SET state=1, ended_at=NULL"))
    with suppress(VaultError):
        assert "Secret lamp" not in vendor.names()
    with story.database.read() as conn:
        loot = Attacker(story.store.keys, steal(conn)).attack(
            *parsed([vendor.token, vendor.refresh_token])
        )
    assert loot.says("Kettle")
    assert not loot.says("Secret lamp")


def test_a_consent_put_back_gets_no_keys_at_the_next_renewal(story: Story, vendor: Vendor) -> None:
    """The old token reads nothing new, all consents are held back, and the customer is told."""
    other = story.connect(story.terms(Kind.PURCHASE), "Other")
    former = copied(story, *CONSENT)
    story.consents.withdraw(story.vault, vendor.grant_id)
    story.add(name="Scarf")
    put_back(story, former)
    story.consents.withdraw(story.vault, other.grant_id)
    story.add(name="Secret lamp")
    assert (state_of(story, vendor), alarms(story)) == (GrantState.SUSPENDED, 1)
    assert NoticeKind.ALTERATION in told(story)
    reads_nothing_new(story, vendor)


def test_a_cleared_mark_for_renewal_is_found(story: Story, vendor: Vendor) -> None:
    """A consent put back before its keys were renewed: they are renewed nevertheless."""
    former = copied(story, *CONSENT, "compartments")
    story.consents.withdraw(story.vault, vendor.grant_id)
    put_back(story, former)
    story.add(name="Secret lamp")
    assert (state_of(story, vendor), alarms(story)) == (GrantState.SUSPENDED, 1)
    reads_nothing_new(story, vendor)


def test_a_digest_of_an_older_entry_does_not_count(story: Story, vendor: Vendor) -> None:
    """The newest is in its entry's hash: taken away, the one before vouches for nothing."""
    former = copied(story, *CONSENT, "compartments")
    story.consents.withdraw(story.vault, vendor.grant_id)
    put_back(story, former)
    with tampering(story) as conn:
        newest = "(SELECT max(number) FROM ledger WHERE state IS NOT NULL)"
        conn.execute(text(f"UPDATE ledger SET state=NULL WHERE number={newest}"))
    story.add(name="Secret lamp")
    assert (state_of(story, vendor), alarms(story)) == (GrantState.SUSPENDED, 1)
    reads_nothing_new(story, vendor)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger WHERE number=(SELECT max(number) FROM ledger)",
        "UPDATE vaults SET ledger_head=randomblob(32)",
        "UPDATE ledger SET state=CAST(state || x'00' AS BLOB) WHERE state IS NOT NULL",
        "UPDATE ledger SET signature=randomblob(64)",
        "UPDATE ledger SET state=NULL",
        "DELETE FROM ledger",
    ],
)
def test_an_altered_ledger_vouches_for_nothing(
    story: Story, vendor: Vendor, statement: str
) -> None:
    """Nothing is sealed to the vendor, and the owner can go on."""
    with tampering(story) as conn:
        conn.execute(text(statement))
    story.add(name="Secret lamp")
    assert state_of(story, vendor) is GrantState.SUSPENDED
    reads_nothing_new(story, vendor)


def test_a_ledger_emptied_as_a_whole_vouches_for_nothing(story: Story, vendor: Vendor) -> None:
    """Only a vault that is being made has no entry, and it has no consent."""
    with tampering(story) as conn:
        conn.execute(text("DELETE FROM ledger"))
        nothing = {"h": vaults.NO_HEAD}
        conn.execute(text("UPDATE vaults SET ledger_number=0, ledger_head=:h"), nothing)
    story.add(name="Secret lamp")
    assert state_of(story, vendor) is GrantState.SUSPENDED
    reads_nothing_new(story, vendor)


def test_the_sweep_finds_it_while_nobody_is_there(story: Story, vendor: Vendor) -> None:
    """It needs no key to hold consents back."""
    short = story.connect(story.terms(Kind.PURCHASE, days=1), "Short")
    with tampering(story) as conn:
        mine = {"g": bytes.fromhex(vendor.grant_id)}
        conn.execute(text("UPDATE grants SET expires_at=expires_at+1 WHERE grant_id=:g"), mine)
    story.clock.ahead += 2 * 86_400
    assert Sweeping(story.store).run().failures == 0
    story.session = story.sessions.unlock("anna", "a sample passphrase").token
    assert state_of(story, short) is GrantState.EXPIRED
    assert (state_of(story, vendor), alarms(story)) == (GrantState.SUSPENDED, 1)


def test_an_alteration_while_something_is_stored_begins_that_anew(
    story: Story, vendor: Vendor
) -> None:
    """Its keys are those of before: nothing of it stays, and the next write finds it first."""
    with (
        pytest.raises(Outdated),
        writing(story.store, story.vault) as (writer, _),
    ):
        with tampering(story) as conn:
            conn.execute(text("UPDATE grants SET expires_at=expires_at+1"))
        writer.apply([], LedgerEvent.RECORD_ADDED, dict, lambda _conn, _committed: None)
    assert alarms(story) == 0
    story.add(name="Secret lamp")
    assert alarms(story) == 1
    reads_nothing_new(story, vendor)


def test_the_customer_lets_consents_go_on_one_by_one(story: Story, vendor: Vendor) -> None:
    """Each gets the present keys then, and nothing is found again."""
    other = story.connect(story.terms(Kind.PURCHASE), "Other")
    with tampering(story) as conn:
        mine = {"g": bytes.fromhex(other.grant_id)}
        conn.execute(text("UPDATE grants SET expires_at=expires_at+1 WHERE grant_id=:g"), mine)
    story.add(name="Lamp")
    with pytest.raises(VaultError):
        vendor.names()
    story.consents.resume(story.vault, vendor.grant_id)
    assert vendor.names() == {"Kettle", "Lamp"}
    story.add(name="Scarf")
    assert vendor.names() == {"Kettle", "Lamp", "Scarf"}
    assert (state_of(story, other), alarms(story)) == (GrantState.SUSPENDED, 1)


def test_an_alteration_since_she_looked_stops_the_resuming(story: Story, vendor: Vendor) -> None:
    """It is written down although the customer is refused."""
    former = copied(story, *CONSENT)
    story.consents.withdraw(story.vault, vendor.grant_id)
    put_back(story, former)
    with tampering(story) as conn:
        conn.execute(text("UPDATE grants SET state=5"))
    with pytest.raises(Conflict):
        story.consents.resume(story.vault, vendor.grant_id)
    assert alarms(story) == 1
    assert NoticeKind.ALTERATION in told(story)


def test_without_tampering_nothing_is_held_back(story: Story, vendor: Vendor) -> None:
    """Gifts, tokens refreshed, terms amended, a consent's end and a new passphrase included."""
    other = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER), "Other")
    story.mark(story.ids()["Kettle"])
    vendor.refresh()
    other.allow(story.terms(Kind.PURCHASE))
    other.redeem()
    story.consents.withdraw(story.vault, other.grant_id)
    story.unmark(story.ids()["Kettle"])
    changed = story.rekeying.change_passphrase(
        story.vault, "a sample passphrase", "another sample passphrase"
    )
    story.session = changed.session.token
    story.add(name="Lamp")
    assert vendor.names() == {"Kettle", "Lamp"}
    assert (state_of(story, vendor), alarms(story)) == (GrantState.GIVEN, 0)
    assert NoticeKind.ALTERATION not in told(story)


def test_a_vault_from_before_begins_with_its_next_change(story: Story, vendor: Vendor) -> None:
    """Its entries have no digest in clear: they go on verifying, and the next one has one."""
    with tampering(story) as conn:
        _as_of_old(story, conn)
    assert story.verification.verify(story.vault).problems == []
    story.add(name="Lamp")
    assert vendor.names() == {"Kettle", "Lamp"}
    assert story.verification.verify(story.vault).problems == []
    with story.database.read() as conn:
        row = vaults.find(conn, story.vault.vault_id)
        assert ledger.recorded_state(conn, story.store.keys, row) is not None
    assert alarms(story) == 0


def _as_of_old(story: Story, conn: Connection) -> None:
    """Chain and sign every entry as an older version did."""
    head = vaults.NO_HEAD
    rows = conn.execute(text("SELECT rowid, * FROM ledger ORDER BY number")).mappings().all()
    for row in rows:
        head = ledger.entry_hash(head, row["number"], row["at"], row["ciphertext"])
        place = ledger._signed(row["vault_id"], row["number"])
        number, signature = story.store.keys.sign(head, place)
        values = {"h": head, "n": number, "s": signature, "r": row["rowid"]}
        columns = "hash=:h, key_number=:n, signature=:s, state=NULL"
        conn.execute(text(f"UPDATE ledger SET {columns} WHERE rowid=:r"), values)
    conn.execute(text("UPDATE vaults SET ledger_head=:h"), {"h": head})


def test_verifying_without_a_passphrase_names_a_consent_put_back(
    story: Story, vendor: Vendor
) -> None:
    """The digest stands in clear, so nobody's key is needed to compare."""
    former = copied(story, *CONSENT)
    story.consents.withdraw(story.vault, vendor.grant_id)
    assert story.verification.verify_chain(story.vault.vault_id).problems == []
    put_back(story, former)
    assert "last recorded" in " / ".join(
        story.verification.verify_chain(story.vault.vault_id).problems
    )
