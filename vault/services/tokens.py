"""Tokens: what a vendor's credentials open, from the code to the last refresh.

Every credential of a grant wraps the same seed of its holder; the tables keep look-up values and
wraps alone. A code is taken by one conditional statement: of parallel exchanges exactly one
succeeds, and a second use ends all that came of the first (RFC 9700, section 4.5).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.wire import WireKey
from vault.domain.terms import Terms
from vault.errors import InvalidInput, Unopenable
from vault.services import succession
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
                renewed = Credential.generate(CredentialKind.REFRESH_TOKEN)
                issuing = _Issuing(row, seed, package, jkt)
                return self._issue(conn, issuing, None if package.terms.once else renewed)
        self._end_family(row)
        raise InvalidGrant("this code has been used or has expired")

    def refresh(self, refresh_token: str, client_id: str, jkt: str | None) -> Issued:
        """A new access token for a refresh token (RFC 6749, section 6), bound to `jkt`.

        A sender-constrained client keeps its refresh token (FAPI 2.0, 5.3.2.1-9); a bearer
        client's is replaced, and a use of the old one that is no retry ends the consent's tokens
        (`vault.services.succession`).
        """
        credential, row = self._find(CredentialKind.REFRESH_TOKEN, refresh_token, client_id)
        if not self._usable(row):
            raise self._refused(row)
        seed, package = self._opened(row, credential)
        with self._store.database.write() as conn:
            # Whoever withdraws holds this lock too: no token is issued behind a withdrawal's back.
            vaults.lock(conn, row.vault_id or b"")
            now_is = credentials.find(conn, credential)
            if now_is is not None and self._usable(now_is):
                return self._renew(conn, credential, _Issuing(now_is, seed, package, jkt))
        raise self._refused(now_is or row)

    def _usable(self, row: CredentialRow) -> bool:
        now = self._store.clock()
        return row.live(now) or row.retriable(now)

    def _refused(self, row: CredentialRow) -> InvalidGrant:
        """The refusal of a refresh token that has ended; reuse costs its whole family."""
        if row.end_reason == credentials.ROTATED:
            self._end_family(row)
            return InvalidGrant("this refresh token has been used")
        return InvalidGrant("this refresh token has ended")

    def _renew(self, conn: Connection, credential: Credential, issuing: "_Issuing") -> Issued:
        """The tokens for a refresh token, under the lock of the vault's row."""
        row, access = issuing.row, issuing.access
        if row.end_reason == credentials.ROTATED:
            renewed = succession.repeat(conn, self._store, row, credential, access)
            return replace(self._issue(conn, issuing, None), refresh_token=renewed.text)
        succession.settle(conn, row)
        if issuing.jkt is not None:
            return self._issue(conn, issuing, None)
        renewed = succession.begin(conn, self._store, row, credential, issuing.seed, access)
        return self._issue(conn, issuing, renewed)

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
        return self._opened(row, credential)

    def _opened(self, row: CredentialRow, credential: Credential) -> tuple[bytes, GrantPackage]:
        with self._store.database.read() as conn:
            holder = holders.find(conn, row.vault_id or b"", row.holder_id or b"")
        if holder is None or holder.package is None:
            raise InvalidGrant("the consent has ended")
        try:
            seed = succession.seed_of(credentials.unseal(self._store.keys, row, credential))
            package = holders.open_package(self._store.keys, holder, seed)
        except Unopenable as err:
            raise InvalidGrant("this token or code does not open what it should") from err
        if package.terms.expires_at <= self._store.clock():
            # The rows say when, too; but they are in clear, and this is sealed.
            raise InvalidGrant("the consent has expired")
        return seed, package

    def _issue(self, conn: Connection, issuing: "_Issuing", renewed: Credential | None) -> Issued:
        """Add an access token and, where one is given, a new refresh token."""
        package, now = issuing.package, self._store.clock()
        ends = package.terms.expires_at
        expires_at = min(now + ACCESS_SECONDS, ends)
        self._add(conn, issuing, issuing.access, expires_at, {"jkt": issuing.jkt})
        if renewed is not None:
            self._add(conn, issuing, renewed, ends, {})
        return Issued(
            access_token=issuing.access.text,
            refresh_token=renewed.text if renewed else None,
            expires_in=expires_at - now,
            **_granted(package.terms),
            grant_id=package.grant_id.hex(),
            sub=WireKey(package.wire_key).subject(package.client_id),
        )

    def _add(
        self,
        conn: Connection,
        issuing: "_Issuing",
        credential: Credential,
        expires_at: int,
        attributes: dict[str, Any],
    ) -> None:
        row = issuing.row
        credentials.add(
            conn,
            self._store.keys,
            credential,
            issuing.seed,
            Binding(row.vault_id, row.holder_id, row.grant_id, row.client_id, expires_at),
            now=self._store.clock(),
            attributes=attributes | issuing.follows,
        )

    def _end_family(self, row: CredentialRow) -> None:
        """End everything that came of a code or token that was used twice."""
        if row.vault_id is None or row.grant_id is None:
            return
        with self._store.database.write() as conn:
            end_grant(conn, self._store, row.vault_id, row.grant_id, GrantState.REVOKED)
        self._store.database.checkpoint()


@dataclass(frozen=True, slots=True)
class _Issuing:
    """What tokens are issued for: the code or refresh token, what it opened, the key proved."""

    row: CredentialRow
    seed: bytes = field(repr=False)
    package: GrantPackage = field(repr=False)
    jkt: str | None
    access: Credential = field(
        default_factory=lambda: Credential.generate(CredentialKind.ACCESS_TOKEN)
    )

    @property
    def follows(self) -> dict[str, str]:
        """The refresh token that may be retried until one of the new tokens is used."""
        rotates = self.row.kind is CredentialKind.REFRESH_TOKEN and (
            self.jkt is None or self.row.end_reason == credentials.ROTATED
        )
        return {"follows": self.row.lookup.hex()} if rotates else {}


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
