"""Consents, codes and tokens at the level of the use cases."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.conftest import sqlite_only
from tests.parallel import at_once
from tests.story import DAY, PURPOSE, Story, Vendor, rule, sellers
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.errors import InvalidInput, NotFound, VaultError
from vault.services.access.bearers import InsufficientScope, InvalidToken
from vault.services.access.presented import InvalidGrant
from vault.services.consents.requests import InvalidRequestUri
from vault.storage import schema


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with one purchase."""
    story = Story(services)
    story.add(name="Kettle", seller={"name": "Amazon"})
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that may read purchases."""
    return story.connect(story.terms(Kind.PURCHASE))


def test_of_twenty_exchanges_of_one_code_exactly_one_succeeds(story: Story) -> None:
    """And since a code was used twice, what came of it ends (RFC 9700, section 4.5)."""
    vendor = story.vendor()
    code = vendor.allow(story.terms(Kind.PURCHASE))
    mine = vendor.client.client_id
    outcomes = at_once(20, lambda: story.redemption.redeem(code, mine, lambda _: None, None))
    refused = [one for one in outcomes if isinstance(one, VaultError)]
    assert len(refused) == 19
    assert {one.code for one in refused} <= {"invalid_grant", "busy"}
    [issued] = [one for one in outcomes if not isinstance(one, VaultError)]
    vendor.token = issued.access_token  # type: ignore[attr-defined]
    with pytest.raises(InvalidToken):
        vendor.page()


def test_a_code_used_twice_ends_all_that_came_of_it(vendor: Vendor) -> None:
    """Access token and refresh token are dead, and the consent has ended."""
    with pytest.raises(InvalidGrant):
        vendor.redeem()
    with pytest.raises(InvalidToken):
        vendor.page()
    with pytest.raises(InvalidGrant):
        vendor.refresh()
    [given] = vendor.story.consents.given(vendor.story.vault)
    assert given.state.name == "REVOKED"


def test_a_rotated_refresh_token_used_again_ends_the_consent(vendor: Vendor) -> None:
    """A bearer client's stolen refresh token is found out by its second use."""
    stolen = vendor.refresh_token
    vendor.refresh()
    assert vendor.names() == {"Kettle"}
    vendor.refresh_token, kept = stolen, vendor.refresh_token
    with pytest.raises(InvalidGrant):
        vendor.refresh()
    vendor.refresh_token = kept
    with pytest.raises(InvalidGrant):
        vendor.refresh()
    with pytest.raises(InvalidToken):
        vendor.page()


@pytest.mark.parametrize("what", ["code", "refresh_token"])
def test_another_clients_credential_is_refused_and_costs_its_owner_nothing(
    story: Story, what: str
) -> None:
    """A code or refresh token presented by another client is unknown to it."""
    victim, thief = story.vendor("Shop"), story.vendor("Thief")
    victim.allow(story.terms(Kind.PURCHASE))
    if what == "refresh_token":
        victim.redeem()
    thief.code, thief.refresh_token = victim.code, victim.refresh_token
    with pytest.raises(InvalidGrant):
        thief.redeem() if what == "code" else thief.refresh()
    if what == "code":
        victim.redeem()
    else:
        victim.refresh()
    assert victim.names() == {"Kettle"}


def test_a_failed_check_of_the_exchange_consumes_nothing(story: Story) -> None:
    """Whoever caught a code without its verifier cannot burn it."""

    def refuse(_: object) -> None:
        raise InvalidInput("the verifier does not fit")

    vendor = story.vendor()
    code = vendor.allow(story.terms(Kind.PURCHASE))
    with pytest.raises(InvalidInput):
        story.redemption.redeem(code, vendor.client.client_id, refuse, None)
    vendor.redeem()
    assert vendor.names() == {"Kettle"}


def test_revoking_an_access_token_ends_it_alone(vendor: Vendor) -> None:
    """The refresh token brings another."""
    vendor.story.tokens.revoke(vendor.token, vendor.client.client_id)
    with pytest.raises(InvalidToken):
        vendor.page()
    vendor.refresh()
    assert vendor.names() == {"Kettle"}


def test_a_vendor_that_gives_its_refresh_token_back_has_ended_the_consent(vendor: Vendor) -> None:
    """The access token is dead with it, and the customer sees why."""
    vendor.story.tokens.revoke(vendor.refresh_token, vendor.client.client_id)
    with pytest.raises(InvalidToken):
        vendor.page()
    assert vendor.story.events("consent_revoked")


@sqlite_only
def test_tokens_expire(vendor: Vendor) -> None:
    """After ten minutes the token, after its consent's end everything."""
    vendor.story.clock.ahead = 601
    with pytest.raises(InvalidToken):
        vendor.page()
    vendor.refresh()
    vendor.story.clock.ahead = 31 * DAY
    with pytest.raises(InvalidGrant):
        vendor.refresh()


@sqlite_only
def test_an_extended_expiry_is_not_believed(vendor: Vendor) -> None:
    """Times in the rows are in clear; what counts is sealed."""
    story = vendor.story
    with story.database.write() as conn:
        conn.execute(update(schema.credentials).values(expires_at=2**61))
        conn.execute(update(schema.grants).values(expires_at=2**61))
    story.clock.ahead = 31 * DAY
    with pytest.raises(InvalidToken):
        vendor.page()
    with pytest.raises(InvalidGrant):
        vendor.refresh()


@sqlite_only
def test_a_token_is_for_its_kinds_alone(vendor: Vendor) -> None:
    """Another kind is refused with insufficient_scope, and the customer sees it."""
    with pytest.raises(InsufficientScope):
        vendor.page(Kind.ORDER)
    assert vendor.story.events("refusal")[0].details["reason"] == "insufficient_scope"


@sqlite_only
@pytest.mark.parametrize(
    "text", ["", "vat_", "vat_" + "A" * 43, "vrt_" + "A" * 43, "vat_" + "é" * 43, "x" * 5000]
)
def test_what_is_no_token_is_refused(vendor: Vendor, text: str) -> None:
    """Garbage, other kinds and unknown tokens are refused alike."""
    vendor.token = text
    with pytest.raises(InvalidToken):
        vendor.page()


@sqlite_only
def test_a_refresh_token_is_no_access_token(vendor: Vendor) -> None:
    """Nor a code: the prefix tells the kind, and the look-up is the kind's own."""
    good = vendor.token
    for text in (vendor.refresh_token, vendor.code, "vat_" + vendor.refresh_token[4:]):
        vendor.token = text
        with pytest.raises(InvalidToken):
            vendor.page()
    vendor.token = good
    assert vendor.names() == {"Kettle"}


@sqlite_only
def test_a_consent_never_goes_beyond_the_request(story: Story) -> None:
    """More fields, gifts, sellers, another purpose, or more than once: refused whole."""
    asked = Request(
        rules={Kind.PURCHASE: rule(Kind.PURCHASE, fields=frozenset({"name"}))},
        purposes=(PURPOSE,),
        once=True,
    )
    fits = asked.grant(asked.rules, expires_at=story.clock() + DAY)
    beyond: list[Terms] = [
        replace(fits, rules={Kind.PURCHASE: rule(Kind.PURCHASE)}),
        replace(fits, rules={Kind.PURCHASE: replace(fits.rules[Kind.PURCHASE], gifts=True)}),
        replace(fits, rules={**fits.rules, Kind.ORDER: rule(Kind.ORDER)}),
        replace(fits, purposes=("https://w3id.org/dpv#Marketing",)),
        replace(fits, once=False),
    ]
    vendor = story.vendor()
    for terms in beyond:
        request_id = vendor.ask({})
        with pytest.raises(InvalidInput):
            story.decisions.allow(story.vault, vendor.client, asked, terms, {}, request_id)
    assert story.consents.given(story.vault) == []


def test_of_two_decisions_on_one_request_one_counts(story: Story) -> None:
    """A request is spent with its decision, whoever is faster."""
    vendor = story.vendor()
    terms = story.terms(Kind.PURCHASE)
    asked = Request(rules=terms.rules, purposes=terms.purposes)
    request_id = vendor.ask({})
    outcomes = at_once(
        4, lambda: story.decisions.allow(story.vault, vendor.client, asked, terms, {}, request_id)
    )
    refused = [one for one in outcomes if isinstance(one, VaultError)]
    assert len(refused) == 3
    assert all(isinstance(one, InvalidRequestUri) for one in refused)
    assert len(story.consents.given(story.vault)) == 1


@sqlite_only
def test_another_vaults_consent_is_not_there(services: Services, vendor: Vendor) -> None:
    """Nobody withdraws what is another's."""
    other = Story(services, "bert")
    with pytest.raises(NotFound):
        other.consents.withdraw(other.vault, vendor.grant_id)
    assert vendor.names() == {"Kettle"}


@sqlite_only
def test_a_vendor_is_named_by_the_sealed_consent(story: Story, vendor: Vendor) -> None:
    """Whoever can write to the table cannot pass one vendor off as another."""
    with story.database.write() as conn:
        conn.execute(update(schema.grants).values(client_id="somebody-trusted"))
    [given] = story.consents.given(story.vault)
    assert (given.client_id, given.client_name) == (vendor.client.client_id, "Shop")


@sqlite_only
def test_many_dead_tokens_at_once_starve_nobody(story: Story, vendor: Vendor) -> None:
    """A refusal needs one connection at a time, so a flood of them does not lock the server up."""
    story.consents.withdraw(story.vault, vendor.grant_id)
    outcomes = at_once(40, vendor.page)
    assert all(isinstance(one, InvalidToken) for one in outcomes)
    [entry] = story.events("refusal")
    assert entry.repeated == 39


@sqlite_only
def test_license_keys_follow_their_own_rule(story: Story) -> None:
    """Keys are shown for the licenses that the keys' rule covers, not for all that are shown."""
    for seller in ("CDW", "Amazon"):
        party = {"name": seller}
        story.add(Kind.LICENSE, name=seller, seller=party, keys=[f"KEY-{seller}"])
    without = story.connect(story.terms(Kind.LICENSE), "A")
    assert all("keys" not in item for item in without.items(Kind.LICENSE))
    rules = {
        Kind.LICENSE: rule(Kind.LICENSE),
        Kind.LICENSE_KEY: rule(Kind.LICENSE_KEY, sellers=sellers("CDW")),
    }
    some = story.connect(replace(story.terms(Kind.LICENSE), rules=rules), "B")
    shown = {item["name"]: item.get("keys") for item in some.items(Kind.LICENSE)}
    assert shown == {"CDW": ["KEY-CDW"], "Amazon": None}
