"""A vault as one moment shows it to its owner: what every list and every write is planned on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from vault.domain.compartments import Compartment
from vault.storage import index, records, vaults
from vault.storage.batches import BatchReader
from vault.storage.keyring import KeyRing
from vault.storage.records import StoredRecord
from vault.storage.segments import ManifestLine


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The vault as one moment shows it to its owner."""

    conn: Connection
    ring: KeyRing
    reader: BatchReader
    horizon: int

    def read(self, ids: Iterable[bytes]) -> dict[bytes, StoredRecord]:
        """The open rows of some records."""
        return records.read(self.conn, self.reader, self.ring.vault_id, ids, self.horizon)

    def manifest(self, *compartments: Compartment) -> Iterator[ManifestLine]:
        """The index's manifest of some compartments."""
        for compartment in compartments:
            yield from index.manifest(self.conn, self.ring, compartment, self.horizon)


def snapshot(conn: Connection, ring: KeyRing) -> Snapshot:
    """What a read transaction shows: everything up to the vault's counter."""
    horizon = vaults.find(conn, ring.vault_id).change
    return Snapshot(conn, ring, BatchReader(conn, ring), horizon)
