"""Registering vendors' OAuth clients, and vouching for them (RFC 7591 names in JSON)."""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from vault.errors import InvalidInput, NotFound
from vault.services.vendors import jose, outgoing_addresses
from vault.storage import clients
from vault.storage.clients import BASIC, FAPI, Client
from vault.storage.engine import Database

MAX_ID, MAX_NAME, MAX_URI, MAX_URIS = 64, 200, 2000, 20
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class InvalidRedirectUri(InvalidInput):
    """No, too many, or doubtful redirect URIs (RFC 7591 section 3.2.2)."""

    code = "invalid_redirect_uri"


@dataclass(frozen=True)
class Registration:
    """What is said of a client. For `fapi` give `jwks` or `jwks_uri`, for `basic` neither."""

    name: str
    redirect_uris: tuple[str, ...]
    profile: str = FAPI
    jwks: dict[str, Any] | None = None
    policy_uri: str | None = None
    jwks_uri: str | None = None


class Vendors:
    """The vendors' clients that this server knows."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """Keep them in `database`."""
        self._database, self._clock = database, clock

    def register(self, registration: Registration) -> tuple[Client, str | None]:
        """Register a client; return it with its secret, which is shown here and never again.

        Raise `InvalidInput` for a name, redirect URI, key or profile that cannot be.
        """
        client, secret = made(registration, int(self._clock()))
        with self._database.write() as connection:
            clients.insert(connection, client)
        return client, secret

    def find(self, client_id: str) -> Client | None:
        """Return a client, or None if it is unknown or was removed."""
        if not 1 <= len(client_id) <= MAX_ID or not client_id.isprintable():
            return None  # PostgreSQL takes no NUL, and no id has a letter that cannot be seen
        with self._database.read() as connection:
            return clients.find(connection, client_id)

    def get(self, client_id: str) -> Client:
        """Return a client. Raise `NotFound`."""
        return _found(self.find(client_id))

    def list(self) -> list[Client]:
        """Return all clients, oldest first."""
        with self._database.read() as connection:
            return clients.every(connection)

    def verify(self, client_id: str, sellers: Sequence[str] = ()) -> Client:
        """Vouch for a client and for the sellers whose records are about itself.

        Raise `NotFound`.
        """
        with self._database.write() as connection:
            identifiers = sorted({seller.strip() for seller in sellers if seller.strip()})
            clients.verify(connection, client_id, identifiers, int(self._clock()))
            client = clients.find(connection, client_id)
        return _found(client)

    def update(self, client_id: str, registration: Registration) -> Client:
        """Describe a client anew; it is verified no longer if anything customers rely on changed.

        Raise `NotFound`, and `InvalidInput` for what cannot be or for another profile.
        """
        with self._database.write() as connection:
            client = described(_found(clients.find(connection, client_id)), registration)
            clients.describe(connection, client)
        return client

    def remove(self, client_id: str) -> None:
        """Close a client; its requests and tokens are refused from now on. Raise `NotFound`."""
        with self._database.write() as connection:
            if not clients.remove(connection, client_id, int(self._clock())):
                raise NotFound("There is no such vendor.")


def made(registration: Registration, now: int) -> tuple[Client, str | None]:
    """Return a new client with its secret, if it has one. Raise `InvalidInput`."""
    _check(registration)
    secret = secrets.token_hex(32) if registration.profile == BASIC else None
    client = Client(
        client_id=f"vendor-{secrets.token_hex(12)}",
        name=registration.name.strip(),
        profile=registration.profile,
        redirect_uris=registration.redirect_uris,
        jwks=_public(registration.jwks),
        secret_hash=None if secret is None else clients.secret_hash(secret),
        verified_at=None,
        seller_identifiers=(),
        policy_uri=registration.policy_uri,
        created_at=now,
        jwks_uri=registration.jwks_uri,
    )
    return client, secret


def registration_of(client: Client) -> Registration:
    """Return what was said of a client when it was registered or last updated."""
    return Registration(
        name=client.name,
        redirect_uris=client.redirect_uris,
        profile=client.profile,
        jwks=client.jwks,
        policy_uri=client.policy_uri,
        jwks_uri=client.jwks_uri,
    )


def described(client: Client, registration: Registration) -> Client:
    """Return a client as it is described anew, unverified if anything changed.

    The operator has vouched for a name, for where customers return to, and for keys: a change of
    any of them is a change of whom the customer deals with. Raise `InvalidInput`.
    """
    _check(registration)
    if registration.profile != client.profile:
        raise InvalidInput("A vendor's profile cannot be changed: register it anew.")
    new = replace(
        client,
        name=registration.name.strip(),
        redirect_uris=registration.redirect_uris,
        jwks=_public(registration.jwks),
        jwks_uri=registration.jwks_uri,
        policy_uri=registration.policy_uri,
    )
    return new if new == client else replace(new, verified_at=None, seller_identifiers=())


def as_json(client: Client, secret: str | None = None) -> dict[str, Any]:
    """Return a client's metadata with the names of RFC 7591 section 2 and RFC 9449 section 5.2."""
    metadata: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": client.created_at,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"],
        "token_endpoint_auth_method": client.auth_method,
        "require_pushed_authorization_requests": client.profile == FAPI,
        "dpop_bound_access_tokens": client.sender_constrained,
        "profile": client.profile,
        "verified": client.verified,
        "seller_identifiers": list(client.seller_identifiers),
    }
    if client.policy_uri is not None:
        metadata["policy_uri"] = client.policy_uri
    if client.jwks is not None:
        metadata["jwks"] = client.jwks
    if client.jwks_uri is not None:
        metadata["jwks_uri"] = client.jwks_uri
    if secret is not None:
        metadata |= {"client_secret": secret, "client_secret_expires_at": 0}
    return metadata


def _check(registration: Registration) -> None:
    if not 1 <= len(registration.name.strip()) <= MAX_NAME or not registration.name.isprintable():
        raise InvalidInput("A vendor's name has 1 to 200 printable characters.")
    if not 1 <= len(registration.redirect_uris) <= MAX_URIS:
        raise InvalidRedirectUri(f"A vendor needs 1 to {MAX_URIS} redirect URIs.")
    for uri in registration.redirect_uris:
        try:
            _check_uri(uri, "redirect URI")
        except InvalidInput as error:
            raise InvalidRedirectUri(error.message) from error
    if registration.policy_uri is not None:
        _check_uri(registration.policy_uri, "policy URI")
    if registration.profile not in (FAPI, BASIC):
        raise InvalidInput("A vendor's profile is fapi or basic.")
    if registration.jwks_uri is not None:
        _check_uri(registration.jwks_uri, "jwks_uri")
        if not outgoing_addresses.may_be_called(registration.jwks_uri):
            raise InvalidInput("The jwks_uri must be https, to a host with a full name.")
    sources = [registration.jwks, registration.jwks_uri].count(None)
    if sources != (1 if registration.profile == FAPI else 2):
        raise InvalidInput(
            "The profile fapi needs a key set or its address, not both; basic has a secret."
        )


def _check_uri(uri: str, what: str) -> None:
    """Allow https, and http on this machine alone (FAPI 2.0 5.3.2.2, RFC 8252 section 7.3)."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        raise InvalidInput(f"The {what} is not an address.") from error
    usual = uri.isascii() and uri.isprintable() and " " not in uri and len(uri) <= MAX_URI
    # Where it stands in a Content-Security-Policy a `*` would be any host, and a `;` an end.
    usual = usual and _AUTHORITY.fullmatch(parts.netloc) is not None
    if not usual or "#" in uri or "\\" in uri or "@" in parts.netloc or not parts.hostname:
        raise InvalidInput(f"The {what} must be an address without fragment or user.")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise InvalidInput(f"The {what} must be https, or http on this machine.")


def _public(jwks: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if jwks is None else {"keys": [key.as_dict() for key in jose.public_keys(jwks)]}


def _found(client: Client | None) -> Client:
    if client is None:
        raise NotFound("There is no such vendor.")
    return client
