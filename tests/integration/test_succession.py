"""Rotating refresh tokens: what a retry gets, what ends it, and what a thief finds."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.story import Story, Vendor
from vault.composition import Services
from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Kind
from vault.errors import VaultError
from vault.services.access.bearers import InvalidToken
from vault.services.access.issuing import Issued
from vault.services.access.presented import InvalidGrant
from vault.services.access.succession import RETRY_SECONDS
from vault.services.upkeep.rotation import Rotation
from vault.services.upkeep.sweeping import Sweeping
from vault.storage import credentials


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with one purchase."""
    story = Story(services)
    story.add(name="Kettle")
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor with bearer tokens."""
    return story.connect(story.terms(Kind.PURCHASE))


def renew(vendor: Vendor, token: str) -> Issued:
    """Refresh with a token, whatever the vendor holds."""
    return vendor.story.tokens.refresh(token, vendor.client.client_id, None)


def reads(vendor: Vendor, token: str) -> bool:
    """Whether an access token opens the purchases."""
    try:
        page = vendor.story.disclosure.page(token, Kind.PURCHASE, None, 10, None)
    except InvalidToken:
        return False
    return [item["name"] for item in page.items] == ["Kettle"]


def wrap_of(vendor: Vendor, token: str) -> bytes | None:
    """The wrap in a refresh token's row."""
    credential = Credential.parse(CredentialKind.REFRESH_TOKEN, token)
    with vendor.story.database.read() as conn:
        row = credentials.find(conn, credential)
    assert row is not None
    return row.wrap


def state(vendor: Vendor) -> str:
    """How the consent stands."""
    [given] = vendor.story.consents.given(vendor.story.vault)
    return given.state.name


def assert_family_ended(vendor: Vendor, *issued: Issued) -> None:
    """The consent is revoked, and nothing that came of it works."""
    assert state(vendor) == "REVOKED"
    for one in issued:
        assert not reads(vendor, one.access_token)
        with pytest.raises(InvalidGrant):
            renew(vendor, one.refresh_token or "")


def test_a_retry_gets_the_same_successor_and_ends_the_lost_access_token(vendor: Vendor) -> None:
    """An answer that was lost costs the vendor nothing; who caught it reads nothing."""
    old = vendor.refresh_token
    lost = renew(vendor, old)
    vendor.story.clock.ahead = RETRY_SECONDS - 5
    again, last = renew(vendor, old), renew(vendor, old)
    assert lost.refresh_token == again.refresh_token == last.refresh_token != old
    assert len({lost.access_token, again.access_token, last.access_token}) == 3
    assert not reads(vendor, lost.access_token)
    assert not reads(vendor, again.access_token)
    assert reads(vendor, last.access_token)
    assert state(vendor) == "GIVEN"


@pytest.mark.parametrize("used", ["access token", "grant", "successor", "successor by a retry"])
def test_after_a_first_use_the_old_token_ends_the_consent(vendor: Vendor, used: str) -> None:
    """Whoever has the new tokens got the answer: another use of the old one is a thief's."""
    old = vendor.refresh_token
    issued = renew(vendor, old)
    if used == "successor by a retry":
        issued = renew(vendor, old)
    assert wrap_of(vendor, old)
    if used == "access token":
        assert reads(vendor, issued.access_token)
    elif used == "grant":
        vendor.story.granted.terms(issued.access_token, None)
    else:
        newer = renew(vendor, issued.refresh_token or "")
    assert wrap_of(vendor, old) is None
    with pytest.raises(InvalidGrant):
        renew(vendor, old)
    assert_family_ended(vendor, issued, *([newer] if used.startswith("successor") else []))


def test_after_a_minute_the_old_token_ends_the_consent(vendor: Vendor) -> None:
    """Used or not: a retry does not come so late."""
    old = vendor.refresh_token
    issued = renew(vendor, old)
    vendor.story.clock.ahead = RETRY_SECONDS + 1
    with pytest.raises(InvalidGrant):
        renew(vendor, old)
    assert_family_ended(vendor, issued)


@sqlite_only
def test_the_sweep_forgets_what_a_retry_would_need(vendor: Vendor) -> None:
    """After the minute neither salt nor seed is kept; the new tokens go on."""
    old = vendor.refresh_token
    issued = renew(vendor, old)
    Sweeping(vendor.story.store).run()
    assert wrap_of(vendor, old)
    vendor.story.clock.ahead = RETRY_SECONDS + 1
    Sweeping(vendor.story.store).run()
    assert wrap_of(vendor, old) is None
    assert reads(vendor, issued.access_token)
    renew(vendor, issued.refresh_token or "")


@sqlite_only
def test_a_withdrawal_ends_the_retry_too(vendor: Vendor) -> None:
    """No wrap of the consent is left."""
    old = vendor.refresh_token
    renew(vendor, old)
    vendor.story.consents.withdraw(vendor.story.vault, vendor.grant_id)
    assert wrap_of(vendor, old) is None
    with pytest.raises(InvalidGrant):
        renew(vendor, old)
    assert state(vendor) == "WITHDRAWN"


@sqlite_only
def test_a_rotated_token_is_not_live(vendor: Vendor) -> None:
    """Introspection does not call it active, and another client's retry finds nothing."""
    old = vendor.refresh_token
    renew(vendor, old)
    assert vendor.story.tokens.introspect(old, vendor.client.client_id) == {"active": False}
    with pytest.raises(InvalidGrant):
        vendor.story.tokens.refresh(old, vendor.story.vendor().client.client_id, None)
    assert state(vendor) == "GIVEN"


@sqlite_only
def test_a_retry_survives_a_new_key_of_the_server(vendor: Vendor) -> None:
    """The outer layer is sealed anew like any other; the successor stays the same."""
    old = vendor.refresh_token
    issued = renew(vendor, old)
    rotation = Rotation(vendor.story.store)
    rotation.renew_key()
    for vault_id in rotation.waiting():
        rotation.rewrap(vault_id)
    assert renew(vendor, old).refresh_token == issued.refresh_token


def test_parallel_refreshes_agree_on_one_successor(vendor: Vendor) -> None:
    """Of many at once each gets the same refresh token; one access token is left alive."""
    old = vendor.refresh_token

    def attempt(_: int) -> Issued | VaultError:
        try:
            return renew(vendor, old)
        except VaultError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(12)))
    issued = [one for one in outcomes if isinstance(one, Issued)]
    assert {one.code for one in outcomes if isinstance(one, VaultError)} <= {"busy"}
    assert len({one.refresh_token for one in issued}) == 1
    assert sum(reads(vendor, one.access_token) for one in issued) == 1
    assert state(vendor) == "GIVEN"


def test_a_stolen_database_with_the_secret_file_gives_no_successor(vendor: Vendor) -> None:
    """Without the old token nothing of it opens; with it, nothing does once the new one is used."""
    story, old = vendor.story, vendor.refresh_token
    issued = renew(vendor, old)
    keys = ServerKeys.load(story.store.keys._path)
    with story.database.read() as conn:
        before = steal(conn)
    assert Attacker(keys, before).attack().opened == []
    found = Attacker(keys, before).attack(*parsed([old]))
    [payload] = [one.plaintext for one in found.of("credentials")]
    successor = Credential.parse(CredentialKind.REFRESH_TOKEN, old).successor(payload[32:])
    assert successor.text == issued.refresh_token
    assert reads(vendor, issued.access_token)
    with story.database.read() as conn:
        after = steal(conn)
    assert Attacker(keys, after).attack(*parsed([old])).opened == []
