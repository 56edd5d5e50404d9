"""A vault as one moment shows it to its owner: what every list and every write is planned on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from vault.domain.compartments import Compartment, Kind
from vault.domain.sellers import joined
from vault.errors import NotFound
from vault.storage import index, records, seller_links, vaults
from vault.storage.batches import BatchReader
from vault.storage.index_lines import ManifestLine
from vault.storage.keyring import KeyRing
from vault.storage.records import StoredRecord

RECORD_COMPARTMENTS = tuple(one for one in Compartment if one.kind is not None)


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

    def find(self, kind: Kind, record_id: str) -> StoredRecord:
        """The open row of one record, by its id in hex; NotFound where none of the kind is."""
        refusal = NotFound("There is no such record.")
        try:
            wanted = bytes.fromhex(record_id)
        except ValueError:
            raise refusal from None
        stored = self.read([wanted]).get(wanted)
        if stored is None or stored.compartment.kind is not kind:
            raise refusal
        return stored

    def same_sellers(self) -> Mapping[str, str]:
        """The seller keys that the customer has joined, each with the one that stands for it."""
        return joined_by(stated for _, stated in self.seller_answers())

    def seller_answers(self) -> list[tuple[bytes, dict[str, Any]]]:
        """Which sellers the customer has said to be one, or not: every answer with its id."""
        return seller_links.kept(self.conn, self.ring)

    def index(self) -> Iterator[tuple[Kind, ManifestLine]]:
        """The index's manifest of every record, with its kind."""
        for compartment in RECORD_COMPARTMENTS:
            kind = compartment.kind
            if kind is not None:
                yield from ((kind, line) for line in self.manifest(compartment))

    def manifest(self, *compartments: Compartment) -> Iterator[ManifestLine]:
        """The index's manifest of some compartments."""
        for compartment in compartments:
            yield from index.manifest(self.conn, self.ring, compartment, self.horizon)


def joined_by(answers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The seller keys that answers join, each with the one that stands for all of its group."""
    return joined(
        [key for seller in stated["sellers"] for key in seller["keys"]]
        for stated in answers
        if stated["same"]
    )


def snapshot(conn: Connection, ring: KeyRing) -> Snapshot:
    """What a read transaction shows: everything up to the vault's counter."""
    horizon = vaults.find(conn, ring.vault_id).change
    return Snapshot(conn, ring, BatchReader(conn, ring), horizon)
