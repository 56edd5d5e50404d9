"""One consent for a vendor: what a second authorization changes, and when."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.parallel import at_once
from tests.served import Served
from tests.story import DAY, PASSPHRASE, Story, Vendor
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.terms import Terms
from vault.services.access.bearers import InvalidToken
from vault.services.access.presented import InvalidGrant
from vault.services.recording import Recording
from vault.services.upkeep.sweeping import Sweeping
from vault.settings import Settings
from vault.storage import epochs, grants
from vault.storage.grants import GrantState
from vault.storage.schema import grants as grant_table


@pytest.fixture
def story(services: Services) -> Iterator[Story]:
    """A customer with a purchase and an order; whatever happens, the vault verifies."""
    story = Story(services)
    story.add(name="Kettle")
    story.add(Kind.ORDER, orderNumber="O-1")
    yield story
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    assert story.verification.verify(story.vault).problems == []


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that reads purchases."""
    return story.connect(story.terms(Kind.PURCHASE))


def numbers(vendor: Vendor) -> set[str]:
    """The orders that the vendor reads."""
    return {item["orderNumber"] for item in vendor.items(Kind.ORDER)}


def in_force(vendor: Vendor) -> Terms:
    """The terms of the vault's only consent that holds."""
    [given] = [
        one for one in vendor.story.consents.given(vendor.story.vault) if one.state in grants.LIVE
    ]
    assert given.grant_id == vendor.grant_id
    return given.terms


def test_a_second_authorization_is_of_the_same_consent(vendor: Vendor) -> None:
    """Grant, subject and ids stay; what it may see is what was allowed last."""
    grant_id, sub, [kettle] = vendor.grant_id, vendor.sub, vendor.items()
    vendor.allow(vendor.story.terms(Kind.PURCHASE, Kind.ORDER))
    vendor.redeem()
    assert (vendor.grant_id, vendor.sub) == (grant_id, sub)
    assert vendor.items() == [kettle]
    assert numbers(vendor) == {"O-1"}
    assert in_force(vendor).rules.keys() == {Kind.PURCHASE, Kind.ORDER}


def test_until_it_is_taken_up_what_stood_before_holds(vendor: Vendor) -> None:
    """The old tokens read under the old terms, and refresh, while the new code waits."""
    vendor.allow(vendor.story.terms(Kind.ORDER))
    assert vendor.names() == {"Kettle"}
    vendor.refresh()
    assert vendor.names() == {"Kettle"}
    assert in_force(vendor).rules.keys() == {Kind.PURCHASE}


def test_taking_it_up_ends_what_the_vendor_held(vendor: Vendor) -> None:
    """Old access and refresh tokens are dead with the answer to the new code."""
    old = replace(vendor)
    vendor.allow(vendor.story.terms(Kind.ORDER))
    vendor.redeem()
    with pytest.raises(InvalidToken):
        old.page()
    with pytest.raises(InvalidGrant):
        old.refresh()
    assert numbers(vendor) == {"O-1"}
    assert len(vendor.story.events("consent_taken_up")) == 1


def test_a_cursor_of_the_old_terms_begins_anew(vendor: Vendor) -> None:
    """The vendor is told to drop what it holds, and gets what the new terms show."""
    vendor.catch_up()
    vendor.allow(vendor.story.terms(Kind.PURCHASE, fields=frozenset({"orderNumber"})))
    vendor.redeem()
    page = vendor.follow()
    assert page.reset
    assert [item.keys() for item in page.items] == [{"id"}]


def test_an_ended_tokens_reuse_touches_nothing_of_the_present(vendor: Vendor) -> None:
    """A code, a refresh token, a revocation from before the amendment end nothing now."""
    old_code, old_refresh = vendor.code, vendor.refresh_token
    vendor.refresh()
    assert vendor.refresh_token != old_refresh  # rotated: its reuse would end its family
    before = replace(vendor)
    vendor.allow(vendor.story.terms(Kind.PURCHASE))
    vendor.redeem()
    mine = vendor.client.client_id
    for token in (old_refresh, before.refresh_token):
        with pytest.raises(InvalidGrant):
            vendor.story.tokens.refresh(token, mine, None)
        vendor.story.tokens.revoke(token, mine)
    with pytest.raises(InvalidGrant):
        vendor.story.redemption.redeem(old_code, mine, lambda _: None, None)
    assert vendor.names() == {"Kettle"}


def test_the_new_codes_reuse_ends_the_consent(vendor: Vendor) -> None:
    """As that of any code (RFC 9700, section 4.5)."""
    code = vendor.allow(vendor.story.terms(Kind.PURCHASE))
    vendor.redeem()
    with pytest.raises(InvalidGrant):
        vendor.story.redemption.redeem(code, vendor.client.client_id, lambda _: None, None)
    with pytest.raises(InvalidToken):
        vendor.page()


def test_of_those_that_wait_only_the_newest_counts(vendor: Vendor) -> None:
    """A vendor cannot pass over the customer's last word for a wider one before it."""
    story = vendor.story
    wide = vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    narrow = vendor.allow(story.terms(Kind.PURCHASE, fields=frozenset({"name"})))
    vendor.code = wide
    with pytest.raises(InvalidGrant):
        vendor.redeem()
    vendor.code = narrow
    vendor.redeem()
    assert in_force(vendor).rules[Kind.PURCHASE].fields == {"name"}


def test_a_first_consent_that_was_never_taken_up_is_amended_too(story: Story) -> None:
    """Its code is worth nothing from then on, and ends nothing."""
    vendor = story.vendor()
    first = vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    second = vendor.allow(story.terms(Kind.PURCHASE))
    for code in (first, first):
        vendor.code = code
        with pytest.raises(InvalidGrant):
            vendor.redeem()
    vendor.code = second
    vendor.redeem()
    assert vendor.names() == {"Kettle"}
    assert in_force(vendor).rules.keys() == {Kind.PURCHASE}


def test_of_twenty_parallel_exchanges_one_takes_it_up(vendor: Vendor) -> None:
    """The others are a reuse, which ends the consent."""
    story, mine = vendor.story, vendor.client.client_id
    code = vendor.allow(story.terms(Kind.ORDER))
    outcomes = at_once(20, lambda: story.redemption.redeem(code, mine, lambda _: None, None))
    assert sum(not isinstance(one, Exception) for one in outcomes) == 1
    with pytest.raises(InvalidToken):
        vendor.page()


def test_reading_once_leaves_what_waits(story: Story) -> None:
    """Read to its end, a consent for once takes no later word of the customer with it."""
    vendor = story.connect(story.terms(Kind.PURCHASE, once=True))
    code = vendor.allow(story.terms(Kind.PURCHASE))
    assert vendor.names() == {"Kettle"}
    with pytest.raises(InvalidToken):
        vendor.page()
    vendor.code = code
    vendor.redeem()
    assert vendor.names() == {"Kettle"}
    assert not in_force(vendor).once


def test_withdrawing_ends_both(vendor: Vendor) -> None:
    """What waits is withdrawn with what is in force."""
    vendor.allow(vendor.story.terms(Kind.ORDER))
    vendor.story.consents.withdraw(vendor.story.vault, vendor.grant_id)
    with pytest.raises(InvalidToken):
        vendor.page()
    with pytest.raises(InvalidGrant):
        vendor.redeem()


def test_one_that_is_never_taken_up_lapses(vendor: Vendor) -> None:
    """The sweep ends it; the consent goes on as it was, and the customer can see why."""
    story = vendor.story
    vendor.allow(story.terms(Kind.ORDER))
    story.clock.ahead = 300
    assert Sweeping(story.store).run().authorizations == 1
    assert Sweeping(story.store).run().authorizations == 0
    assert vendor.names() == {"Kettle"}
    assert len(story.events("authorization_lapsed")) == 1
    assert in_force(vendor).rules.keys() == {Kind.PURCHASE}
    with pytest.raises(InvalidGrant):
        vendor.redeem()


def test_a_consent_is_prolonged_at_its_last_minute(story: Story) -> None:
    """The new authorization holds although the old one's time ends before it is taken up."""
    vendor = story.connect(story.terms(Kind.PURCHASE, days=1))
    story.clock.ahead = DAY - 30
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    vendor.refresh()
    vendor.allow(story.terms(Kind.PURCHASE, days=30))
    story.clock.ahead = DAY + 10
    with pytest.raises(InvalidToken):
        vendor.page()
    vendor.redeem()
    assert vendor.names() == {"Kettle"}
    assert in_force(vendor).expires_at > story.clock() + 29 * DAY


def test_shortening_ends_the_consent_at_its_new_time(vendor: Vendor) -> None:
    """The former end counts no more once the shorter terms are taken up."""
    story = vendor.story
    vendor.allow(story.terms(Kind.PURCHASE, days=2))
    vendor.redeem()
    story.clock.ahead = 3 * DAY
    Sweeping(story.store).run()
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    [given] = story.consents.given(story.vault)
    assert given.state is GrantState.EXPIRED


def test_what_the_former_key_knew_is_renewed(vendor: Vendor) -> None:
    """With an old copy and the old tokens nothing opens that was written since."""
    story = vendor.story
    with story.database.read() as conn:
        old_copy = steal(conn)
    old = (vendor.token, vendor.refresh_token, vendor.code)
    vendor.allow(story.terms(Kind.ORDER))
    vendor.redeem()
    with story.database.read() as conn:
        assert Kind.PURCHASE.compartment in epochs.renewal_due(conn, story.vault.vault_id)
    story.add(name="Secret lamp")
    with story.database.read() as conn:
        found = Attacker(story.store.keys, old_copy, steal(conn)).attack(*parsed(old))
    assert found.says("Kettle")
    assert not found.says("Secret lamp")


def test_a_renewal_reaches_what_waits(vendor: Vendor) -> None:
    """Another consent's end renews the keys; a code that waited opens what was written since."""
    story = vendor.story
    other = story.connect(story.terms(Kind.ORDER, Kind.PURCHASE), "Other")
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    story.consents.withdraw(story.vault, other.grant_id)
    story.add(Kind.ORDER, orderNumber="O-2")
    vendor.redeem()
    assert numbers(vendor) == {"O-1", "O-2"}


def test_a_suspended_consent_makes_room(vendor: Vendor) -> None:
    """After a restore the customer may simply allow anew; the old tokens stay dead."""
    story = vendor.story
    with story.database.write() as conn:
        recording = Recording(conn, story.store, story.vault.vault_id)
        grants.suspend_all(conn)
        recording.write(LedgerEvent.RESTORED)
    old, former = replace(vendor), vendor.grant_id
    vendor.allow(story.terms(Kind.PURCHASE))
    given = story.consents.given(story.vault)
    assert {one.grant_id: one.state for one in given}[former] is GrantState.WITHDRAWN
    [fresh] = [one for one in given if one.state is GrantState.GIVEN]
    vendor.grant_id = fresh.grant_id
    vendor.redeem()
    assert vendor.names() == {"Kettle"}
    with pytest.raises(InvalidToken):
        old.page()


@sqlite_only
def test_who_has_a_consent_is_told_by_the_sealed_record(vendor: Vendor) -> None:
    """A row that names another vendor in clear lends that one nothing."""
    story, other = vendor.story, vendor.story.vendor("Mallory")
    with story.database.write() as conn:
        conn.execute(update(grant_table).values(client_id=other.client.client_id))
    other.allow(story.terms(Kind.ORDER))
    assert len(story.consents.given(story.vault)) == 2
    with story.database.write() as conn:
        mine = grant_table.c.grant_id == bytes.fromhex(vendor.grant_id)
        conn.execute(update(grant_table).where(mine).values(client_id=vendor.client.client_id))


@sqlite_only
def test_the_page_says_what_stands_and_what_takes_its_place(settings: Settings) -> None:
    """Over HTTP, as vendor and customer go through it."""
    server = Served(settings)
    anna = server.customer()
    anna.keep(Kind.PURCHASE, {"name": "Kettle"})
    vendor = server.vendor()
    first = anna.open(vendor.begin())
    assert "has your consent already" not in first.text
    vendor.exchange(anna.allow(vendor.begin()))
    old = vendor.access_token
    url = vendor.begin(scope="purchases:read orders:read")
    assert "has your consent already: Shop can see what you bought" in anna.open(url).text
    code = anna.allow(url)
    assert vendor.get("/api/v1/purchases").status_code == 200
    assert vendor.exchange(code).json()["scope"] == "purchases:read orders:read"
    assert vendor.get("/api/v1/orders").status_code == 200
    vendor.access_token = old
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert len(server.services.consents.given(anna.vault())) == 1
    server.close()
