"""Recording a change of a vault's state: an entry that says what stood before it and after it.

The state before is taken ahead of the change, in the same transaction and under the same lock. So
what somebody altered between two writes is no longer excused by the second one: its `before` is
not what the first one's `state` had said, for ever, and `verify` names it. Nor does it go unnoticed
until somebody verifies: it is found here, and holds every consent back (`alterations.py`).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.services import alterations, manifest
from vault.storage import ledger, vaults
from vault.storage.store import Store


class Recording:
    """Begun before the change, under the lock of the vault's row; written after it."""

    def __init__(self, conn: Connection, store: Store, vault_id: bytes) -> None:
        """Take the state as it is. `altered` says whether it was not the one last recorded."""
        self._conn = conn
        self._store = store
        self._vault_id = vault_id
        self._before, self.altered = alterations.state(conn, store, vault_id)

    def write(self, what: LedgerEvent, details: Mapping[str, Any] | None = None) -> bytes:
        """Append the entry with the state as it is now; the ledger's new head."""
        after = manifest.digest(self._conn, self._vault_id)
        entry = {**(details or {}), "before": self._before.hex(), "state": after.hex()}
        locked = vaults.lock(self._conn, self._vault_id)
        now = self._store.clock()
        return ledger.append(self._conn, self._store.keys, locked, what, entry, now, after)
