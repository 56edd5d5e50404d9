"""Rotation of the server's key: a new key, then every outer layer sealed anew, vault by vault.

Neither a passphrase nor a token is needed: beneath the outer layer stands another that only they
open. Each vault is one short transaction, so that what was done stays done when the rotation is
interrupted, and a server that runs meanwhile is kept waiting for moments only. A package is part
of a vault's state, so the transaction writes the new state into the vault's ledger.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from vault.domain.events import LedgerEvent
from vault.errors import Conflict, NotFound
from vault.services.recording import Recording
from vault.storage import contacts, credential_upkeep, holders, inbox, vaults
from vault.storage.rewrapping import Rewrapped, outdated
from vault.storage.schema import credentials as credential_table
from vault.storage.schema import holders as holder_table
from vault.storage.schema import inbox as inbox_table
from vault.storage.schema import vaults as vault_table
from vault.storage.store import Store


class Rotation:
    """Replaces the server's key and what it has sealed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def renew_key(self) -> int:
        """Make the new key, which every process seals with from now on; its number."""
        self._store.keys.rotate()
        return self._store.keys.number

    def waiting(self) -> list[bytes | None]:
        """The vaults that have anything of an older key; None stands for what is no vault's."""
        keys = self._store.keys
        parts: list[tuple[ColumnElement[bytes], ColumnElement[bool]]] = [
            (credential_table.c.vault_id, outdated(credential_table.c.wrap, keys)),
            (
                holder_table.c.vault_id,
                outdated(holder_table.c.package, keys) & holder_table.c.grant_id.is_not(None),
            ),
            (inbox_table.c.vault_id, outdated(inbox_table.c.sealed_key, keys)),
            (vault_table.c.vault_id, outdated(vault_table.c.contact, keys)),
        ]
        found: set[bytes | None] = set()
        with self._store.database.read() as conn:
            for vault_id, old in parts:
                found.update(conn.scalars(select(vault_id).where(old).distinct()))
        return sorted(found, key=lambda one: one or b"")

    def rewrap(self, vault_id: bytes | None) -> Rewrapped:
        """Seal one vault's outer layers with the newest key; nothing where it was erased."""
        with self._store.database.write() as conn:
            if vault_id is None:
                return credential_upkeep.rewrap(conn, self._store.keys, None)
            try:
                locked = vaults.lock(conn, vault_id)
            except NotFound:
                return Rewrapped()
            return self._rewrap(conn, locked)

    def _rewrap(self, conn: Connection, locked: "Row[Any]") -> Rewrapped:
        keys, vault_id, done = self._store.keys, locked.vault_id, Rewrapped()
        recording = Recording(conn, self._store, vault_id)
        done.add(credential_upkeep.rewrap(conn, keys, vault_id))
        done.add(holders.rewrap(conn, keys, vault_id))
        done.add(inbox.rewrap(conn, keys, vault_id))
        done.add(contacts.rewrap(conn, keys, locked))
        if done.wrapped:
            recording.write(LedgerEvent.SERVER_KEY_CHANGED, {"key": keys.number})
        return done

    def finish(self) -> None:
        """Empty SQLite's log, where the old outer layers linger."""
        self._store.database.checkpoint()

    def retire(self) -> list[int]:
        """Take the old keys out of the secret file; their numbers.

        Raises Conflict while anything is sealed under them.
        """
        if self.waiting():
            raise Conflict(
                "Old keys still seal something: finish the rotation first (rotate-keys --resume)."
            )
        return self._store.keys.retire()
