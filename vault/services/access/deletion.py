"""Deletion: what a vendor owes when a consent has ended, and its word that it has been done.

A consent that was withdrawn or ran out obliges its vendor to delete what it has read. The vendor is
told when it comes next, with the token that has ended or by its client authentication. Whether it
keeps its word nobody can see from here: what is written down is that it was given.
"""

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.domain.events import LedgerEvent
from vault.domain.notices import NoticeKind
from vault.errors import Conflict, InvalidInput
from vault.services.access import grant_management
from vault.services.access.bearers import InvalidToken
from vault.services.access.proofs import Proof
from vault.services.access.replays import use_up
from vault.services.ending import end_grant
from vault.storage import credentials, grants, ledger, notices, vaults
from vault.storage.grants import GrantState
from vault.storage.store import Store


class Deletion:
    """Takes vendors' acknowledgments; each may be sent again and counts once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def acknowledge_by_token(self, token: str, proof: Proof | None) -> None:
        """Acknowledge by an ended access token and the proof of its key.

        Raises InvalidToken for one that is unknown, forgotten (a day after it would have run out)
        or another key's, InvalidProof for a proof that was used before, Conflict where the consent
        has not ended.
        """
        refusal = InvalidToken("this is not an access token of this server")
        try:
            credential = Credential.parse(CredentialKind.ACCESS_TOKEN, token)
        except InvalidInput:
            raise refusal from None
        with self._store.database.write() as conn:
            row = credentials.find(conn, credential)
            if row is None or row.vault_id is None or row.grant_id is None:
                raise refusal
            if row.attributes.get("jkt") != (proof.jkt if proof else None):
                raise InvalidToken("the token is bound to another key")
            if proof:
                use_up(conn, proof)
            self._acknowledge(conn, row.vault_id, row.grant_id)

    def acknowledge(self, client_id: str, grant_id: str) -> None:
        """Acknowledge as an authenticated client; NotFound alike for unknown and foreign."""
        with self._store.database.write() as conn:
            row = grant_management.find(conn, client_id, grant_id)
            self._acknowledge(conn, row.vault_id, row.grant_id)

    def _acknowledge(self, conn: Connection, vault_id: bytes, grant_id: bytes) -> None:
        now = self._store.clock()
        vaults.lock(conn, vault_id)
        row = grants.find(conn, vault_id, grant_id)
        if row.state in grants.LIVE and row.expires_at <= now:
            end_grant(conn, self._store, vault_id, grant_id, GrantState.EXPIRED)
        elif row.state in grants.LIVE:
            raise Conflict("The consent has not ended.")
        if not grants.acknowledge_deletion(conn, vault_id, grant_id, now):
            return
        details = {"grant": grant_id.hex(), "client": row.client_id}
        locked = vaults.lock(conn, vault_id)
        event = LedgerEvent.DELETION_ACKNOWLEDGED
        ledger.append(conn, self._store.keys, locked, event, details, now)
        notices.add(conn, vault_id, NoticeKind.DELETION, grant_id, now)
