"""Column maps as they are kept: each sealed to the owner, under a random id."""

import os
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from vault.crypto.envelope import context
from vault.domain.compartments import Compartment
from vault.storage.keyring import KeyRing
from vault.storage.schema import column_maps


def _place(vault_id: bytes, map_id: bytes, epoch: int) -> bytes:
    return context("column map", vault_id, map_id, epoch)


def add(conn: Connection, ring: KeyRing, stated: dict[str, Any], now: int) -> bytes:
    """Keep a map; its id."""
    map_id = os.urandom(16)
    place = _place(ring.vault_id, map_id, ring.epoch(Compartment.CONNECTIONS))
    epoch, sealed = ring.seal(Compartment.CONNECTIONS, orjson.dumps(stated), place)
    row = {"vault_id": ring.vault_id, "map_id": map_id, "epoch": epoch, "sealed": sealed}
    conn.execute(insert(column_maps).values(**row, created_at=now))
    return map_id


def kept(conn: Connection, ring: KeyRing) -> list[tuple[bytes, dict[str, Any]]]:
    """Every map of a vault with its id, the newest first."""
    rows = conn.execute(
        select(column_maps)
        .where(column_maps.c.vault_id == ring.vault_id)
        .order_by(column_maps.c.created_at.desc(), column_maps.c.map_id)
    ).all()
    return [
        (
            row.map_id,
            orjson.loads(
                ring.unseal(
                    conn,
                    Compartment.CONNECTIONS,
                    row.epoch,
                    row.sealed,
                    _place(ring.vault_id, row.map_id, row.epoch),
                )
            ),
        )
        for row in rows
    ]


def drop(conn: Connection, vault_id: bytes, map_id: bytes) -> int:
    """Forget a map; how many that were."""
    these = (column_maps.c.vault_id == vault_id, column_maps.c.map_id == map_id)
    return conn.execute(delete(column_maps).where(*these)).rowcount
