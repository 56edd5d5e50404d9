"""Issuing: the tokens that come of a code or a refresh token, and what the vendor is told."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.wire import WireKey
from vault.domain.terms import Terms
from vault.services.access import narrowings
from vault.storage import credentials, refresh_tokens
from vault.storage.bindings import Binding
from vault.storage.credentials import CredentialRow
from vault.storage.packages import GrantPackage
from vault.storage.store import Store

ACCESS_SECONDS = 600
"""The life of an access token; never beyond the consent's end."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token response (RFC 6749, section 5.1), before it is written out."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    scope: str
    authorization_details: list[dict[str, Any]]
    grant_id: str
    sub: str


@dataclass(frozen=True, slots=True)
class Issuing:
    """What tokens are issued for: the code or refresh token, what it opened, the key proved.

    `narrowing` limits the access token alone; `rotates` says that the refresh token is replaced.
    """

    row: CredentialRow
    seed: bytes = field(repr=False)
    package: GrantPackage = field(repr=False)
    jkt: str | None
    narrowing: Terms | None = field(default=None, repr=False)
    rotates: bool = False
    access: Credential = field(
        default_factory=lambda: Credential.generate(CredentialKind.ACCESS_TOKEN)
    )

    @property
    def terms(self) -> Terms:
        """What the access token carries."""
        terms = self.package.terms
        return terms.narrow(self.narrowing) if self.narrowing else terms

    @property
    def follows(self) -> dict[str, str]:
        """The refresh token that may be retried until one of the new tokens is used."""
        rotates = self.row.kind is CredentialKind.REFRESH_TOKEN and (
            self.rotates or self.row.end_reason == refresh_tokens.ROTATED
        )
        return {"follows": self.row.lookup.hex()} if rotates else {}


def issue(conn: Connection, store: Store, issuing: Issuing, renewed: Credential | None) -> Issued:
    """Add an access token and, where one is given, a new refresh token."""
    package, now = issuing.package, store.clock()
    expires_at = min(now + ACCESS_SECONDS, issuing.terms.expires_at)
    _add(conn, store, issuing, issuing.access, expires_at)
    if renewed is not None:
        _add(conn, store, issuing, renewed, package.terms.expires_at)
    return Issued(
        access_token=issuing.access.text,
        refresh_token=renewed.text if renewed else None,
        expires_in=expires_at - now,
        **granted(issuing.terms),
        grant_id=package.grant_id.hex(),
        sub=WireKey(package.wire_key).subject(package.client_id),
    )


def granted(terms: Terms) -> dict[str, Any]:
    """What was granted, as scope and as details: always explicit (RFC 9396, section 7)."""
    return {"scope": terms.scope, "authorization_details": terms.authorization_details()}


def _add(
    conn: Connection, store: Store, issuing: Issuing, credential: Credential, expires_at: int
) -> None:
    """Add one of the new tokens; the refresh token stays as wide as the consent."""
    row = issuing.row
    is_access = credential is issuing.access
    credentials.add(
        conn,
        store.keys,
        credential,
        narrowings.payload(issuing.seed, issuing.narrowing if is_access else None),
        Binding(row.vault_id, row.holder_id, row.grant_id, row.client_id, expires_at),
        now=store.clock(),
        attributes=({"jkt": issuing.jkt} if is_access else {}) | issuing.follows,
    )
