"""DPoP proofs: each check of RFC 9449 section 4.3 refuses by its own name."""

import time
from typing import Any

import httpx
import pytest

from tests.vendor_client import ALGORITHMS, VendorClient, base64url, ec_key, public
from vault.services.access.proofs import (
    InvalidProof,
    NonceRequired,
    Nonces,
    Proofs,
    normalised,
    token_hash,
)

ISSUER = "https://vault.example"
PATH = "/api/v1/purchases"


class Clock:
    """A clock that can be set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        """Say what time it is."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The server's clock."""
    return Clock()


@pytest.fixture
def proofs(clock: Clock) -> Proofs:
    """A server's checks."""
    return Proofs(ISSUER, Nonces(bytes(32), clock), clock)


@pytest.fixture
def vendor(proofs: Proofs) -> VendorClient:
    """A client that knows the server's nonce."""
    return VendorClient(httpx.Client(), ISSUER, "vendor", nonce=proofs.nonces.current())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_good_proof_names_its_key(proofs: Proofs, vendor: VendorClient, algorithm: str) -> None:
    """A proof by any allowed kind of key yields that key's thumbprint."""
    vendor.dpop_alg, vendor.dpop_key = algorithm, ALGORITHMS[algorithm]()
    proof = proofs.check([vendor.proof("GET", PATH, "token")], "GET", PATH, "token")
    assert proof.jkt == vendor.dpop_key.thumbprint()


def test_two_proofs_with_one_jti_have_one_replay_key(proofs: Proofs, vendor: VendorClient) -> None:
    """The replay key depends on the key and the `jti` alone, and lasts as long as the proof."""

    def same(_header: dict[str, Any], claims: dict[str, Any]) -> None:
        claims["jti"] = "one"

    one, two = (
        proofs.check([vendor.proof("GET", PATH, change=same)], "GET", PATH) for _ in range(2)
    )
    assert one.replay["jti"] == two.replay["jti"]
    assert len(one.replay["jti"]) == 32
    assert one.replay["expires_at"] > time.time() + 120


def moment(name: str, seconds: int) -> Any:
    """A change of one time, counted from when the token is made and not from when tests are."""

    def change(_header: dict[str, Any], claims: dict[str, Any]) -> None:
        claims[name] = time.time() + seconds

    return change


def claim(name: str, value: object) -> Any:
    """A change of one claim; None takes it away."""

    def change(_header: dict[str, Any], claims: dict[str, Any]) -> None:
        claims[name] = value
        if value is None:
            del claims[name]

    return change


def header(name: str, value: object) -> Any:
    """A change of one header member; None takes it away."""

    def change(members: dict[str, Any], _claims: dict[str, Any]) -> None:
        members[name] = value
        if value is None:
            del members[name]

    return change


BAD = {
    "typ missing": header("typ", None),
    "typ JWT": header("typ", "JWT"),
    "jwk missing": header("jwk", None),
    "jwk another": header("jwk", public(ec_key())),
    "jwk private": header("jwk", ec_key().as_dict(private=True)),
    "htm another": claim("htm", "POST"),
    "htm lower case": claim("htm", "get"),
    "htm missing": claim("htm", None),
    "htu another path": claim("htu", ISSUER + "/api/v1/orders"),
    "htu another host": claim("htu", "https://evil.example" + PATH),
    "htu another port": claim("htu", "https://vault.example:444" + PATH),
    "htu http": claim("htu", "http://vault.example" + PATH),
    "htu relative": claim("htu", PATH),
    "htu no port number": claim("htu", "https://vault.example:x" + PATH),
    "htu with user": claim("htu", "https://a@vault.example" + PATH),
    "htu missing": claim("htu", None),
    "iat missing": claim("iat", None),
    "iat stale": moment("iat", -3600),
    "iat far ahead": moment("iat", 61),
    "iat text": claim("iat", "now"),
    "jti missing": claim("jti", None),
    "jti empty": claim("jti", ""),
    "jti a number": claim("jti", 1),
    "jti endless": claim("jti", "x" * 300),
    "ath missing": claim("ath", None),
    "ath another": claim("ath", token_hash("another")),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_faulty_proof_is_refused(proofs: Proofs, vendor: VendorClient, fault: str) -> None:
    """One fault is enough."""
    text = vendor.proof("GET", PATH, "token", BAD[fault])
    with pytest.raises(InvalidProof) as refusal:
        proofs.check([text], "GET", PATH, "token")
    assert refusal.value.code == "invalid_dpop_proof"


@pytest.mark.parametrize("count", [0, 2])
def test_there_is_exactly_one_header(proofs: Proofs, vendor: VendorClient, count: int) -> None:
    """No DPoP header, or two, is no proof (section 4.3 item 1)."""
    with pytest.raises(InvalidProof):
        proofs.check([vendor.proof("GET", PATH)] * count, "GET", PATH)


def test_ten_seconds_ahead_is_accepted(proofs: Proofs, vendor: VendorClient) -> None:
    """A client's clock may run a little ahead (FAPI 2.0 5.3.2.1)."""
    ahead = claim("iat", time.time() + 10)
    assert proofs.check([vendor.proof("GET", PATH, change=ahead)], "GET", PATH)


@pytest.mark.parametrize("nonce", [None, "", "x", base64url(bytes(24)), 7])
def test_a_missing_or_foreign_nonce_is_challenged(
    proofs: Proofs, vendor: VendorClient, nonce: object
) -> None:
    """Without a nonce of this server the answer names the one to use."""
    vendor.nonce = "replaced"
    with pytest.raises(NonceRequired):
        proofs.check([vendor.proof("GET", PATH, change=claim("nonce", nonce))], "GET", PATH)


def test_a_nonce_outlives_one_step_and_then_ends(clock: Clock) -> None:
    """A nonce is accepted in its own and in the next step, not later and not earlier."""
    nonces = Nonces(bytes(32), clock)
    clock.now = 1_800_000_000
    nonce = nonces.current()
    clock.now += 150
    assert nonces.current() != nonce
    assert nonces.accepts(nonce)
    clock.now += 150
    assert not nonces.accepts(nonce)


def test_another_keys_nonce_is_not_accepted(clock: Clock) -> None:
    """Nonces cannot be made without the server's key."""
    assert not Nonces(bytes(32), clock).accepts(Nonces(b"1" * 32, clock).current())


@pytest.mark.parametrize(
    "spelling",
    [
        "HTTPS://VAULT.example/api/v1/purchases",
        "https://vault.example:443/api/v1/purchases",
        "https://vault.example/api/v1/purchases?cursor=a#b",
        "https://vault.example/%61pi/v1/purchases",
    ],
)
def test_spellings_of_one_address_are_one(spelling: str) -> None:
    """Case, default port, query, fragment and needless escapes do not count."""
    assert normalised(spelling) == normalised(ISSUER + PATH)


def test_an_escaped_slash_is_not_a_slash() -> None:
    """Reserved characters keep their meaning when normalised."""
    assert normalised("https://vault.example/a%2fb") == "https://vault.example/a%2Fb"
