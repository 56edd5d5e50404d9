"""What an ended consent leaves behind: nothing that opens what is written afterwards."""

from collections.abc import Iterator

import pytest

from tests.attack import Attacker, Loot, parsed, steal
from tests.conftest import sqlite_only
from tests.story import DAY, PASSPHRASE, Story, line
from vault.composition import Services
from vault.domain.compartments import Compartment, Kind
from vault.domain.events import LedgerEvent
from vault.errors import Busy, Locked, NotFound
from vault.services.access.bearers import InvalidToken
from vault.services.changes import Change
from vault.services.writing import Outdated, writing
from vault.storage import epochs

PURCHASES = int(Compartment.PURCHASES)


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with one purchase."""
    story = Story(services)
    story.add(name="Kettle", seller={"name": "Amazon"})
    return story


def loot(story: Story, old: dict[str, list[dict[str, object]]], *texts: str) -> Loot:
    """What the server's secrets, an old copy and today's database open with caught tokens."""
    with story.database.read() as conn:
        now = steal(conn)
    return Attacker(story.store.keys, old, now).attack(*parsed(texts))


def copy_of(story: Story) -> dict[str, list[dict[str, object]]]:
    """A stolen copy."""
    with story.database.read() as conn:
        return steal(conn)


def test_a_withdrawn_consent_is_refused_at_once_and_once_written_down(story: Story) -> None:
    """The next read is refused; the first refusal of the hour is an entry, the rest a count."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    assert vendor.names() == {"Kettle"}
    story.consents.withdraw(story.vault, vendor.grant_id)
    for _ in range(3):
        with pytest.raises(InvalidToken) as refused:
            vendor.page()
        assert refused.value.status == 401
    [entry] = story.events("refusal")
    assert entry.details["reason"] == "withdrawn"
    assert entry.details["grant"] == vendor.grant_id
    assert entry.repeated == 2


def test_an_old_copy_and_an_old_token_open_nothing_written_after_renewal(story: Story) -> None:
    """What was readable then opens; what the customer wrote since does not, by any means."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    old = copy_of(story)
    story.consents.withdraw(story.vault, vendor.grant_id)
    story.add(name="Secret lamp", seller={"name": "Amazon"})
    found = loot(story, old, vendor.token, vendor.refresh_token, vendor.code)
    assert found.says("Kettle")
    assert not found.says("Secret lamp")
    assert {one.epoch for one in found.of("records") + found.of("segments")} == {1}


def test_an_expired_consent_opens_nothing_written_afterwards(story: Story) -> None:
    """Time ends a consent as thoroughly as its customer does."""
    vendor = story.connect(story.terms(Kind.PURCHASE, days=1))
    old = copy_of(story)
    story.clock.ahead = 2 * DAY
    with pytest.raises(InvalidToken):
        vendor.page()
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    story.add(name="Secret lamp", seller={"name": "Amazon"})
    found = loot(story, old, vendor.token, vendor.refresh_token)
    assert found.says("Kettle")
    assert not found.says("Secret lamp")
    assert [event.details["grant"] for event in story.events("consent_expired")] == [
        vendor.grant_id
    ]


def test_a_code_that_was_never_redeemed_counts_as_known(story: Story) -> None:
    """Withdrawn before it was exchanged, a code opens nothing that is written afterwards."""
    vendor = story.vendor()
    code = vendor.allow(story.terms(Kind.PURCHASE))
    old = copy_of(story)
    story.consents.withdraw(story.vault, vendor.grant_id)
    story.add(name="Secret lamp")
    found = loot(story, old, code)
    assert found.says("Kettle")
    assert not found.says("Secret lamp")


def test_other_vendors_read_on_across_a_renewal(story: Story) -> None:
    """A renewal seals new packages for those who stay; tokens and cursors hold."""
    gone, stays = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("A", "B"))
    stays.catch_up()
    story.consents.withdraw(story.vault, gone.grant_id)
    story.add(name="Lamp")
    assert [item["name"] for item in stays.follow().items] == ["Lamp"]
    assert stays.names() == {"Kettle", "Lamp"}
    story.clock.ahead = 700
    stays.refresh()
    assert stays.names() == {"Kettle", "Lamp"}


def test_two_vendors_share_no_identifier(story: Story) -> None:
    """Ids and subject differ from one vendor to the next."""
    one, other = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("A", "B"))
    assert one.sub != other.sub
    [mine], [theirs] = one.items(), other.items()
    assert mine.pop("id") != theirs.pop("id")
    assert mine == theirs


def test_a_request_that_began_before_a_renewal_writes_with_the_new_keys(story: Story) -> None:
    """A vault opened before a withdrawal and another request's renewal writes no older epoch."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    old = copy_of(story)
    early = story.vault
    story.consents.withdraw(story.vault, vendor.grant_id)
    story.add(Kind.PREFERENCE, subject="Tea", topic="likes")
    story.records.add(early, Kind.PURCHASE, {"name": "Secret lamp"})
    assert not loot(story, old, vendor.token).says("Secret lamp")
    assert len(story.ids()) == 2


def test_a_request_that_began_before_a_changed_passphrase_writes_nothing(story: Story) -> None:
    """The owner's keys were replaced: who still holds the old ones is locked out."""
    early = story.vault
    story.session = story.rekeying.change_passphrase(
        story.vault, PASSPHRASE, "another sample passphrase"
    ).session.token
    with pytest.raises(Locked):
        story.records.add(early, Kind.PURCHASE, {"name": "Lamp"})
    with pytest.raises(Locked):
        story.rekeying.change_passphrase(
            early, "another sample passphrase", "a third sample passphrase"
        )
    assert set(story.ids()) == {"Kettle"}


@sqlite_only
def test_a_write_under_way_begins_anew_when_a_consent_ends(story: Story) -> None:
    """What is staged with keys that an ended holder knows is never kept."""
    vendor = story.connect(story.terms(Kind.PURCHASE))

    def changes() -> Iterator[Change]:
        yield Change(Kind.PURCHASE, b"1" * 16, {"name": "Secret lamp"})
        story.consents.withdraw(story.vault, vendor.grant_id)

    with pytest.raises(Outdated), writing(story.store, story.vault) as (writer, _):
        writer.apply(changes(), LedgerEvent.RECORD_ADDED, dict)
    assert set(story.ids()) == {"Kettle"}
    story.add(name="Lamp")
    assert story.verification.verify(story.vault).holds


@sqlite_only
def test_an_import_goes_on_by_itself_when_a_consent_ends_meanwhile(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The filing is begun again under the new keys; the customer sees one import."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    old = copy_of(story)
    waiting = story.stage(*(line(Kind.PURCHASE, str(n), name=f"Thing {n}") for n in range(3)))
    real = epochs.outdated
    called: list[bool] = []

    def outdated(*args: object) -> bool:
        if not called:
            called.append(True)
            return True
        return bool(real(*args))  # type: ignore[arg-type]

    monkeypatch.setattr(epochs, "outdated", outdated)
    story.consents.withdraw(story.vault, vendor.grant_id)
    assert story.imports.confirm(story.vault, waiting).added == 3
    assert not loot(story, old, vendor.token).says("Thing")


@sqlite_only
def test_a_renewal_is_written_down_even_where_its_write_fails(story: Story) -> None:
    """New keys are an entry of their own, so that verification finds nothing unexplained."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    story.consents.withdraw(story.vault, vendor.grant_id)
    with pytest.raises(NotFound):
        story.mark("00" * 16)
    assert story.events("keys_renewed")[0].details["compartments"] == ["purchases"]
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_only_one_writes_at_a_time(story: Story) -> None:
    """While one write is under way another is sent away, and the first is not disturbed."""
    with writing(story.store, story.vault) as (writer, _):
        with pytest.raises(Busy):
            story.add(name="Lamp")
        writer.apply(
            [Change(Kind.PURCHASE, b"1" * 16, {"name": "Chair"})], LedgerEvent.RECORD_ADDED, dict
        )
    assert set(story.ids()) == {"Kettle", "Chair"}


def test_once_means_one_reading_of_each_kind(story: Story) -> None:
    """A consent for once ends with its last page, and has no refresh token."""
    story.add(Kind.PREFERENCE, subject="Tea", topic="likes")
    story.add(name="Lamp")
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.PREFERENCE, once=True))
    assert vendor.refresh_token == ""
    assert vendor.follow(limit=1).has_more
    assert not vendor.follow(limit=1).has_more
    assert len(vendor.items(Kind.PREFERENCE)) == 1
    with pytest.raises(InvalidToken):
        vendor.page()
