"""Blocking: vendors that may not ask any more while the customer is away.

A blocked vendor hears what every vendor hears, and nothing of being blocked. A request with which
the customer comes from the vendor's own site is his own doing and may be opened all the same.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import NotFound
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import blocks, clients, vaults
from vault.storage.clients import Client
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class BlockedVendor:
    """A vendor that may not ask; `since` in seconds since the epoch."""

    client_id: str
    name: str
    since: int


class Blocking:
    """Keeps vendors from asking, and lets them ask again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def block(self, vault: OpenVault, client: Client) -> None:
        """Drop what a vendor asks from now on."""
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            block(conn, self._store, vault.vault_id, client)

    def unblock(self, vault: OpenVault, client_id: str) -> None:
        """Let a vendor ask again. Raises NotFound where it is not blocked."""
        refusal = NotFound("This vendor is not blocked.")
        if not client_id.isprintable():
            raise refusal  # PostgreSQL takes no NUL, and no id has a letter that cannot be seen
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            recording = Recording(conn, self._store, vault.vault_id)
            if not blocks.remove(conn, vault.vault_id, client_id):
                raise refusal
            name = _names(conn, [client_id])[client_id]
            details = {"client": client_id, "clientName": name}
            recording.write(LedgerEvent.VENDOR_UNBLOCKED, details)

    def blocked(self, vault: OpenVault) -> list[BlockedVendor]:
        """The vendors that may not ask, latest first."""
        with self._store.database.read() as conn:
            rows = blocks.of_vault(conn, vault.vault_id)
            names = _names(conn, [row.client_id for row in rows])
        return [BlockedVendor(row.client_id, names[row.client_id], row.created_at) for row in rows]


def block(conn: Connection, store: Store, vault_id: bytes, client: Client) -> None:
    """Block a vendor in the caller's transaction, under the lock of the vault's row."""
    recording = Recording(conn, store, vault_id)
    if blocks.add(conn, vault_id, client.client_id, store.clock()):
        details = {"client": client.client_id, "clientName": client.name}
        recording.write(LedgerEvent.VENDOR_BLOCKED, details)


def _names(conn: Connection, client_ids: list[str]) -> dict[str, str]:
    """What vendors are called, removed ones too; a vendor that is gone goes by its id."""
    known = clients.find_any(conn, client_ids)
    return {each: known[each].name if each in known else each for each in client_ids}
