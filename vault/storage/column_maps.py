"""Column maps as they are kept: each sealed to the owner, under a random id."""

from typing import Any

from sqlalchemy import Connection

from vault.crypto.envelope import context
from vault.storage.kept import Kept
from vault.storage.keyring import KeyRing
from vault.storage.schema import column_maps


def _place(vault_id: bytes, map_id: bytes, epoch: int) -> bytes:
    return context("column map", vault_id, map_id, epoch)


_MAPS = Kept(column_maps, "map_id", _place)
add, drop = _MAPS.add, _MAPS.drop


def kept(conn: Connection, ring: KeyRing) -> list[tuple[bytes, dict[str, Any]]]:
    """Every map of a vault with its id, the newest first."""
    return _MAPS.all(conn, ring)[::-1]
