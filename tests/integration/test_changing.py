"""A consent that stands is changed in place: what its vendor holds goes on under the new terms."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.parallel import at_once
from tests.served import ISSUER, Customer, Served, connected, everything, ticked
from tests.story import DAY, PASSPHRASE, Story, Vendor, rule, sellers
from vault.composition import Services
from vault.crypto.credentials import CredentialKind
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.requested import Request
from vault.domain.rules import ANY
from vault.domain.terms import Terms
from vault.errors import Conflict, InvalidInput, NotFound
from vault.services.access.bearers import InsufficientScope, InvalidToken
from vault.services.access.presented import InvalidGrant
from vault.services.consents.amending import Amending
from vault.services.recording import Recording
from vault.services.upkeep.sweeping import Sweeping
from vault.storage import epochs, grants
from vault.storage.grants import GrantState
from vault.storage.schema import credentials


@pytest.fixture
def story(services: Services) -> Iterator[Story]:
    """A customer with a purchase and an order; whatever happens, the vault verifies."""
    story = Story(services)
    story.add(name="Kettle", price="24.00", seller={"name": "CDW"})
    story.add(Kind.ORDER, orderNumber="O-1", seller={"name": "CDW"})
    yield story
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    assert story.verification.verify(story.vault).problems == []


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that reads purchases and orders."""
    return story.connect(story.terms(Kind.PURCHASE, Kind.ORDER))


def amend(vendor: Vendor, terms: Terms) -> None:
    """Change the vendor's consent."""
    Amending(vendor.story.store).amend(vendor.story.vault, vendor.grant_id, terms)


def narrowed(vendor: Vendor, **limits: Any) -> Terms:
    """The purchases alone of what was given, less the limits."""
    terms = Amending(vendor.story.store).find(vendor.story.vault, vendor.grant_id).terms
    return replace(terms, rules={Kind.PURCHASE: rule(Kind.PURCHASE, **limits)})


def test_an_old_access_token_yields_the_new_terms_at_once(vendor: Vendor) -> None:
    """Its cursor begins anew, without the field and without the kind that were taken away."""
    vendor.catch_up()
    token, grant_id = vendor.token, vendor.grant_id
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    page = vendor.follow()
    assert page.reset
    assert [item.keys() for item in page.items] == [{"id", "name"}]
    with pytest.raises(InsufficientScope):
        vendor.page(Kind.ORDER)
    vendor.refresh()
    assert vendor.names() == {"Kettle"}
    assert vendor.token != token
    assert vendor.grant_id == grant_id
    assert len(vendor.story.events("consent_amended")) == 1


def test_what_was_taken_away_can_be_given_back(vendor: Vendor) -> None:
    """Up to what the vendor asked for, and with the same ids on the wire."""
    [before] = vendor.items()
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    asked = Amending(vendor.story.store).find(vendor.story.vault, vendor.grant_id).asked
    assert asked.rules.keys() == {Kind.PURCHASE, Kind.ORDER}
    amend(vendor, asked.grant(asked.rules, expires_at=vendor.story.clock() + DAY))
    assert vendor.items() == [before]
    assert len(vendor.items(Kind.ORDER)) == 1


@sqlite_only
def test_never_beyond_what_was_asked(story: Story) -> None:
    """Neither another kind nor another field, neither gifts nor a longer time."""
    asked = Request.parse("", [{"datatypes": ["purchases"], "fields": ["name"], "duration": "P9D"}])
    vendor = story.connect(asked.grant(asked.rules, expires_at=story.clock() + DAY))
    amending = Amending(story.store)
    terms = amending.find(story.vault, vendor.grant_id).terms
    for beyond in (
        replace(terms, rules={**terms.rules, Kind.ORDER: rule(Kind.ORDER)}),
        replace(terms, rules={Kind.PURCHASE: rule(Kind.PURCHASE)}),
        replace(terms, rules={Kind.PURCHASE: replace(terms.rules[Kind.PURCHASE], gifts=True)}),
        replace(terms, purposes=("https://w3id.org/dpv#Marketing",)),
        replace(terms, expires_at=story.clock() + 400 * DAY),
        replace(terms, expires_at=story.clock() - 1),
        replace(terms, once=True),
        replace(terms, rules={}),
    ):
        with pytest.raises(InvalidInput):
            amending.amend(story.vault, vendor.grant_id, beyond)
    assert story.events("consent_amended") == []


@sqlite_only
def test_saving_what_stands_changes_nothing(vendor: Vendor) -> None:
    """No entry, no new terms: the vendor's cursor goes on."""
    vendor.catch_up()
    stands = Amending(vendor.story.store).find(vendor.story.vault, vendor.grant_id).terms
    amend(vendor, stands)
    assert not vendor.follow().reset
    assert vendor.story.events("consent_amended") == []


def test_what_waits_ends_with_the_change(vendor: Vendor) -> None:
    """The customer's last word counts: a code from before it is worth nothing."""
    vendor.allow(vendor.story.terms(Kind.PURCHASE, Kind.ORDER))
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    with pytest.raises(InvalidGrant):
        vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_what_the_vendor_asks_later_takes_its_place_as_ever(vendor: Vendor) -> None:
    """A change ends no conversation: the next authorization amends it, and can be changed too."""
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    vendor.allow(vendor.story.terms(Kind.ORDER))
    assert vendor.names() == {"Kettle"}
    vendor.redeem()
    assert len(vendor.items(Kind.ORDER)) == 1
    stands = Amending(vendor.story.store).find(vendor.story.vault, vendor.grant_id)
    assert stands.asked.rules.keys() == stands.terms.rules.keys() == {Kind.ORDER}
    shorter = replace(stands.terms, expires_at=vendor.story.clock() + DAY)
    amend(vendor, shorter)
    assert len(vendor.items(Kind.ORDER)) == 1


def test_what_is_deleted_after_a_change_is_told(vendor: Vendor) -> None:
    """The vendor's mirror follows the new terms, and later deletions reach it."""
    lamp = vendor.story.add(name="Lamp", seller={"name": "CDW"})
    vendor.catch_up()
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    assert len(vendor.catch_up()) == 2
    vendor.story.records.delete(vendor.story.vault, Kind.PURCHASE, [lamp])
    assert [one["name"] for one in vendor.catch_up().values()] == ["Kettle"]


def test_a_first_code_that_waits_brings_the_changed_terms(story: Story) -> None:
    """What has not been taken up yet is changed like anything else."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    assert vendor.redeem().scope == "purchases:read"
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_a_longer_time_keeps_the_refresh_token(story: Story) -> None:
    """The tokens go on to the new end, and the sweep leaves them alone."""
    asked = Request.parse("purchases:read")
    vendor = story.vendor()
    terms = asked.grant(asked.rules, expires_at=story.clock() + DAY)
    request_id = vendor.ask({"scope": "purchases:read"})
    vendor.code = story.decisions.allow(story.vault, vendor.client, asked, terms, {}, request_id)
    vendor.redeem()
    [given] = story.consents.given(story.vault)
    vendor.grant_id = given.grant_id
    amend(vendor, replace(terms, expires_at=story.clock() + 30 * DAY))
    story.clock.ahead = 20 * DAY
    assert Sweeping(story.store).run().grants == 0
    vendor.refresh()
    assert vendor.names() == {"Kettle"}


def test_a_shorter_time_ends_it_then(vendor: Vendor) -> None:
    """Tokens and consent end at the new time."""
    story = vendor.story
    amend(vendor, replace(narrowed(vendor), expires_at=story.clock() + DAY))
    with story.database.read() as conn:
        kind = credentials.c.kind == int(CredentialKind.REFRESH_TOKEN)
        [end] = conn.scalars(select(credentials.c.expires_at).where(kind))
    assert end <= story.clock() + DAY
    story.clock.ahead = 2 * DAY
    with pytest.raises((InvalidGrant, InvalidToken)):
        vendor.refresh()


def test_what_was_dropped_is_renewed(vendor: Vendor) -> None:
    """With an old copy and the tokens nothing opens of it that was written since."""
    story = vendor.story
    with story.database.read() as conn:
        old_copy = steal(conn)
    tokens = (vendor.token, vendor.refresh_token, vendor.code)
    terms = Amending(story.store).find(story.vault, vendor.grant_id).terms
    amend(vendor, replace(terms, rules={Kind.ORDER: terms.rules[Kind.ORDER]}))
    with story.database.read() as conn:
        due = epochs.renewal_due(conn, story.vault.vault_id)
    assert Kind.PURCHASE.compartment in due
    assert Kind.ORDER.compartment not in due
    story.add(name="Secret lamp")
    with story.database.read() as conn:
        found = Attacker(story.store.keys, old_copy, steal(conn)).attack(*parsed(tokens))
    assert found.says("Kettle")
    assert not found.says("Secret lamp")


def test_gifts_that_are_shared_no_more_stay_closed(story: Story) -> None:
    """Their twin is renewed as any compartment."""
    story.mark(story.add(name="A watch"))
    vendor = story.connect(story.terms(Kind.PURCHASE, gifts=True))
    assert "A watch" in vendor.names()
    with story.database.read() as conn:
        old_copy = steal(conn)
    amend(vendor, narrowed(vendor))
    assert vendor.names() == {"Kettle"}
    story.mark(story.add(name="Secret ring"))
    with story.database.read() as conn:
        thief = Attacker(story.store.keys, old_copy, steal(conn))
    assert not thief.attack(*parsed((vendor.token, vendor.refresh_token))).says("Secret ring")


def test_a_token_that_was_narrowed_stays_so(vendor: Vendor) -> None:
    """It never carries more than it was asked for, whatever the consent becomes."""
    amend(vendor, narrowed(vendor, sellers=sellers("CDW")))
    assert vendor.names() == {"Kettle"}
    amend(vendor, narrowed(vendor, sellers=sellers("Amazon")))
    assert vendor.names() == set()
    amend(vendor, narrowed(vendor, sellers=frozenset({ANY})))
    assert vendor.names() == {"Kettle"}


def test_what_has_ended_or_is_held_back_cannot_be_changed(vendor: Vendor) -> None:
    """Nor another vault's, nor one that there is not."""
    story = vendor.story
    terms = narrowed(vendor)
    with story.database.write() as conn:
        recording = Recording(conn, story.store, story.vault.vault_id)
        grants.suspend_all(conn)
        recording.write(LedgerEvent.RESTORED)
    with pytest.raises(Conflict):
        amend(vendor, terms)
    story.consents.withdraw(story.vault, vendor.grant_id)
    with pytest.raises(Conflict):
        amend(vendor, terms)
    for unknown in ("00" * 16, "no id"):
        with pytest.raises(NotFound):
            Amending(story.store).find(story.vault, unknown)


def test_changes_at_once_come_one_after_the_other(vendor: Vendor) -> None:
    """Each is whole: what stands at the end is one of them, and the vault verifies."""
    terms = narrowed(vendor)
    choices = iter([frozenset({"name"}), frozenset({"price"})] * 4)
    outcomes = at_once(
        8,
        lambda: amend(
            vendor, replace(terms, rules={Kind.PURCHASE: rule(Kind.PURCHASE, fields=next(choices))})
        ),
    )
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    [item] = vendor.items()
    assert item.keys() in ({"id", "name"}, {"id", "price"})


def test_a_record_without_the_request_is_bound_by_what_stands(vendor: Vendor) -> None:
    """Consents from before the request was kept can be narrowed, and not widened."""
    story = vendor.story
    with story.database.write() as conn:
        recording = Recording(conn, story.store, story.vault.vault_id)
        [consent] = list(grants.live(conn, story.vault.ring, story.clock()))
        former = tuple(replace(one, asked=None) for one in consent.authorizations)
        grants.replace_consent(conn, story.vault.ring, replace(consent, authorizations=former))
        recording.write(LedgerEvent.RESTORED)
    stands = Amending(story.store).find(story.vault, vendor.grant_id)
    assert stands.asked.rules == stands.terms.rules
    with pytest.raises(InvalidInput):
        amend(vendor, replace(stands.terms, expires_at=stands.terms.expires_at + 60))
    amend(vendor, narrowed(vendor, fields=frozenset({"name"})))
    with pytest.raises(InvalidInput):
        amend(vendor, narrowed(vendor))
    [given] = story.consents.given(story.vault)
    assert given.state is GrantState.GIVEN


def save(anna: Customer, url: str, action: str = "save", **form: Any) -> Any:
    """Open the page of a consent and press a button, with what stands ticked but for `form`."""
    page = anna.open(url)
    assert page.status_code == 200, page.text
    sent = ticked(page.text) | {"csrf_token": anna.csrf_token, "action": action} | form
    return anna.browser.post(url, data=sent)


@sqlite_only
def test_the_page_shows_what_stands_and_saves_what_is_left(server: Served) -> None:
    """One click from the consents to the page, one to save; the vendor need not ask again."""
    anna = server.customer()
    anna.keep(Kind.PURCHASE, {"name": "Kettle", "price": "24.00", "seller": {"name": "CDW"}})
    vendor = connected(server, anna)
    [given] = server.services.consents.given(anna.vault())
    path = f"/consents/{given.grant_id}/change"
    assert f'href="{path}"' in anna.open(f"{ISSUER}/consents").text
    page = anna.open(ISSUER + path).text
    assert "Kettle" in page
    stands = ticked(page)
    assert stands == everything(page)
    assert stands["days"] == ["0"]
    assert "24.00" not in save(anna, ISSUER + path, "preview", clusters=["purchases.what"]).text
    assert save(anna, ISSUER + path, clusters=["purchases.what"]).status_code == 303
    [item] = vendor.get("/api/v1/purchases").json()["items"]
    assert item.keys() == {"id", "name"}
    after = ticked(anna.open(ISSUER + path).text)
    assert after == stands | {"clusters": ["purchases.what"]}


@sqlite_only
def test_the_page_refuses_in_words_and_ends_what_it_is_asked_to(server: Served) -> None:
    """Nothing ticked comes back with why; the vendor is blocked, and withdrawn, from there."""
    anna = server.customer()
    vendor = connected(server, anna)
    [given] = server.services.consents.given(anna.vault())
    url = f"{ISSUER}/consents/{given.grant_id}/change"
    refused = save(anna, url, clusters=[], fields=[])
    assert refused.status_code == 422
    assert "Choose at least one thing" in refused.text
    assert save(anna, url, "nothing").status_code == 422
    assert anna.browser.post(url, data={"action": "save"}).status_code == 400  # no CSRF token
    file = save(anna, url, "download")
    assert file.headers["Content-Disposition"] == 'attachment; filename="what-shop-will-see.json"'
    assert save(anna, url, "block").status_code == 303
    assert [one.client_id for one in server.services.blocking.blocked(anna.vault())] == [
        vendor.client_id
    ]
    assert "Withdraw" in anna.open(url).text
    assert anna.browser.get(f"{ISSUER}/consents/{'0' * 32}/change").status_code == 404
    assert anna.browser.get(f"{ISSUER}/consents/nothing/change").status_code == 404
    assert server.connection().get(url).status_code == 303
    assert server.customer("bert").browser.get(url).status_code == 404
