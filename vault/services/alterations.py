"""Alterations from outside: the state as it is, held against the one that the ledger has in clear.

Whoever can write to the database can put an ended consent back with its package. No vendor shall
get the keys of a new epoch so: before keys are sealed to grants, and before any change of the state
is recorded, the vault's state must be the one that the ledger's newest signed entry of a change
has. Where it is not, every consent is held back until its customer has looked at it, and the
present secrets are taken to be known: all compartments are marked for renewal (ADR 27).

None of it needs a key. A vault whose entries are all older than the digest in clear is not compared
until the first that has one.
"""

from typing import Any

from sqlalchemy import Connection, Row

from vault.crypto.server_keys import ServerKeys
from vault.domain.events import LedgerEvent
from vault.domain.notices import NoticeKind
from vault.errors import Tampered
from vault.services import manifest
from vault.storage import epochs, grants, ledger, notices, vaults
from vault.storage.store import Store


def found(store: Store, vault_id: bytes) -> bool:
    """Whether something was altered; then it is written down, and every consent held back.

    In a transaction of its own, which stays when what was to be done then is refused.
    """
    with store.database.write() as conn:
        return state(conn, store, vault_id)[1]


def state(conn: Connection, store: Store, vault_id: bytes) -> tuple[bytes, bool]:
    """The state digest as it now is, and whether something had been altered.

    Locks the vault's row. Where something had been, every consent is held back in the caller's
    transaction, and the digest is that of the state thereafter.
    """
    locked = vaults.lock(conn, vault_id)
    digest = manifest.digest(conn, vault_id)
    if is_recorded(conn, store.keys, locked, digest):
        return digest, False
    return _hold_back(conn, store, locked, digest), True


def is_recorded(conn: Connection, keys: ServerKeys, row: "Row[Any]", digest: bytes) -> bool:
    """Whether a state is the one last recorded, by the vault's row; True where none ever was.

    A ledger that was itself altered vouches for nothing.
    """
    if not row.ledger_number:
        # It is being made, and nobody was allowed anything: or else its entries were taken away.
        return not grants.rows(conn, row.vault_id)
    try:
        recorded = ledger.recorded_state(conn, keys, row)
    except Tampered:
        return False
    return recorded is None or recorded == digest


def _hold_back(conn: Connection, store: Store, locked: "Row[Any]", before: bytes) -> bytes:
    vault_id, now = locked.vault_id, store.clock()
    suspended = grants.suspend_all(conn, vault_id)
    # Who was given a secret stands in tables that may have been altered as well.
    epochs.mark_renewal_due(conn, vault_id)
    after = manifest.digest(conn, vault_id)
    details = {"consents": suspended, "before": before.hex(), "state": after.hex()}
    event = LedgerEvent.ALTERATION_FOUND
    ledger.append(conn, store.keys, locked, event, details, now, after)
    notices.add(conn, vault_id, NoticeKind.ALTERATION, vault_id, now)
    return after
