"""The end of a consent, whoever brings it about: wraps and package erased, renewal marked.

Nothing here needs a key, so it is done before the page answers, while the owner is away, or by
the sweep. What the holder was ever given is renewed by the owner's next open session.
"""

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.domain.receipts import ReceiptEvent
from vault.services import receipts
from vault.services.recording import Recording
from vault.storage import credentials, epochs, grants, holders, vaults
from vault.storage import receipts as kept_receipts
from vault.storage.credentials import Of
from vault.storage.grants import GrantState
from vault.storage.store import Store

_EVENTS = {
    GrantState.WITHDRAWN: (LedgerEvent.CONSENT_WITHDRAWN, ReceiptEvent.WITHDRAWN),
    GrantState.EXPIRED: (LedgerEvent.CONSENT_EXPIRED, ReceiptEvent.EXPIRED),
    GrantState.REVOKED: (LedgerEvent.CONSENT_REVOKED, ReceiptEvent.REVOKED),
}


def end_expired(conn: Connection, store: Store, vault_id: bytes) -> None:
    """End every consent whose time is over, in the caller's transaction."""
    now = store.clock()
    for row in grants.rows(conn, vault_id):
        if row.state in grants.LIVE and row.expires_at <= now:
            end_grant(conn, store, vault_id, row.grant_id, GrantState.EXPIRED)


def end_grant(
    conn: Connection, store: Store, vault_id: bytes, grant_id: bytes, state: GrantState
) -> bool:
    """End a grant in the caller's transaction; False where it had ended before."""
    vaults.lock(conn, vault_id)
    now = store.clock()
    recording = Recording(conn, store, vault_id)
    row = grants.find(conn, vault_id, grant_id)
    if not grants.end(conn, vault_id, grant_id, state, now):
        return False
    reason = state.name.lower()
    credentials.end_all(conn, Of(vault_id, grant_id=grant_id), reason, now)
    for holder in holders.of_grant(conn, vault_id, grant_id):
        end_holder(conn, store, vault_id, holder.holder_id)
    event, told = _EVENTS[state]
    receipt = receipts.issue_end(conn, store, vault_id, grant_id, told, now)
    details = {"grant": grant_id.hex(), "client": row.client_id, "receipt": receipt}
    recording.write(event, details)
    return True


def end_holder(conn: Connection, store: Store, vault_id: bytes, holder_id: bytes) -> None:
    """Erase a holder's package and receipts, and mark for renewal whatever it was ever given."""
    epochs.mark_renewal_due(conn, vault_id, epochs.given_to(conn, vault_id, holder_id))
    holders.end(conn, vault_id, holder_id, store.clock())
    kept_receipts.forget(conn, vault_id, holder_id)
