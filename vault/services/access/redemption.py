"""Redemption: what a vendor may use once, a code or an approved `auth_req_id`, becomes tokens.

A code is taken by one conditional statement: of parallel exchanges exactly one succeeds, and a
second use ends all that came of the first (RFC 9700, section 4.5).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.domain.narrowing import Narrowing
from vault.services.access import authorizations, presented
from vault.services.access.issuing import Issued, Issuing, issue
from vault.services.access.presented import InvalidGrant
from vault.storage import credentials, vaults
from vault.storage.credentials import CredentialRow
from vault.storage.store import Store

REDEEMED = "redeemed"

Check = Callable[[Mapping[str, Any]], None]
"""Given what a code was bound to, raises where the request does not fit."""


class Redemption:
    """Exchanges what a vendor may use once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def redeem(
        self,
        code: str,
        client_id: str,
        check: Check,
        jkt: str | None,
        narrowing: Narrowing | None = None,
    ) -> Issued:
        """Exchange a code (RFC 6749, section 4.1.3).

        Nothing has been consumed where `check` raises, or where a `narrowing` of the access token
        goes beyond the consent. `jkt` is the key that proved possession (RFC 9449), or None for a
        bearer token.
        """
        kind = CredentialKind.AUTHORIZATION_CODE
        credential, row = presented.find(self._store, kind, code, client_id)
        if row.ended_at is not None:
            presented.end_family(self._store, row)
            raise InvalidGrant("this code has been used, or a later one has taken its place")
        seed, package = presented.open_live(self._store, row, credential)
        check(row.attributes)
        narrowed = narrowing.of(package.terms, self._store.clock()) if narrowing else None
        issued = self._exchange(Issuing(row, seed, package, jkt, narrowed))
        if issued is None:
            presented.end_family(self._store, row)
            raise InvalidGrant("this code has been used or has expired")
        return issued

    def collect(
        self,
        credential: Credential,
        row: CredentialRow,
        jkt: str | None,
        narrowing: Narrowing | None = None,
    ) -> Issued:
        """Exchange an approved `auth_req_id` (OpenID CIBA Core, section 10.1).

        A second use is refused and ends nothing: this credential has never passed through a
        browser, and of polls that cross all but one come second.
        """
        seed, package = presented.open_live(self._store, row, credential)
        narrowed = narrowing.of(package.terms, self._store.clock()) if narrowing else None
        issued = self._exchange(Issuing(row, seed, package, jkt, narrowed))
        if issued is None:
            raise InvalidGrant("this auth_req_id has been used or has ended")
        return issued

    def _exchange(self, issuing: Issuing) -> Issued | None:
        """Take what is used once, put its authorization in force and issue; None for a second.

        The package is opened once more: it may have been made anew since, by a change in place.
        """
        row = issuing.row
        with self._store.database.write() as conn:
            vaults.lock(conn, row.vault_id or b"")
            if not credentials.take(conn, row, REDEEMED, self._store.clock()):
                return None
            package = presented.package_now(conn, self._store, row, issuing.seed)
            superseding = authorizations.take_up(conn, self._store, row, package)
            issued = self._issue(conn, replace(issuing, package=package))
        if superseding:
            # The erased wraps must not linger in SQLite's log.
            self._store.database.checkpoint()
        return issued

    def _issue(self, conn: Connection, issuing: Issuing) -> Issued:
        once = issuing.package.terms.once
        renewed = None if once else Credential.generate(CredentialKind.REFRESH_TOKEN)
        return issue(conn, self._store, issuing, renewed)
