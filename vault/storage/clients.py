"""Vendors' OAuth clients: what the operator, or later the vendor itself, has registered.

Nothing here is secret: of a client secret only a hash is kept.
"""

import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from vault.storage.schema import clients

FAPI = "fapi"
BASIC = "basic"
CODE, REFRESH = "authorization_code", "refresh_token"
CIBA = "urn:openid:params:grant-type:ciba"
"""The grant type of a vendor that asks while the customer is away (OpenID CIBA Core, 10.1)."""

_DESCRIPTION = (
    "name",
    "redirect_uris",
    "jwks",
    "jwks_uri",
    "policy_uri",
    "verified_at",
    "seller_identifiers",
)
_FIND = select(clients).where(
    clients.c.client_id == bindparam("client"), clients.c.removed_at.is_(None)
)
_LOCK = _FIND.with_for_update()


@dataclass(frozen=True)
class Client:
    """One client (RFC 7591 section 2). Its `check_…` methods are those that Authlib calls."""

    client_id: str
    name: str
    profile: str
    redirect_uris: tuple[str, ...]
    jwks: dict[str, Any] | None
    secret_hash: bytes | None
    verified_at: int | None
    seller_identifiers: tuple[str, ...]
    policy_uri: str | None
    created_at: int
    removed_at: int | None = None
    jwks_uri: str | None = None
    registration_hash: bytes | None = None

    @property
    def auth_method(self) -> str:
        """The one way in which this client may authenticate (RFC 7591 section 2)."""
        return "private_key_jwt" if self.profile == FAPI else "client_secret_basic"

    @property
    def sender_constrained(self) -> bool:
        """Whether its tokens are bound to a key by DPoP (FAPI 2.0 5.3.2.1 item 5)."""
        return self.profile == FAPI

    @property
    def has_keys(self) -> bool:
        """Whether it authenticates by keys, registered or published (RFC 7591 section 2)."""
        return self.jwks is not None or self.jwks_uri is not None

    @property
    def verified(self) -> bool:
        """Whether the operator has checked who this is."""
        return self.verified_at is not None

    @property
    def sellers(self) -> tuple[str, ...]:
        """What `self` means in a request: verified seller identifiers, else none."""
        return self.seller_identifiers if self.verified else ()

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Say whether the client may authenticate so; the same at every endpoint."""
        return method == self.auth_method

    @property
    def grant_types(self) -> tuple[str, ...]:
        """What the client may use; only one that was verified may ask a customer who is away."""
        return (CODE, REFRESH, CIBA) if self.verified else (CODE, REFRESH)

    def check_grant_type(self, grant_type: str) -> bool:
        """Say whether the client may use the grant type."""
        return grant_type in self.grant_types

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Say whether the URI was registered, letter for letter (RFC 9700 section 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, secret: str) -> bool:
        """Compare a secret in constant time; a client without one has none that fits."""
        return hmac.compare_digest(secret_hash(secret), self.secret_hash or b"")

    def check_registration_token(self, token: str) -> bool:
        """Compare a registration access token in constant time."""
        return hmac.compare_digest(registration_hash(token), self.registration_hash or b"")


def secret_hash(secret: str) -> bytes:
    """Hash a client secret. Unsalted and fast on purpose: secrets are 256 random bits."""
    return sha256(b"client-secret\x00" + secret.encode()).digest()


def registration_hash(token: str) -> bytes:
    """Hash a registration access token (RFC 7592 section 3), likewise 256 random bits."""
    return sha256(b"registration-token\x00" + token.encode()).digest()


def insert(connection: Connection, client: Client) -> None:
    """Store a new client."""
    row = asdict(client)
    for name in ("redirect_uris", "seller_identifiers"):
        row[name] = list(row[name])
    connection.execute(clients.insert().values(row))


def find(connection: Connection, client_id: str) -> Client | None:
    """Return the client, unless it is unknown or was removed."""
    row = connection.execute(_FIND, {"client": client_id}).one_or_none()
    return None if row is None else _client(row)


def lock(connection: Connection, client_id: str) -> bool:
    """Lock a client's row until the transaction ends; False if it is unknown or was removed."""
    return connection.execute(_LOCK, {"client": client_id}).first() is not None


def find_any(connection: Connection, client_ids: Sequence[str]) -> dict[str, Client]:
    """Return the clients by id, removed ones too: a consent outlives its vendor's registration."""
    rows = connection.execute(select(clients).where(clients.c.client_id.in_(client_ids)))
    return {row.client_id: _client(row) for row in rows}


def every(connection: Connection) -> list[Client]:
    """Return all clients that were not removed, oldest first."""
    query = (
        select(clients)
        .where(clients.c.removed_at.is_(None))
        .order_by(clients.c.created_at, clients.c.client_id)
    )
    return [_client(row) for row in connection.execute(query)]


def verify(connection: Connection, client_id: str, sellers: Sequence[str], now: int) -> bool:
    """Mark a client as verified, with the seller identifiers that are its own."""
    return _change(connection, client_id, {"verified_at": now, "seller_identifiers": list(sellers)})


def describe(connection: Connection, client: Client) -> bool:
    """Store what a client is anew, its verification included; False if it is unknown."""
    row = {name: getattr(client, name) for name in _DESCRIPTION}
    for name in ("redirect_uris", "seller_identifiers"):
        row[name] = list(row[name])
    return _change(connection, client.client_id, row)


def remove(connection: Connection, client_id: str, now: int) -> bool:
    """Close a client: from now on it is unknown. Return False if it was already."""
    return _change(connection, client_id, {"removed_at": now})


def _change(connection: Connection, client_id: str, values: dict[str, Any]) -> bool:
    query = (
        update(clients)
        .where(clients.c.client_id == client_id, clients.c.removed_at.is_(None))
        .values(values)
    )
    return connection.execute(query).rowcount == 1


def _client(row: Row[Any]) -> Client:
    client = Client(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    return replace(
        client,
        redirect_uris=tuple(client.redirect_uris),
        seller_identifiers=tuple(client.seller_identifiers),
    )
