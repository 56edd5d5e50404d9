"""Signed JSON as the OAuth doors accept it: public keys, three algorithms (RFC 7515, 8725).

joserfc's traps, each met here: without `algorithms` it also accepts HS256 and RS256, so the one
algorithm is pinned by the *key*, never by the header; its `EdDSA` includes Ed448; its `b64` and
`crit` handling is on by default; its headers end at 512 bytes, fewer than a DPoP proof with an RSA
key needs; and `json` answers deep nesting with `RecursionError`, which is no `ValueError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from joserfc import jws
from joserfc._rfc7515.model import JWSAlgModel
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.util import json_b64decode

from vault.errors import InvalidInput

ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256")
"""What FAPI 2.0 Security Profile 5.4.1 allows; the order is that of the metadata.

EdDSA means Ed25519 alone, which RFC 9864 calls by that name: newer clients know no other.
"""

MAX_HEADER = 4096
MAX_PAYLOAD = 8192
MAX_KEYS = 10
PARTS = 3
RSA_BITS = range(2048, 4097)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("n", "e")}


class _Registry(jws.JWSRegistry):
    """joserfc's registry with room for an RSA key in the header, and unknown members ignored."""

    max_header_length = MAX_HEADER
    max_payload_length = MAX_PAYLOAD

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the pinned algorithm, without joserfc's warning of the name that FAPI requires.

        RFC 9864 renames `EdDSA`; FAPI 2.0 Security Profile 5.4.1 and its clients do not.
        """
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@dataclass(frozen=True)
class PublicKey:
    """A public key with the one algorithm that it may be used with."""

    key: Key
    algorithm: str
    kid: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """What a header may call the algorithm of this key."""
        return ("EdDSA", "Ed25519") if self.algorithm == "EdDSA" else (self.algorithm,)

    @property
    def thumbprint(self) -> str:
        """RFC 7638 thumbprint: SHA-256, base64url."""
        return self.key.thumbprint()

    def as_dict(self) -> dict[str, Any]:
        """The key as a JWK, public members and `kid` only."""
        public = dict(self.key.as_dict(private=False))
        return public if self.kid is None else {**public, "kid": self.kid}


def public_key(jwk: object) -> PublicKey:
    """Read one JWK (RFC 7517). Raise `InvalidInput` for a private, symmetric or weak key."""
    if not isinstance(jwk, Mapping):
        raise InvalidInput("A key must be a JSON object.")
    if _PRIVATE & jwk.keys():
        raise InvalidInput("A key must not contain its private or secret part.")
    members = _MEMBERS.get(str(jwk.get("kty")))
    if members is None or not all(isinstance(jwk.get(name), str) for name in members):
        raise InvalidInput("A key must be an EC, OKP or RSA public key.")
    try:
        key = JWKRegistry.import_key({name: jwk[name] for name in ("kty", *members)})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidInput("A key could not be read.") from error
    read = PublicKey(key, _algorithm(key), None)
    if jwk.get("alg", read.algorithm) not in read.names:
        raise InvalidInput(f"A key is for an algorithm other than {', '.join(ALGORITHMS)}.")
    if jwk.get("use", "sig") != "sig":
        raise InvalidInput("A key must be for signatures.")
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise InvalidInput("A key's kid must be a string.")
    return replace(read, kid=kid)


def public_keys(jwks: object) -> list[PublicKey]:
    """Read a JWK Set of 1 to 10 keys with distinct `kid`. Raise `InvalidInput`."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        raise InvalidInput(f"A key set needs 1 to {MAX_KEYS} keys under `keys`.")
    read = [public_key(jwk) for jwk in keys]
    named = [key.kid for key in read if key.kid is not None]
    if len(named) != len(set(named)):
        raise InvalidInput("Two keys of a key set have the same kid.")
    return read


@dataclass(frozen=True)
class Unverified:
    """A token taken apart. Nothing in it may be believed before `verify`."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]

    def verify(self, key: PublicKey) -> dict[str, Any]:
        """Return the claims that `key` signed with its own algorithm. Raise `InvalidInput`."""
        name = self.header.get("alg")
        if name not in key.names:
            raise InvalidInput("The token's algorithm does not fit the key.")
        registry = _Registry({}, algorithms=[name], strict_check_header=False)
        try:
            jws.deserialize_compact(self.text, key.key, registry=registry)
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidInput("The token's signature is not valid.") from error
        return self.claims


def take_apart(text: str) -> Unverified:
    """Split a compact JWS of limited size. Raise `InvalidInput` for anything else."""
    parts = text.split(".")
    if not text.isascii() or len(parts) != PARTS:
        raise InvalidInput("The token is not a signed JWT.")
    if len(parts[0]) > MAX_HEADER or len(parts[1]) > MAX_PAYLOAD:
        raise InvalidInput("The token is too long.")
    try:
        header, claims = (json_b64decode(part.encode()) for part in parts[:2])
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput("The token is not a signed JWT.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidInput("The token is not a signed JWT.")
    if "crit" in header or "b64" in header:
        raise InvalidInput("The token names header extensions that are not understood.")
    if header.get("alg") not in ALGORITHMS:
        raise InvalidInput(f"The token's algorithm must be one of {', '.join(ALGORITHMS)}.")
    return Unverified(text, header, claims)


def moment(claims: Mapping[str, Any], name: str) -> float:
    """Return a NumericDate claim (RFC 7519 section 2). Raise `InvalidInput` if absent or odd."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise InvalidInput(f"The claim {name} is missing or not a number of seconds.")
    return value


def text_claim(claims: Mapping[str, Any], name: str, longest: int = 256) -> str:
    """Return a claim that must be a string of 1 to `longest` characters. Raise `InvalidInput`."""
    value = claims.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise InvalidInput(f"The claim {name} is missing or not a string of usual length.")
    return value


def _algorithm(key: Key) -> str:
    """Return the algorithm of a key that is strong enough for one. Raise `InvalidInput`."""
    match key:
        case ECKey() if key.curve_name == "P-256":
            return "ES256"
        case OKPKey() if key.curve_name == "Ed25519":
            return "EdDSA"
        case RSAKey() if key.public_key.key_size in RSA_BITS:
            return "PS256"
        case _:
            raise InvalidInput("A key must be P-256, Ed25519, or RSA of 2048 to 4096 bits.")
