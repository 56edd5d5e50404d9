"""The column maps that a vault keeps, opened."""

from dataclasses import dataclass

from sqlalchemy import Connection

from vault.domain.column_maps import ColumnMap
from vault.storage import column_maps
from vault.storage.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class KeptMap:
    """A map with its id in hex."""

    map_id: str
    map: ColumnMap


def kept(conn: Connection, ring: KeyRing) -> list[KeptMap]:
    """Every column map of a vault, the newest first."""
    return [
        KeptMap(map_id.hex(), ColumnMap.from_json(stated))
        for map_id, stated in column_maps.kept(conn, ring)
    ]
