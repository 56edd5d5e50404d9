"""Tokens: what a vendor's credentials open, from the code to the last refresh.

Every credential of a grant wraps the same seed of its holder; the tables keep look-up values and
wraps alone. A code is taken by one conditional statement: of parallel exchanges exactly one
succeeds, and a second use ends all that came of the first (RFC 9700, section 4.5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.wire import WireKey
from vault.domain.terms import Terms
from vault.errors import InvalidInput, Unopenable
from vault.services.ending import end_grant
from vault.storage import credentials, holders, vaults
from vault.storage.credentials import Binding, CredentialRow
from vault.storage.grants import GrantState
from vault.storage.holders import GrantPackage
from vault.storage.store import Store

ACCESS_SECONDS = 600
"""The life of an access token; never beyond the consent's end."""

_TOKENS = (CredentialKind.ACCESS_TOKEN, CredentialKind.REFRESH_TOKEN)


class InvalidGrant(InvalidInput):
    """Unknown, expired, used, revoked, or another client's (RFC 6749, section 5.2)."""

    code = "invalid_grant"
    status = 400


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


class Tokens:
    """Issues, renews, revokes and describes vendors' tokens."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def redeem(
        self,
        code: str,
        client_id: str,
        check: Callable[[Mapping[str, Any]], None],
        jkt: str | None,
    ) -> Issued:
        """Exchange a code once (RFC 6749, section 4.1.3).

        `check` is given what the code was bound to and raises where the request does not fit;
        nothing has been consumed then. `jkt` is the key that proved possession (RFC 9449), or
        None for a bearer token.
        """
        credential, row = self._find(CredentialKind.AUTHORIZATION_CODE, code, client_id)
        if row.ended_at is not None:
            self._end_family(row)
            raise InvalidGrant("this code has been used")
        seed, package = self._open(row, credential)
        check(row.attributes)
        with self._store.database.write() as conn:
            vaults.lock(conn, row.vault_id or b"")
            taken = credentials.take(conn, row, "redeemed", self._store.clock())
            if taken:
                return self._issue(conn, row, seed, package, jkt, refresh=not package.terms.once)
        self._end_family(row)
        raise InvalidGrant("this code has been used or has expired")

    def refresh(self, refresh_token: str, client_id: str, jkt: str | None) -> Issued:
        """A new access token for a refresh token (RFC 6749, section 6), bound to `jkt`.

        A sender-constrained client keeps its refresh token (FAPI 2.0, 5.3.2.1-9); a bearer
        client's is replaced, and a second use of the old one ends the consent's tokens.
        """
        credential, row = self._find(CredentialKind.REFRESH_TOKEN, refresh_token, client_id)
        if row.end_reason == "rotated":
            self._end_family(row)
            raise InvalidGrant("this refresh token has been used")
        seed, package = self._open(row, credential)
        with self._store.database.write() as conn:
            # Whoever withdraws holds this lock too: no token is issued behind a withdrawal's back.
            vaults.lock(conn, row.vault_id or b"")
            now = self._store.clock()
            if jkt is None:
                live = credentials.take(conn, row, "rotated", now)
            else:
                again = credentials.find(conn, credential)
                live = again is not None and again.live(now)
            if not live:
                raise InvalidGrant("this refresh token has ended")
            return self._issue(conn, row, seed, package, jkt, refresh=jkt is None)

    def revoke(self, text: str, client_id: str) -> None:
        """End a token at its vendor's wish (RFC 7009); unknown and foreign ones alike in silence.

        Revoking the refresh token ends the consent: the vendor wants no more of it.
        """
        for kind in _TOKENS:
            try:
                _, row = self._find(kind, text, client_id)
            except InvalidGrant:
                continue
            with self._store.database.write() as conn:
                if kind is CredentialKind.REFRESH_TOKEN and row.grant_id and row.vault_id:
                    end_grant(conn, self._store, row.vault_id, row.grant_id, GrantState.REVOKED)
                else:
                    credentials.end(conn, row.lookup, "revoked", self._store.clock())
            self._store.database.checkpoint()
            return

    def introspect(self, text: str, client_id: str) -> dict[str, Any]:
        """What a token still permits (RFC 7662, section 2.2); a client sees only its own."""
        for kind in _TOKENS:
            try:
                credential, row = self._find(kind, text, client_id)
                _, package = self._open(row, credential)
            except InvalidGrant:
                continue
            return _described(row, package)
        return {"active": False}

    def _find(
        self, kind: CredentialKind, text: str, client_id: str
    ) -> tuple[Credential, CredentialRow]:
        refusal = InvalidGrant("this is not a live token or code of this client")
        try:
            credential = Credential.parse(kind, text)
        except InvalidInput:
            raise refusal from None
        with self._store.database.read() as conn:
            row = credentials.find(conn, credential)
        if row is None or row.client_id != client_id:
            raise refusal
        return credential, row

    def _open(self, row: CredentialRow, credential: Credential) -> tuple[bytes, GrantPackage]:
        if not row.live(self._store.clock()):
            raise InvalidGrant("this token or code has ended")
        with self._store.database.read() as conn:
            holder = holders.find(conn, row.vault_id or b"", row.holder_id or b"")
        if holder is None or holder.package is None:
            raise InvalidGrant("the consent has ended")
        try:
            seed = credentials.unseal(self._store.keys, row, credential)
            package = holders.open_package(self._store.keys, holder, seed)
        except Unopenable as err:
            raise InvalidGrant("this token or code does not open what it should") from err
        if package.terms.expires_at <= self._store.clock():
            # The rows say when, too; but they are in clear, and this is sealed.
            raise InvalidGrant("the consent has expired")
        return seed, package

    def _issue(
        self,
        conn: Connection,
        row: CredentialRow,
        seed: bytes,
        package: GrantPackage,
        jkt: str | None,
        *,
        refresh: bool,
    ) -> Issued:
        now = self._store.clock()
        ends = package.terms.expires_at
        access = Credential.generate(CredentialKind.ACCESS_TOKEN)
        expires_at = min(now + ACCESS_SECONDS, ends)
        self._add(conn, access, row, seed, expires_at, jkt)
        renewed = None
        if refresh:
            renewed = Credential.generate(CredentialKind.REFRESH_TOKEN)
            self._add(conn, renewed, row, seed, ends, jkt)
        return Issued(
            access_token=access.text,
            refresh_token=renewed.text if renewed else None,
            expires_in=expires_at - now,
            **_granted(package.terms),
            grant_id=package.grant_id.hex(),
            sub=WireKey(package.wire_key).subject(package.client_id),
        )

    def _add(
        self,
        conn: Connection,
        credential: Credential,
        row: CredentialRow,
        seed: bytes,
        expires_at: int,
        jkt: str | None,
    ) -> None:
        binding = Binding(row.vault_id, row.holder_id, row.grant_id, row.client_id, expires_at)
        attributes = {"jkt": jkt} if credential.kind is CredentialKind.ACCESS_TOKEN else {}
        credentials.add(
            conn,
            self._store.keys,
            credential,
            seed,
            binding,
            now=self._store.clock(),
            attributes=attributes,
        )

    def _end_family(self, row: CredentialRow) -> None:
        """End everything that came of a code or token that was used twice."""
        if row.vault_id is None or row.grant_id is None:
            return
        with self._store.database.write() as conn:
            end_grant(conn, self._store, row.vault_id, row.grant_id, GrantState.REVOKED)
        self._store.database.checkpoint()


def _granted(terms: Terms) -> dict[str, Any]:
    return {"scope": terms.scope, "authorization_details": terms.authorization_details()}


def _described(row: CredentialRow, package: GrantPackage) -> dict[str, Any]:
    described = {
        "active": True,
        "exp": min(row.expires_at, package.terms.expires_at),
        "iat": row.created_at,
        "sub": WireKey(package.wire_key).subject(package.client_id),
        **_granted(package.terms),
    }
    jkt = row.attributes.get("jkt")
    return described | ({"cnf": {"jkt": jkt}, "token_type": "DPoP"} if jkt else {})
