"""What opens a vault, and what no longer does."""

from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from sqlalchemy import text, update

from tests.attack import Attacker, Copy, Loot, parsed, steal
from tests.conftest import sqlite_only
from tests.story import PASSPHRASE, Story
from vault.composition import Services
from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.kdf import PassphraseKdf
from vault.domain.compartments import Kind
from vault.errors import Conflict, InvalidInput, Locked, VaultError, WrongPassphrase
from vault.services.customers.rekeying import Rekeyed
from vault.services.customers.sessions import IDLE_SECONDS, SESSION_SECONDS
from vault.storage import holders, schema
from vault.storage.bindings import FOREVER

NEW = "another sample passphrase"


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with one purchase."""
    story = Story(services)
    story.add(name="Kettle")
    return story


def copy_of(story: Story) -> Copy:
    """A stolen copy."""
    with story.database.read() as conn:
        return steal(conn)


def by_passphrase(copy: Copy, passphrase: str) -> Credential:
    """What a thief who knows a passphrase makes of it and the copy's parameters."""
    [row] = [row for row in copy["credentials"] if row["kind"] == CredentialKind.PASSPHRASE]
    stored = row["attributes"]  # SQLite hands JSON out as text, PostgreSQL as what it says
    attributes = orjson.loads(stored) if isinstance(stored, str) else stored
    kdf = PassphraseKdf.from_json(attributes["kdf"])
    return Credential.from_secret(CredentialKind.PASSPHRASE, kdf.derive(passphrase))


def opened(story: Story, copies: list[Copy], *found: Credential) -> Loot:
    """What the server's secrets and these credentials open of copies and of today's database."""
    return Attacker(story.store.keys, *copies, copy_of(story)).attack(*found)


def test_the_passphrase_opens_everything_and_nothing_opens_without_it(story: Story) -> None:
    """The attacker's code works: with the passphrase it reads all, with the server's keys none."""
    copy = copy_of(story)
    assert opened(story, [copy]).opened == []
    assert opened(story, [copy], by_passphrase(copy, NEW)).opened == []
    loot = opened(story, [copy], by_passphrase(copy, PASSPHRASE))
    assert loot.says("Kettle")
    assert {one.table for one in loot.opened} >= {"records", "segments", "ledger"}


def test_a_changed_passphrase_leaves_the_old_one_nothing_new(story: Story) -> None:
    """Old passphrase, code, session and copy together: what was written since stays shut."""
    old = copy_of(story)
    known = [by_passphrase(old, PASSPHRASE), *parsed([story.recovery_code, story.session])]
    former = story.session
    changed = story.rekeying.change_passphrase(story.vault, PASSPHRASE, NEW)
    story.session = changed.session.token
    story.add(name="Secret lamp")
    with pytest.raises(Locked):
        story.sessions.open(former)
    with pytest.raises(WrongPassphrase):
        story.sessions.unlock(story.name, PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        story.rekeying.recover(story.name, story.recovery_code, PASSPHRASE)
    loot = opened(story, [old], *known)
    assert loot.says("Kettle")
    assert not loot.says("Secret lamp")
    assert {one.epoch for one in loot.of("records") + loot.of("ledger")} == {1}
    assert set(story.ids()) == {"Kettle", "Secret lamp"}


def test_a_recovery_code_opens_once_and_is_replaced(story: Story) -> None:
    """It sets a new passphrase, ends every session, and is spent with that."""
    old, former = copy_of(story), story.session
    recovered = story.rekeying.recover(story.name, story.recovery_code.lower(), NEW)
    story.session = recovered.session.token
    with pytest.raises(Locked):
        story.sessions.open(former)
    with pytest.raises(WrongPassphrase):
        story.rekeying.recover(story.name, story.recovery_code, PASSPHRASE)
    story.add(name="Secret lamp")
    assert not opened(story, [old], *parsed([story.recovery_code, former])).says("Secret lamp")
    again = story.rekeying.recover(story.name, recovered.recovery_code, PASSPHRASE)
    story.session = again.session.token
    assert set(story.ids()) == {"Kettle", "Secret lamp"}


def test_of_two_recoveries_at_once_one_counts(story: Story) -> None:
    """One recovery code sets one passphrase."""

    def recover(passphrase: str) -> Rekeyed | VaultError:
        try:
            return story.rekeying.recover(story.name, story.recovery_code, passphrase)
        except VaultError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(recover, [NEW, NEW + "!"]))
    assert sorted(isinstance(one, Rekeyed) for one in outcomes) == [False, True]
    [refused] = [one for one in outcomes if isinstance(one, VaultError)]
    assert isinstance(refused, Locked | WrongPassphrase)


@sqlite_only
def test_keys_that_were_replaced_are_locked_and_not_missing(story: Story) -> None:
    """A request that unwrapped its seed a moment before the change is sent to the door."""
    before = story.vault
    story.rekeying.change_passphrase(before, PASSPHRASE, NEW)
    with story.database.read() as conn, pytest.raises(Locked):
        holders.open_owner(conn, before.vault_id, before.holder_id, before.seed)


@sqlite_only
def test_a_vendor_reads_on_after_a_changed_passphrase(story: Story) -> None:
    """Its package is sealed anew to its own key; its tokens stay."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    changed = story.rekeying.change_passphrase(story.vault, PASSPHRASE, NEW)
    story.session = changed.session.token
    story.add(name="Lamp")
    assert vendor.names() == {"Kettle", "Lamp"}


@sqlite_only
def test_sessions_end_by_locking_by_idling_and_by_age(story: Story) -> None:
    """A token that has ended opens nothing, and its wrap is gone."""
    story.sessions.lock(story.vault)
    with pytest.raises(Locked):
        story.sessions.open(story.session)
    with story.database.read() as conn:
        wraps = conn.execute(text("SELECT wrap FROM credentials WHERE kind = 3")).all()
    assert wraps == [(None,)]
    token = story.sessions.unlock(story.name, PASSPHRASE).token
    story.clock.ahead += IDLE_SECONDS + 1
    with pytest.raises(Locked):
        story.sessions.open(token)
    token = story.sessions.unlock(story.name, PASSPHRASE).token
    for _ in range(SESSION_SECONDS // 600):
        story.sessions.open(token)
        story.clock.ahead += 600
    with pytest.raises(Locked):
        story.sessions.open(token)


@sqlite_only
def test_an_extended_session_is_locked(story: Story) -> None:
    """The expiry of a session is part of what seals its wrap."""
    with story.database.write() as conn:
        conn.execute(update(schema.credentials).values(expires_at=FOREVER - 1))
    with pytest.raises(Locked):
        story.sessions.open(story.session)


@sqlite_only
def test_a_passphrase_replaced_while_it_was_derived_opens_no_session(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Derivation takes time; what it proves is checked again when the session begins."""
    real = PassphraseKdf.derive
    opening = story.vault

    def derive(self: PassphraseKdf, passphrase: str) -> bytes:
        derived = real(self, passphrase)
        monkeypatch.setattr(PassphraseKdf, "derive", real)
        story.rekeying.change_passphrase(opening, PASSPHRASE, NEW)
        return derived

    monkeypatch.setattr(PassphraseKdf, "derive", derive)
    with pytest.raises(WrongPassphrase):
        story.sessions.unlock(story.name, PASSPHRASE)
    with story.database.read() as conn:
        query = "SELECT count(*) FROM credentials WHERE kind = 3 AND wrap IS NOT NULL"
        assert conn.execute(text(query)).scalar() == 1


def test_unknown_names_are_refused_alike(story: Story) -> None:
    """The same error in the same words, with a derivation for each; names that cannot be too."""
    messages = set()
    for name, passphrase in (
        ("anna", NEW),
        ("nobody", NEW),
        ("nobody", PASSPHRASE),
        ("an\0na", NEW),
        ("\u202eanna", NEW),
    ):
        with pytest.raises(WrongPassphrase) as refused:
            story.sessions.unlock(name, passphrase)
        messages.add(refused.value.message)
    assert len(messages) == 1
    for name, code in (("nobody", story.recovery_code), ("anna", "AAAAA"), ("anna", "")):
        with pytest.raises(WrongPassphrase):
            story.rekeying.recover(name, code, NEW)


@sqlite_only
def test_anothers_recovery_code_opens_nothing(services: Services, story: Story) -> None:
    """A code belongs to its vault."""
    other = Story(services, "bert")
    with pytest.raises(WrongPassphrase):
        story.rekeying.recover("anna", other.recovery_code, NEW)
    with pytest.raises(Conflict):
        story.customers.create("anna", NEW)


@sqlite_only
@pytest.mark.parametrize("passphrase", ["", "too short", "x" * 1_025])
def test_a_senseless_passphrase_is_refused(story: Story, passphrase: str) -> None:
    """At least 15 characters, at most 1,024; nothing is changed by a refusal."""
    with pytest.raises(InvalidInput):
        story.customers.create("bert", passphrase)
    with pytest.raises(InvalidInput):
        story.rekeying.change_passphrase(story.vault, PASSPHRASE, passphrase)
    with pytest.raises(InvalidInput):
        story.rekeying.recover(story.name, story.recovery_code, passphrase)
    assert set(story.ids()) == {"Kettle"}


def test_an_erased_vault_leaves_no_row(story: Story) -> None:
    """Erasing needs the passphrase, and takes everything with it."""
    story.connect(story.terms(Kind.PURCHASE))
    with pytest.raises(WrongPassphrase):
        story.customers.erase(story.vault, NEW)
    story.customers.erase(story.vault, PASSPHRASE)
    left = {table: len(rows) for table, rows in copy_of(story).items() if rows}
    assert left == {"credentials": 1}, "only the pushed request, which is a vendor's"
    with pytest.raises(Locked):
        story.sessions.open(story.session)


def test_a_chosen_language_stands_with_the_vault(services: Services) -> None:
    """It is there in the next session too, whatever browser that is in."""
    services.customers.create("anna", PASSPHRASE)
    vault = services.sessions.open(services.sessions.unlock("anna", PASSPHRASE).token)
    assert vault.language is None
    services.customers.choose_language(vault, "zh_Hans")
    again = services.sessions.open(services.sessions.unlock("anna", PASSPHRASE).token)
    assert again.language == "zh_Hans"
