"""What the owner has said beside the records: each a JSON document, sealed under a random id.

`column_maps` and `seller_links` are two such tables; their names stand in the contexts.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Table, delete, insert, select

from vault.domain.compartments import Compartment
from vault.storage.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class Kept:
    """One such table; `place` binds an envelope to vault, id and epoch."""

    table: Table
    id_column: str
    place: Callable[[bytes, bytes, int], bytes]

    def add(self, conn: Connection, ring: KeyRing, stated: dict[str, Any], now: int) -> bytes:
        """Keep a document; its id."""
        kept_id = os.urandom(16)
        place = self.place(ring.vault_id, kept_id, ring.epoch(Compartment.CONNECTIONS))
        epoch, sealed = ring.seal(Compartment.CONNECTIONS, orjson.dumps(stated), place)
        row = {"vault_id": ring.vault_id, self.id_column: kept_id, "epoch": epoch}
        conn.execute(insert(self.table).values(**row, sealed=sealed, created_at=now))
        return kept_id

    def all(self, conn: Connection, ring: KeyRing) -> list[tuple[bytes, dict[str, Any]]]:
        """Every document of a vault with its id, the oldest first."""
        columns = self.table.c
        rows = conn.execute(
            select(columns[self.id_column].label("kept_id"), columns.epoch, columns.sealed)
            .where(columns.vault_id == ring.vault_id)
            .order_by(columns.created_at, columns[self.id_column])
        ).all()
        return [(row.kept_id, self._opened(conn, ring, row)) for row in rows]

    def _opened(self, conn: Connection, ring: KeyRing, row: Any) -> dict[str, Any]:
        place = self.place(ring.vault_id, row.kept_id, row.epoch)
        plain = ring.unseal(conn, Compartment.CONNECTIONS, row.epoch, row.sealed, place)
        stated: dict[str, Any] = orjson.loads(plain)
        return stated

    def drop(self, conn: Connection, vault_id: bytes, kept_id: bytes) -> int:
        """Forget a document; how many that were."""
        columns = self.table.c
        these = (columns.vault_id == vault_id, columns[self.id_column] == kept_id)
        return conn.execute(delete(self.table).where(*these)).rowcount
