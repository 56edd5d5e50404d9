"""Tokens: a vendor's refresh tokens renew, and any token is revoked and described."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.wire import WireKey
from vault.domain.narrowing import Narrowing
from vault.domain.terms import Terms
from vault.services.access import narrowings, presented, succession
from vault.services.access.issuing import Issued, Issuing, granted, issue
from vault.services.access.presented import InvalidGrant
from vault.storage import credentials, grants, refresh_tokens, vaults
from vault.storage.credentials import CredentialRow
from vault.storage.packages import GrantPackage
from vault.storage.store import Store

_TOKENS = (CredentialKind.ACCESS_TOKEN, CredentialKind.REFRESH_TOKEN)


class Tokens:
    """Renews, revokes and describes vendors' tokens."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def refresh(
        self,
        refresh_token: str,
        client_id: str,
        jkt: str | None,
        *,
        rotates: bool = True,
        narrowing: Narrowing | None = None,
    ) -> Issued:
        """A new access token for a refresh token (RFC 6749, section 6), bound to `jkt`.

        A client of the profile `fapi` keeps its refresh token (FAPI 2.0, 5.3.2.1-9). Where it
        `rotates` it is replaced, and a use of the old one that is no retry ends the consent's
        tokens (`succession.py`). A `narrowing` beyond the consent is refused, and nothing has been
        consumed then.
        """
        kind = CredentialKind.REFRESH_TOKEN
        credential, row = presented.find(self._store, kind, refresh_token, client_id)
        if not self._usable(row):
            raise self._refused(row)
        seed, package = presented.opened(self._store, row, credential)
        narrowed = narrowing.of(package.terms, self._store.clock()) if narrowing else None
        with self._store.database.write() as conn:
            # Whoever withdraws holds this lock too: no token is issued behind a withdrawal's back.
            vaults.lock(conn, row.vault_id or b"")
            now_is = credentials.find(conn, credential)
            if now_is is not None and self._usable(now_is):
                # The customer may have changed the consent meanwhile: these are its terms now.
                package = presented.package_now(conn, self._store, now_is, seed)
                issuing = Issuing(now_is, seed, package, jkt, narrowed, rotates)
                return self._renew(conn, credential, issuing)
        raise self._refused(now_is or row)

    def _usable(self, row: CredentialRow) -> bool:
        now = self._store.clock()
        return row.live(now) or refresh_tokens.retriable(row, now)

    def _refused(self, row: CredentialRow) -> InvalidGrant:
        """The refusal of a refresh token that has ended; reuse costs its whole family."""
        if row.end_reason == refresh_tokens.ROTATED:
            presented.end_family(self._store, row)
            return InvalidGrant("this refresh token has been used")
        if self._deletion_owed(row):
            return InvalidGrant(
                "the consent has ended; deletion_owed: delete what was read under it, and say so"
            )
        return InvalidGrant("this refresh token has ended")

    def _deletion_owed(self, row: CredentialRow) -> bool:
        if row.vault_id is None or row.grant_id is None:
            return False
        with self._store.database.read() as conn:
            grant = grants.find(conn, row.vault_id, row.grant_id)
        return grants.deletion_owed(grant, self._store.clock())

    def _renew(self, conn: Connection, credential: Credential, issuing: Issuing) -> Issued:
        """The tokens for a refresh token, under the lock of the vault's row."""
        store, row, access = self._store, issuing.row, issuing.access
        if row.end_reason == refresh_tokens.ROTATED:
            renewed = succession.repeat(conn, store, row, credential, access)
            return replace(issue(conn, store, issuing, None), refresh_token=renewed.text)
        succession.settle(conn, row)
        if not issuing.rotates:
            return issue(conn, store, issuing, None)
        renewed = succession.begin(conn, store, row, credential, issuing.seed, access)
        return issue(conn, store, issuing, renewed)

    def revoke(self, text: str, client_id: str) -> None:
        """End a token at its vendor's wish (RFC 7009); unknown and foreign ones alike in silence.

        Revoking the refresh token ends the consent: the vendor wants no more of it.
        """
        for kind in _TOKENS:
            try:
                _, row = presented.find(self._store, kind, text, client_id)
            except InvalidGrant:
                continue
            if kind is CredentialKind.REFRESH_TOKEN:
                presented.end_family(self._store, row)
            else:
                self._end(row)
            return

    def _end(self, row: CredentialRow) -> None:
        with self._store.database.write() as conn:
            credentials.end(conn, row.lookup, "revoked", self._store.clock())
        self._store.database.checkpoint()

    def introspect(self, text: str, client_id: str) -> dict[str, Any]:
        """What a token still permits (RFC 7662, section 2.2); a client sees only its own."""
        for kind in _TOKENS:
            try:
                credential, row = presented.find(self._store, kind, text, client_id)
                _, package = presented.open_live(self._store, row, credential)
            except InvalidGrant:
                continue
            return _described(row, package, self._carried(row, credential, package.terms))
        return {"active": False}

    def _carried(self, row: CredentialRow, credential: Credential, terms: Terms) -> Terms:
        """The terms that a token carries; a refresh token carries all of the consent's."""
        if row.kind is not CredentialKind.ACCESS_TOKEN:
            return terms
        return narrowings.carried(credentials.unseal(self._store.keys, row, credential), terms)


def _described(row: CredentialRow, package: GrantPackage, terms: Terms) -> dict[str, Any]:
    described = {
        "active": True,
        "exp": min(row.expires_at, terms.expires_at),
        "iat": row.created_at,
        "sub": WireKey(package.wire_key).subject(package.client_id),
        **granted(terms),
    }
    jkt = row.attributes.get("jkt")
    return described | ({"cnf": {"jkt": jkt}, "token_type": "DPoP"} if jkt else {})
