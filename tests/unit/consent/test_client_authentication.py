"""Client authentication: a signed assertion once, or a secret; each refusal by its name."""

import time
from base64 import b64encode
from typing import Any

import httpx
import pytest
from authlib.oauth2.rfc6749 import InvalidClientError

from tests.vendor_client import (
    ALGORITHMS,
    ASSERTION_TYPE,
    VendorClient,
    base64url,
    ec_key,
    public,
    rsa_key,
)
from vault.consent import client_secret_basic
from vault.consent.private_key_jwt import Assertions
from vault.services.access.replays import Replays
from vault.services.vendors.key_sets import KeySets
from vault.storage.clients import BASIC, FAPI, Client, secret_hash

ISSUER = "https://vault.example"
KEY_SETS = KeySets(httpx.Client())


class OnceInMemory(Replays):
    """What `Replays` does, for one process."""

    def __init__(self) -> None:  # no database
        self.taken: dict[bytes, int] = {}

    def claim(self, key: bytes, expires_at: int) -> bool:
        """Take a key once."""
        if key in self.taken:
            return False
        self.taken[key] = expires_at
        return True


class FakeRequest:
    """What the authentication reads of a request."""

    def __init__(self, form: dict[str, str], authorization: str = "") -> None:
        self.form = form
        self.headers = {"Authorization": authorization}


def client(vendor: VendorClient | None = None, secret: str | None = None) -> Client:
    """A registered client with the vendor's public key, or with a secret."""
    return Client(
        client_id="vendor",
        name="Vendor",
        profile=FAPI if vendor else BASIC,
        redirect_uris=("https://vendor.example/cb",),
        jwks={"keys": [public(vendor._key())]} if vendor else None,
        secret_hash=secret_hash(secret) if secret else None,
        verified_at=None,
        seller_identifiers=(),
        policy_uri=None,
        created_at=0,
    )


@pytest.fixture
def vendor() -> VendorClient:
    """A vendor with a P-256 key."""
    return VendorClient(httpx.Client(), ISSUER, "vendor", ec_key())


def authenticate(
    vendor: VendorClient, assertion: str, replays: Any = None, kind: str = ASSERTION_TYPE
) -> Client | None:
    """Present an assertion to the server that knows the vendor."""
    known = {"vendor": client(vendor)}
    request = FakeRequest({"client_assertion": assertion, "client_assertion_type": kind})
    checks = Assertions(ISSUER, replays or OnceInMemory(), KEY_SETS)
    return checks.authenticate(known.get, request)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_allowed_algorithm_authenticates(vendor: VendorClient, algorithm: str) -> None:
    """ES256, EdDSA and PS256 are accepted."""
    vendor.alg, vendor.key = algorithm, ALGORITHMS[algorithm]()
    assert authenticate(vendor, vendor.assertion()) == client(vendor)


def test_an_unknown_client_is_nobody(vendor: VendorClient) -> None:
    """A well-signed assertion of a client that is not registered authenticates nobody."""
    known = client(vendor)
    vendor.client_id = "stranger"
    request = FakeRequest(
        {"client_assertion": vendor.assertion(), "client_assertion_type": ASSERTION_TYPE}
    )
    checks = Assertions(ISSUER, OnceInMemory(), KEY_SETS)
    assert checks.authenticate({"vendor": known}.get, request) is None


def claims(**changes: object) -> Any:
    """A change of claims; None takes one away."""

    def change(_header: dict[str, Any], claims: dict[str, Any]) -> None:
        for name, value in changes.items():
            claims[name] = value
            if value is None:
                del claims[name]

    return change


def typ(value: str) -> Any:
    """A change of the header's type."""

    def change(header: dict[str, Any], _claims: dict[str, Any]) -> None:
        header["typ"] = value

    return change


def moment(name: str, seconds: int) -> Any:
    """A change of one time, counted from when the token is made and not from when tests are."""

    def change(_header: dict[str, Any], claims: dict[str, Any]) -> None:
        claims[name] = time.time() + seconds

    return change


BAD = {
    "aud a list": claims(aud=[ISSUER]),
    "aud the token endpoint": claims(aud=f"{ISSUER}/oauth/token"),
    "aud another server": claims(aud="https://other.example"),
    "aud with a slash": claims(aud=f"{ISSUER}/"),
    "aud missing": claims(aud=None),
    "iss another": claims(iss="another"),
    "iss missing": claims(iss=None),
    "sub missing": claims(sub=None),
    "sub a list": claims(sub=["vendor"]),
    "jti missing": claims(jti=None),
    "jti empty": claims(jti=""),
    "exp missing": claims(exp=None),
    "exp past": moment("exp", -1),
    "exp far": moment("exp", 90_000),
    "exp text": claims(exp="tomorrow"),
    "iat ahead": moment("iat", 61),
    "nbf ahead": moment("nbf", 61),
    "a DPoP proof": typ("dpop+jwt"),
    "an access token": typ("at+jwt"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_faulty_assertion_is_refused(vendor: VendorClient, fault: str) -> None:
    """One fault is enough."""
    with pytest.raises(InvalidClientError):
        authenticate(vendor, vendor.assertion(BAD[fault]))


def test_ten_seconds_ahead_is_accepted(vendor: VendorClient) -> None:
    """A client's clock may run a little ahead (FAPI 2.0 5.3.2.1)."""
    ahead = claims(iat=time.time() + 10, nbf=time.time() + 10)
    assert authenticate(vendor, vendor.assertion(ahead))


def test_an_assertion_counts_once(vendor: VendorClient) -> None:
    """The same `jti` a second time is a replay."""
    replays, assertion = OnceInMemory(), vendor.assertion()
    assert authenticate(vendor, assertion, replays)
    with pytest.raises(InvalidClientError):
        authenticate(vendor, assertion, replays)


def test_an_unsigned_assertion_is_refused(vendor: VendorClient) -> None:
    """`alg: none` is refused, with and without a signature part."""
    _, payload, signature = vendor.assertion().split(".")
    header = base64url(b'{"alg":"none"}')
    for text in (f"{header}.{payload}.", f"{header}.{payload}.{signature}"):
        with pytest.raises(InvalidClientError):
            authenticate(vendor, text)


def test_rs256_is_refused(vendor: VendorClient) -> None:
    """An RSA key signs with PS256 or not at all."""
    vendor.alg, vendor.key = "RS256", rsa_key()
    with pytest.raises(InvalidClientError):
        authenticate(vendor, vendor.assertion())


def test_a_public_key_used_as_hmac_secret_is_refused(vendor: VendorClient) -> None:
    """HS256 with the public key as its secret: the classic confusion."""
    header = base64url(b'{"alg":"HS256"}')
    _, payload, signature = vendor.assertion().split(".")
    with pytest.raises(InvalidClientError):
        authenticate(vendor, f"{header}.{payload}.{signature}")


def test_another_key_is_refused(vendor: VendorClient) -> None:
    """A signature by a key that is not registered is refused."""
    with pytest.raises(InvalidClientError):
        authenticate(vendor, vendor.assertion(key=ec_key()))


def test_another_assertion_type_is_refused(vendor: VendorClient) -> None:
    """SAML assertions are not taken for JWTs."""
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    with pytest.raises(InvalidClientError):
        authenticate(vendor, vendor.assertion(), kind=saml)


def basic(text: str, scheme: str = "Basic") -> FakeRequest:
    """A request with user and password."""
    return FakeRequest({}, f"{scheme} {b64encode(text.encode()).decode()}")


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_a_secret_authenticates(scheme: str) -> None:
    """The scheme's case does not count; form encoding is undone (RFC 6749 section 2.3.1)."""
    known = {"vendor": client(secret="s-1")}
    request = basic("vendor:s%2D1", scheme)
    assert client_secret_basic.authenticate(known.get, request) == known["vendor"]


@pytest.mark.parametrize(
    "request_",
    [
        basic("vendor:wrong"),
        basic("vendor:"),
        basic("stranger:s-1"),
        basic("vendor"),
        basic("vendor:s-1", "Bearer"),
        FakeRequest({}, "Basic !!!"),
        FakeRequest({}, "Basic w6k="),
    ],
    ids=range(7),
)
def test_a_wrong_secret_is_nobody(request_: FakeRequest) -> None:
    """Wrong, missing or malformed credentials authenticate nobody."""
    known = {"vendor": client(secret="s-1")}
    assert client_secret_basic.authenticate(known.get, request_) is None


def test_a_client_without_a_secret_has_none_that_fits(vendor: VendorClient) -> None:
    """A client with keys cannot be entered by any secret."""
    assert not client(vendor).check_client_secret("")
