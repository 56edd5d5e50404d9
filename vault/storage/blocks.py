"""Vendors that a customer does not want to be asked by any more, in clear beside the vault.

A request that comes while nobody can read is dropped by the statement that would store it
(`inbox.offer`), so who is blocked cannot be sealed.
"""

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from vault.storage.schema import blocked_vendors


def _one(vault_id: bytes, client_id: str) -> tuple[Any, Any]:
    return (blocked_vendors.c.vault_id == vault_id, blocked_vendors.c.client_id == client_id)


def add(conn: Connection, vault_id: bytes, client_id: str, now: int) -> bool:
    """Block a vendor, under the lock of the vault's row; False where it was blocked already."""
    if conn.execute(select(blocked_vendors).where(*_one(vault_id, client_id))).first():
        return False
    values = {"vault_id": vault_id, "client_id": client_id, "created_at": now}
    conn.execute(insert(blocked_vendors).values(values))
    return True


def remove(conn: Connection, vault_id: bytes, client_id: str) -> bool:
    """Let a vendor ask again; False where it was not blocked."""
    gone = conn.execute(delete(blocked_vendors).where(*_one(vault_id, client_id)))
    return gone.rowcount == 1


def of_vault(conn: Connection, vault_id: bytes) -> "list[Row[Any]]":
    """The rows of a vault's blocked vendors, latest first."""
    mine = select(blocked_vendors).where(blocked_vendors.c.vault_id == vault_id)
    latest = blocked_vendors.c.created_at.desc()
    return list(conn.execute(mine.order_by(latest, blocked_vendors.c.client_id)))
