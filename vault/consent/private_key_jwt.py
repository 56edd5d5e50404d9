"""Client authentication by a signed assertion: RFC 7523 sections 2.2 and 3.

Narrowed by FAPI 2.0 Security Profile 5.3.2.1: ES256, EdDSA or PS256; the audience is our issuer,
as a string. Authlib's traps: its assertion class accepts RS256 and the token endpoint as audience,
and joserfc's claims registry lets a list of audiences pass where one of them fits; so both are
checked by hand.
"""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Request

from vault.errors import InvalidInput
from vault.services.access.replays import Replays
from vault.services.vendors import jose
from vault.services.vendors.key_sets import KeySets
from vault.storage.clients import Client

METHOD = "private_key_jwt"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_AHEAD = 30
"""Seconds by which `iat` and `nbf` may lie ahead (FAPI 2.0: at least 10, at most 60)."""
MAX_LIFE = 3600
"""Seconds that an assertion may still be valid for: as long its `jti` is remembered."""
_TYPES = (None, "JWT", "jwt", "client-authentication+jwt")


def presented(request: OAuth2Request) -> bool:
    """Say whether the request tries to authenticate in this way."""
    return bool({"client_assertion", "client_assertion_type"} & request.form.keys())


class Assertions:
    """Checks assertions that are addressed to one issuer."""

    def __init__(
        self,
        issuer: str,
        replays: Replays,
        key_sets: KeySets,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Each `jti` is taken from `replays` once, across all processes."""
        self._issuer, self._replays, self._clock = issuer, replays, clock
        self._key_sets = key_sets

    def authenticate(
        self, find: Callable[[str], Client | None], request: OAuth2Request
    ) -> Client | None:
        """Return the client that signed the request's assertion. Raise `InvalidClientError`."""
        try:
            return self._authenticate(find, request.form)
        except InvalidInput as error:
            raise InvalidClientError("The client assertion is not valid.") from error

    def _authenticate(
        self, find: Callable[[str], Client | None], form: dict[str, str]
    ) -> Client | None:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidInput("The client assertion type is not that of a JWT.")
        token = jose.take_apart(form.get("client_assertion", ""))
        client = find(jose.text_claim(token.claims, "sub"))
        if client is None or not client.has_keys:
            return None
        kid = token.header.get("kid")
        _signed(token, self._key_sets.of(client, kid if isinstance(kid, str) else None))
        self._addressed(token, client)
        expiry = self._current(token.claims)
        if not self._replays.claim(_replay_key(client, token), expiry):
            raise InvalidInput("The client assertion was used before.")
        return client

    def _addressed(self, token: jose.Unverified, client: Client) -> None:
        if token.header.get("typ") not in _TYPES:
            raise InvalidInput("The client assertion's type is another.")
        if token.claims.get("iss") != client.client_id:
            raise InvalidInput("The client assertion's issuer is not the client.")
        if token.claims.get("aud") != self._issuer:
            raise InvalidInput("The client assertion's audience is not the issuer, as a string.")

    def _current(self, claims: dict[str, Any]) -> int:
        """Check the times and return the second at which the assertion expires."""
        now, expiry = self._clock(), jose.moment(claims, "exp")
        if not now < expiry <= now + MAX_LIFE:
            raise InvalidInput("The client assertion has expired, or lives too long.")
        for name in ("iat", "nbf"):
            if name in claims and jose.moment(claims, name) > now + MAX_AHEAD:
                raise InvalidInput("The client assertion is from the future.")
        return int(expiry) + 1


def _signed(token: jose.Unverified, keys: Sequence[jose.PublicKey]) -> None:
    """Verify with the key that `kid` names, else with any of the client's keys."""
    kid = token.header.get("kid")
    for key in keys:
        if token.header["alg"] not in key.names or (kid and key.kid and key.kid != kid):
            continue
        try:
            token.verify(key)
        except InvalidInput:
            continue
        return
    raise InvalidInput("No key of the client has signed the assertion.")


def _replay_key(client: Client, token: jose.Unverified) -> bytes:
    jti = jose.text_claim(token.claims, "jti")
    return sha256(f"assertion-jti\0{client.client_id}\0{jti}".encode()).digest()
