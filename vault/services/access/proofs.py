"""Proof of possession at the application level: RFC 9449 (DPoP), sections 4.3, 8, 9 and 11.1.

Both doors need it, the token endpoint and the resource server, and they never import one another;
so it stands here. Checking is stateless. The caller inserts `Proof.replay` in the transaction
that answers, so that a proof counts once across all processes.
"""

import hmac
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from struct import pack
from typing import Any
from urllib.parse import urlsplit

from vault.errors import InvalidInput
from vault.services.vendors import jose

MAX_AGE = 120
"""Seconds after which a proof is stale."""
MAX_AHEAD = 30
"""Seconds a proof's clock may run ahead (FAPI 2.0 5.3.2.1: at least 10, at most 60)."""
NONCE_STEP = 150
"""Seconds for which one nonce is handed out; it is accepted for one further step."""
_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


class InvalidProof(InvalidInput):
    """The DPoP proof does not prove what it must (RFC 9449 section 5: `invalid_dpop_proof`)."""

    code = "invalid_dpop_proof"
    status = 401


class NonceRequired(InvalidProof):
    """The proof lacks a nonce, or carries an old one (RFC 9449 section 8: `use_dpop_nonce`)."""

    code = "use_dpop_nonce"


@dataclass(frozen=True)
class Proof:
    """A proof that was checked, but may still be a replay."""

    jkt: str
    """RFC 7638 thumbprint of the key that signed."""
    replay: dict[str, Any]
    """What the `replays` table must take once: `jti` (a 32-byte key) and `expires_at`."""


class Nonces:
    """Server nonces without state: the time, authenticated (RFC 9449 section 8)."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        """`key` is 32 bytes, the same in every process of the vault."""
        self._key, self._clock = key, clock

    def current(self) -> str:
        """Return the nonce to use from now on; base64url."""
        return self._at(int(self._clock()) // NONCE_STEP)

    def accepts(self, nonce: str) -> bool:
        """Say whether `nonce` was handed out within the current or the previous step."""
        now = int(self._clock()) // NONCE_STEP
        handed_out = (self._at(step).encode() for step in (now, now - 1))
        return any(hmac.compare_digest(nonce.encode(), each) for each in handed_out)

    def _at(self, step: int) -> str:
        moment = pack(">Q", step)
        mac = hmac.digest(self._key, moment, sha256)[:16]
        return urlsafe_b64encode(moment + mac).rstrip(b"=").decode()


class Proofs:
    """Checks DPoP proofs for one vault server."""

    def __init__(
        self, base_url: str, nonces: Nonces, clock: Callable[[], float] = time.time
    ) -> None:
        """`base_url` is the server's own address: a request's Host header is never believed."""
        self._base_url, self._clock = base_url.rstrip("/"), clock
        self.nonces = nonces

    def check(
        self, header: list[str], method: str, path: str, access_token: str | None = None
    ) -> Proof:
        """Check the values of the `DPoP` header against this request (RFC 9449 section 4.3).

        With `access_token` the proof must carry its hash (`ath`). Raise `InvalidProof` or
        `NonceRequired`.
        """
        try:
            return self._check(header, method, path, access_token)
        except InvalidProof:
            raise
        except InvalidInput as error:
            raise InvalidProof(str(error)) from error

    def _check(self, header: list[str], method: str, path: str, access_token: str | None) -> Proof:
        if len(header) != 1:
            raise InvalidProof("Exactly one DPoP header is needed.")
        token = jose.take_apart(header[0])
        if token.header.get("typ") != "dpop+jwt":
            raise InvalidProof("The DPoP proof must have the type dpop+jwt.")
        key = jose.public_key(token.header.get("jwk"))
        claims = token.verify(key)
        self._bound_to(claims, method, path, access_token)
        self._fresh(claims)
        jkt = key.thumbprint
        jti = jose.text_claim(claims, "jti")
        return Proof(jkt, {"jti": _replay_key(jkt, jti), "expires_at": self._expiry()})

    def _bound_to(
        self, claims: dict[str, Any], method: str, path: str, access_token: str | None
    ) -> None:
        if claims.get("htm") != method:
            raise InvalidProof("The DPoP proof is for another HTTP method.")
        htu = jose.text_claim(claims, "htu", 2048)
        if normalised(htu) != normalised(self._base_url + path):
            raise InvalidProof("The DPoP proof is for another address.")
        if access_token is not None and not hmac.compare_digest(
            jose.text_claim(claims, "ath").encode(), token_hash(access_token).encode()
        ):
            raise InvalidProof("The DPoP proof is for another access token.")

    def _fresh(self, claims: dict[str, Any]) -> None:
        age = self._clock() - jose.moment(claims, "iat")
        if not -MAX_AHEAD <= age <= MAX_AGE:
            raise InvalidProof("The DPoP proof is stale, or from the future.")
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not self.nonces.accepts(nonce):
            raise NonceRequired("The DPoP proof needs the nonce of the DPoP-Nonce header.")

    def _expiry(self) -> int:
        """Until when a replay could pass `_fresh`: the proof's own `iat` may lie ahead."""
        return int(self._clock()) + MAX_AGE + MAX_AHEAD + 1


def token_hash(access_token: str) -> str:
    """Return the `ath` of a token: base64url of SHA-256 over its ASCII form (section 4.2)."""
    return urlsafe_b64encode(sha256(access_token.encode()).digest()).rstrip(b"=").decode()


def normalised(url: str) -> str:
    """Return an http(s) URL in one spelling, query and fragment left out (RFC 3986 section 6.2)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidProof("The DPoP proof's htu is not an address.") from error
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in _PORTS or not host or parts.username or parts.password:
        raise InvalidProof("The DPoP proof's htu is not an address.")
    where = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    return f"{scheme}://{where}{_ESCAPE.sub(_unescaped, parts.path) or '/'}"


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _replay_key(jkt: str, jti: str) -> bytes:
    return sha256(b"dpop-jti\x00" + jkt.encode() + b"\x00" + jti.encode()).digest()
