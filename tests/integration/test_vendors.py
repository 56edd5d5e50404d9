"""Registering vendors, and what may be used once; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.vendor_client import ec_key, public
from vault.errors import InvalidInput, NotFound
from vault.services.access.replays import Replays
from vault.services.vendors.vendors import Registration, Vendors, as_json, registration_of
from vault.storage.engine import Database

URI = "https://vendor.example/callback"
JWKS = {"keys": [{**public(ec_key()), "kid": "1"}]}


@pytest.fixture
def vendors(database: Database) -> Vendors:
    """The vendors of an empty server."""
    return Vendors(database)


def test_a_fapi_client_is_found_again_with_its_keys(vendors: Vendors) -> None:
    """What was registered is what is found; there is no secret."""
    client, secret = vendors.register(Registration("CDW", (URI,), jwks=JWKS))
    assert secret is None
    assert vendors.find(client.client_id) == client
    metadata = as_json(client)
    assert metadata["token_endpoint_auth_method"] == "private_key_jwt"
    assert metadata["jwks"]["keys"][0]["kid"] == "1"
    assert metadata["dpop_bound_access_tokens"]


def test_a_secret_is_shown_once_and_not_stored(vendors: Vendors) -> None:
    """Of a secret only the hash is kept."""
    client, secret = vendors.register(Registration("Shop", (URI,), profile="basic"))
    assert secret is not None
    found = vendors.find(client.client_id)
    assert found is not None
    assert found.check_client_secret(secret)
    assert secret not in repr(found)
    assert as_json(client, secret)["client_secret_expires_at"] == 0


def test_verifying_names_the_sellers_and_only_then_self_means_something(vendors: Vendors) -> None:
    """Until the operator has verified a client, `self` names nobody."""
    client, _ = vendors.register(Registration("CDW", (URI,), jwks=JWKS))
    assert client.sellers == ()
    verified = vendors.verify(client.client_id, ["cdw.com", " CDW Direct ", "cdw.com"])
    assert verified.verified
    assert verified.sellers == ("CDW Direct", "cdw.com")


def test_a_client_may_publish_its_keys(vendors: Vendors) -> None:
    """The address of its keys stands in place of them."""
    uri = "https://keys.vendor.example/jwks.json"
    client, secret = vendors.register(Registration("CDW", (URI,), jwks_uri=uri))
    assert secret is None
    assert vendors.find(client.client_id) == client
    metadata = as_json(client)
    assert metadata["jwks_uri"] == uri
    assert "jwks" not in metadata
    assert metadata["token_endpoint_auth_method"] == "private_key_jwt"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "CDW Corporation"},
        {"redirect_uris": (URI, f"{URI}/2")},
        {"jwks": {"keys": [public(ec_key())]}},
        {"jwks": None, "jwks_uri": "https://keys.vendor.example/"},
        {"policy_uri": "https://vendor.example/privacy"},
    ],
    ids="-".join,
)
def test_a_changed_client_must_be_verified_again(vendors: Vendors, change: dict[str, Any]) -> None:
    """The operator has vouched for what it was, not for what it is now."""
    registration = Registration("CDW", (URI,), jwks=JWKS)
    client_id = vendors.register(registration)[0].client_id
    vendors.verify(client_id, ["cdw.com"])
    assert vendors.update(client_id, registration).sellers == ("cdw.com",)
    vendors.update(client_id, replace(registration, **change))
    changed = vendors.get(client_id)
    assert registration_of(changed) == replace(registration, **change)
    assert not changed.verified
    assert changed.seller_identifiers == ()


def test_a_clients_profile_cannot_be_changed(vendors: Vendors) -> None:
    """A `fapi` client is not turned into a weaker one, and nobody unknown is updated."""
    client, _ = vendors.register(Registration("CDW", (URI,), jwks=JWKS))
    with pytest.raises(InvalidInput):
        vendors.update(client.client_id, Registration("CDW", (URI,), profile="basic"))
    with pytest.raises(NotFound):
        vendors.update("vendor-0", Registration("CDW", (URI,), jwks=JWKS))


def test_a_removed_client_is_unknown(vendors: Vendors) -> None:
    """After its removal nobody finds a client, and removing it again is refused."""
    client, _ = vendors.register(Registration("CDW", (URI,), jwks=JWKS))
    vendors.remove(client.client_id)
    assert vendors.find(client.client_id) is None
    assert vendors.list() == []
    with pytest.raises(NotFound):
        vendors.remove(client.client_id)
    with pytest.raises(NotFound):
        vendors.verify(client.client_id)


@pytest.mark.parametrize("client_id", ["", "x" * 65, "vendor-0", "vendor\0", "\ud800"])
def test_an_unknown_client_is_none(vendors: Vendors, client_id: str) -> None:
    """Ids of any length are looked up without harm."""
    assert vendors.find(client_id) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://vendor.example/cb",
        "https://vendor.example/cb#fragment",
        "https://user@vendor.example/cb",
        "https://vendor.example:x/cb",
        "https:///cb",
        "https://vendor.example\\@evil.example/",
        "https://vendor.example/c b",
        "https://vendor.example/\n",
        "javascript:alert(1)",
        "com.vendor.app:/cb",
        "https://vendör.example/cb",
        "https://*.example/cb",
        "https://vendor.example;sandbox/cb",
        "https://vendor.example,*/cb",
        f"https://vendor.example/{'x' * 2000}",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_doubtful_redirect_uri_is_refused(vendors: Vendors, uri: str) -> None:
    """Redirect URIs are https, or http on this machine, without fragment or user."""
    with pytest.raises(InvalidInput):
        vendors.register(Registration("CDW", (uri,), jwks=JWKS))


@pytest.mark.parametrize(
    "registration",
    [
        Registration("", (URI,), jwks=JWKS),
        Registration("x" * 201, (URI,), jwks=JWKS),
        Registration("a\u202eb", (URI,), jwks=JWKS),
        Registration("CDW", (), jwks=JWKS),
        Registration("CDW", (URI,)),
        Registration("CDW", (URI,), jwks={"keys": []}),
        Registration("CDW", (URI,), jwks={"keys": [ec_key().as_dict(private=True)]}),
        Registration("CDW", (URI,), profile="basic", jwks=JWKS),
        Registration("CDW", (URI,), profile="public"),
        Registration("CDW", (URI,), jwks=JWKS, policy_uri="javascript:alert(1)"),
        Registration("CDW", (URI,), jwks=JWKS, jwks_uri=URI),
        Registration("CDW", (URI,), profile="basic", jwks_uri=URI),
        Registration("CDW", (URI,), jwks_uri="http://localhost/jwks"),
        Registration("CDW", (URI,), jwks_uri="https://127.0.0.1/jwks"),
        Registration("CDW", (URI,), jwks_uri="https://metadata/jwks"),
        Registration("CDW", (URI,), jwks_uri="file:///etc/passwd"),
    ],
    ids=range(16),
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_registration_that_cannot_be_is_refused(
    vendors: Vendors, registration: Registration
) -> None:
    """Names, profiles and keys are checked; there are no public clients."""
    with pytest.raises(InvalidInput):
        vendors.register(registration)


def test_of_twenty_parallel_claims_one_succeeds(database: Database) -> None:
    """An identifier counts once, whoever comes at the same time."""
    replays = Replays(database)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: replays.claim(b"k" * 32, 100), range(20)))
    assert taken.count(True) == 1


def test_the_sweep_forgets_only_what_has_expired(database: Database) -> None:
    """A replay is remembered until it would be refused for its age anyway."""
    replays = Replays(database, clock=lambda: 200)
    assert replays.claim(b"a" * 32, 100)
    assert replays.claim(b"b" * 32, 300)
    assert replays.sweep() == 1
    assert replays.claim(b"a" * 32, 400)
    assert not replays.claim(b"b" * 32, 300)
