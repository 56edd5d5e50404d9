"""Keys and signed tokens: three algorithms, public keys, nothing else."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, OctKey, OKPKey

from tests.vendor_client import ALGORITHMS, base64url, ec_key, ed_key, public, rsa_key, sign
from vault.errors import InvalidInput
from vault.services.vendors import jose


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_allowed_algorithm_verifies_with_its_own_kind_of_key(algorithm: str) -> None:
    """ES256, EdDSA and PS256 verify."""
    key = ALGORITHMS[algorithm]()
    token = jose.take_apart(sign(key, {"alg": algorithm}, b'{"a": 1}'))
    assert token.verify(jose.public_key(public(key))) == {"a": 1}


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "ES384", "PS512", "Ed448", "none", "", 5])
def test_any_other_algorithm_is_refused_before_a_key_is_looked_at(algorithm: object) -> None:
    """A token that names an algorithm outside the list is refused."""
    header = base64url(json.dumps({"alg": algorithm}).encode())
    with pytest.raises(InvalidInput):
        jose.take_apart(f"{header}.e30.AAAA")


def test_the_key_and_not_the_header_chooses_the_algorithm() -> None:
    """An ES256 signature does not verify with a key for PS256."""
    token = jose.take_apart(sign(ec_key(), {"alg": "ES256"}, b"{}"))
    with pytest.raises(InvalidInput, match="algorithm"):
        token.verify(jose.public_key(public(rsa_key())))


def test_another_keys_signature_is_refused() -> None:
    """A signature by one key does not verify with another of the same kind."""
    token = jose.take_apart(sign(ec_key(), {"alg": "ES256"}, b"{}"))
    with pytest.raises(InvalidInput, match="signature"):
        token.verify(jose.public_key(public(ec_key())))


def test_a_changed_payload_is_refused() -> None:
    """A signature does not hold for another payload."""
    key = ec_key()
    header, _, signature = sign(key, {"alg": "ES256"}, b'{"a": 1}').split(".")
    token = jose.take_apart(f"{header}.{base64url(b'{}')}.{signature}")
    with pytest.raises(InvalidInput, match="signature"):
        token.verify(jose.public_key(public(key)))


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.b", "a.b.c.d", "é.b.c", "!.e30.AA", "W10.e30.AA", "e30.W10.AA", "e30.e30.AA"],
)
def test_what_is_no_signed_jwt_is_refused(text: str) -> None:
    """Wrong shape, wrong alphabet, or parts that are no objects."""
    with pytest.raises(InvalidInput):
        jose.take_apart(text)


def test_deeply_nested_json_is_refused_and_not_a_crash() -> None:
    """JSON nested thousands deep is an error of the sender."""
    header = base64url(b'{"alg":"ES256"}')
    with pytest.raises(InvalidInput):
        jose.take_apart(f"{header}.{base64url(b'[' * 5000)}.AA")


def test_an_overlong_token_is_refused() -> None:
    """A header or payload beyond its limit is not even decoded."""
    with pytest.raises(InvalidInput, match="long"):
        jose.take_apart(f"e30.{'A' * 9000}.AA")


@pytest.mark.parametrize("extension", [{"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}])
def test_critical_header_extensions_are_refused(extension: dict[str, Any]) -> None:
    """`crit` names what must be understood, and nothing is (RFC 7515 section 4.1.11)."""
    header = base64url(json.dumps({"alg": "ES256", **extension}).encode())
    with pytest.raises(InvalidInput, match="extensions"):
        jose.take_apart(f"{header}.e30.AA")


@pytest.mark.parametrize("key", [ec_key(), ed_key(), rsa_key()], ids=("EC", "OKP", "RSA"))
def test_a_private_key_is_refused(key: Key) -> None:
    """A key set with a private part would have leaked it."""
    with pytest.raises(InvalidInput, match="private"):
        jose.public_key(key.as_dict(private=True))


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        {},
        {"kty": "oct"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": 1, "y": 2},
        {"kty": "OKP", "crv": "Ed25519", "x": "!"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        OctKey.generate_key(256).as_dict(private=True),
        public(ECKey.generate_key("P-384")),
        public(OKPKey.generate_key("Ed448")),
        public(OKPKey.generate_key("X25519")),
        {**public(ec_key()), "alg": "ES384"},
        {**public(ec_key()), "use": "enc"},
        {**public(ec_key()), "kid": 7},
    ],
    ids=range(15),
)
def test_a_weak_or_odd_key_is_refused(jwk: object) -> None:
    """Symmetric, small, malformed and foreign keys are no keys here."""
    with pytest.raises(InvalidInput):
        jose.public_key(jwk)


def test_a_key_set_has_distinct_names() -> None:
    """Two keys with one `kid` would leave it open which is meant."""
    keys = [{**public(ec_key()), "kid": "a"}, {**public(ec_key()), "kid": "a"}]
    with pytest.raises(InvalidInput, match="kid"):
        jose.public_keys({"keys": keys})


@pytest.mark.parametrize("jwks", [None, {}, {"keys": []}, {"keys": [{}] * 11}, {"keys": {}}])
def test_a_key_set_has_one_to_ten_keys(jwks: object) -> None:
    """An empty or endless key set is refused."""
    with pytest.raises(InvalidInput):
        jose.public_keys(jwks)


@pytest.mark.parametrize("value", [None, True, "5", float("nan"), float("inf"), -1, 10**400])
def test_a_moment_is_a_finite_number(value: object) -> None:
    """NaN never expires and a bool is no time: both are refused."""
    with pytest.raises(InvalidInput):
        jose.moment({"exp": value}, "exp")
