"""What a token was granted: the vendor reads its terms, and the receipt of the consent behind it.

No record leaves here, so the ledger says nothing of it.
"""

from typing import Any

from vault.errors import NotFound
from vault.services import receipts
from vault.services.access.bearers import Bearers
from vault.services.access.proofs import Proof
from vault.services.access.replays import use_up
from vault.storage import vaults
from vault.storage.receipts import addressed_to
from vault.storage.store import Store


class Granted:
    """Tells bearers of access tokens what they may do."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bearers = Bearers(store)

    def terms(self, token: str, proof: Proof | None) -> tuple[dict[str, Any], str]:
        """What this token may do, until when, and for which purposes; and the ledger's head."""
        with self._bearers.reading(token, None, proof) as (conn, bearer):
            terms = bearer.terms
            head: str = vaults.find(conn, bearer.vault_id).ledger_head.hex()
        self._use(proof)
        described = {
            "grant_id": bearer.package.grant_id.hex(),
            "sub": bearer.wire.subject(bearer.package.client_id),
            "scope": terms.scope,
            "authorization_details": terms.authorization_details(),
            "purposes": list(terms.purposes),
            "expires_at": terms.expires_at,
            "once": terms.once,
        }
        return described, head

    def receipt(self, token: str, proof: Proof | None) -> tuple[dict[str, Any], str]:
        """The receipt of the consent that this token is under; and the ledger's head.

        It tells the whole consent, also where the token was narrowed. NotFound for a consent from
        before there were receipts.
        """
        with self._bearers.reading(token, None, proof) as (conn, bearer):
            grant_id, holder_id = bearer.package.grant_id, bearer.row.holder_id or b""
            row = addressed_to(conn, bearer.vault_id, grant_id, holder_id)
            head: str = vaults.find(conn, bearer.vault_id).ledger_head.hex()
        self._use(proof)
        if row is None:
            raise NotFound("this consent was given before there were receipts")
        pair = self._bearers.key_pair(token, bearer)
        kept = receipts.to_holder(self._store, row, pair, bearer.package)
        return {"receipt": kept.signed, "consent_record": kept.record}, head

    def _use(self, proof: Proof | None) -> None:
        """Use a proof up where nothing is written down."""
        if proof is not None:
            with self._store.database.write() as conn:
                use_up(conn, proof)
