"""Bearers of access tokens: credential → holder → package, or a refusal that its customer sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.hpke import KeyPair
from vault.crypto.wire import WireKey
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.notices import NoticeKind
from vault.domain.terms import Terms
from vault.errors import InvalidInput, Refused, Unopenable, VaultError
from vault.services.access import narrowings, succession
from vault.services.access.proofs import Proof
from vault.storage import (
    clients,
    credentials,
    grants,
    holders,
    ledger,
    notices,
    packages,
    refusals,
    vaults,
)
from vault.storage.credentials import CredentialRow
from vault.storage.grants import GrantState
from vault.storage.keyring import KeyRing
from vault.storage.packages import GrantPackage
from vault.storage.store import Store

# A client that tries its token first and refreshes then: written down, and nobody's alarm.
_USUAL = frozenset({"token_expired"})
_ENDED = "the access token has expired or its consent has ended"


class InvalidToken(VaultError):
    """The access token is unknown, expired, ended or another key's (RFC 6750, section 3.1).

    `deletion_owed` tells whoever proves to be its bearer that the consent has ended, and that what
    was read under it is to be deleted.
    """

    code = "invalid_token"
    status = 401

    def __init__(self, message: str, *, deletion_owed: bool = False) -> None:
        super().__init__(message)
        self.deletion_owed = deletion_owed


class InsufficientScope(Refused):
    """The consent does not cover this kind of record (RFC 6750, section 3.1)."""

    code = "insufficient_scope"


class Refusal(Exception):
    """A refusal that the customer shall see, with what the vendor is told."""

    def __init__(self, row: CredentialRow, reason: str, answer: VaultError) -> None:
        super().__init__(reason)
        self.row, self.reason, self.answer = row, reason, answer


@dataclass(frozen=True, slots=True)
class Bearer:
    """A live token with what it opened.

    `terms` are what it carries: those of the package, or less where it was narrowed. The ring has
    no key that they do not need.
    """

    row: CredentialRow
    package: GrantPackage
    terms: Terms
    ring: KeyRing
    wire: WireKey

    @property
    def vault_id(self) -> bytes:
        """Whose vault it is."""
        return self.ring.vault_id

    @property
    def narrowed(self) -> bool:
        """Whether it may read less than its consent."""
        return self.terms.rules != self.package.terms.rules

    @property
    def edition(self) -> int:
        """What a cursor of this token says of the terms under which it was issued."""
        version = self.package.terms_version
        if not self.narrowed:
            return version
        rules = {str(kind): rule.to_json() for kind, rule in self.terms.rules.items()}
        return self.wire.edition(version, orjson.dumps(rules, option=orjson.OPT_SORT_KEYS))


class Bearers:
    """Opens what access tokens open, and writes down whom it refuses."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def reading(
        self, token: str, kind: Kind | None, proof: Proof | None
    ) -> Iterator[tuple[Connection, Bearer]]:
        """A snapshot with what the token opens in it.

        A refusal is written down when the snapshot is closed: a flood of dead tokens, each with a
        connection to read in hand and in want of one to write, would starve everybody.
        """
        try:
            with self._store.database.read() as conn:
                bearer = self._authorise(conn, token, kind, proof)
                yield conn, bearer
            if succession.follows(bearer.row):
                self._settle(bearer.row)
        except Refusal as refusal:
            self._refuse(refusal.row, refusal.reason)
            raise refusal.answer from None

    def key_pair(self, token: str, bearer: Bearer) -> KeyPair:
        """The pair of the holder whose live token this is, for what is sealed to that holder.

        Unwrapped anew each time it is asked for: a bearer goes from hand to hand, and keeps none.
        """
        credential = Credential.parse(CredentialKind.ACCESS_TOKEN, token)
        opened = credentials.unseal(self._store.keys, bearer.row, credential)
        return KeyPair.from_seed(succession.seed_of(opened))

    def _authorise(
        self, conn: Connection, token: str, kind: Kind | None, proof: Proof | None
    ) -> Bearer:
        row, credential = self._find(conn, token, proof)
        jkt = row.attributes.get("jkt")
        if jkt != (proof.jkt if proof else None):
            # Also a bound token sent as Bearer: possession of its key was not proved.
            raise Refusal(row, "wrong_key", InvalidToken("the token is bound to another key"))
        bearer = self._open(conn, row, credential)
        if kind is not None and kind not in bearer.terms.rules:
            if kind in bearer.package.terms.rules:
                answer = InsufficientScope("the token was asked for less than this kind of record")
                raise Refusal(row, "not_carried", answer)
            answer = InsufficientScope("the consent does not cover this kind of record")
            raise Refusal(row, "insufficient_scope", answer)
        return bearer

    def _find(
        self, conn: Connection, token: str, proof: Proof | None
    ) -> tuple[CredentialRow, Credential]:
        try:
            credential = Credential.parse(CredentialKind.ACCESS_TOKEN, token)
        except InvalidInput:
            raise InvalidToken("this is not an access token of this server") from None
        row = credentials.find(conn, credential)
        if row is None:
            raise InvalidToken("this is not an access token of this server")
        if not row.live(self._store.clock()):
            owed = self._deletion_owed(conn, row, proof)
            answer = InvalidToken(_ENDED, deletion_owed=owed)
            raise Refusal(row, row.end_reason or "token_expired", answer)
        return row, credential

    def _deletion_owed(self, conn: Connection, row: CredentialRow, proof: Proof | None) -> bool:
        """Whether to tell the bearer of an ended token to delete what it has read."""
        if row.attributes.get("jkt") != (proof.jkt if proof else None):
            return False
        if row.vault_id is None or row.grant_id is None:
            return False
        grant = grants.find(conn, row.vault_id, row.grant_id)
        return grants.deletion_owed(grant, self._store.clock())

    def _open(self, conn: Connection, row: CredentialRow, credential: Credential) -> Bearer:
        vault_id = row.vault_id or b""
        holder = holders.find(conn, vault_id, row.holder_id or b"")
        grant = grants.find(conn, vault_id, row.grant_id or b"")
        if holder is None or holder.package is None or grant.state != GrantState.GIVEN:
            raise Refusal(row, "consent_not_in_force", InvalidToken("the consent is not in force"))
        if clients.find(conn, row.client_id or "") is None:
            raise Refusal(row, "vendor_removed", InvalidToken("the vendor is registered no longer"))
        try:
            opened = credentials.unseal(self._store.keys, row, credential)
            package = packages.open_grant(self._store.keys, holder, succession.seed_of(opened))
        except Unopenable:
            answer = InvalidToken("the consent's keys do not open")
            raise Refusal(row, "package_unopenable", answer) from None
        if package.terms.expires_at <= self._store.clock():
            # A longer authorization may wait under the same consent: then nothing is owed.
            owed = grants.deletion_owed(grant, self._store.clock())
            answer = InvalidToken("the consent has expired", deletion_owed=owed)
            raise Refusal(row, "consent_expired", answer)
        terms = narrowings.carried(opened, package.terms)
        needed = terms.compartments()
        secrets = {name: secret for name, secret in package.secrets.items() if name in needed}
        return Bearer(row, package, terms, KeyRing(vault_id, secrets), WireKey(package.wire_key))

    def _settle(self, row: CredentialRow) -> None:
        """Note a token's first use, unless a retry has replaced the token meanwhile."""
        with self._store.database.write() as conn:
            vaults.lock(conn, row.vault_id or b"")
            again = credentials.find_by_lookup(conn, row.lookup)
            if again is not None and again.live(self._store.clock()):
                succession.settle(conn, again)
                return
        answer = InvalidToken(_ENDED)
        raise Refusal(row, (again and again.end_reason) or "token_expired", answer)

    def _refuse(self, row: CredentialRow, reason: str) -> None:
        """Note a refusal where its customer sees it: the first of each hour, then a count."""
        if row.vault_id is None or row.grant_id is None:
            return
        now = self._store.clock()
        with self._store.database.write() as conn:
            locked = vaults.lock(conn, row.vault_id)
            if refusals.first_of_hour(conn, row.vault_id, row.grant_id, reason, now):
                details = {
                    "grant": row.grant_id.hex(),
                    "client": row.client_id,
                    "reason": reason,
                }
                ledger.append(conn, self._store.keys, locked, LedgerEvent.REFUSAL, details, now)
                if reason not in _USUAL:
                    notices.add(conn, row.vault_id, NoticeKind.REFUSAL, row.grant_id, now)
