"""Batches: records sealed under one key, which its compartment's secret seals.

A `BatchWriter` makes its key in memory, seals each position once, and cannot be reopened: every
edit and every resumed import is a new batch, so no nonce is ever used twice.
"""

import os
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, insert, select

from vault.crypto import aead
from vault.crypto.aead import BatchOpener, BatchSealer, generate_key
from vault.crypto.envelope import context, record_context
from vault.domain.compartments import Compartment
from vault.errors import Unopenable
from vault.storage.keyring import KeyRing
from vault.storage.schema import batches

_BY_ID = select(batches).where(
    batches.c.vault_id == bindparam("vault"),
    batches.c.batch_id.in_(bindparam("ids", expanding=True)),
)

_NUMBERS = frozenset(map(int, Compartment))


def _key_context(vault_id: bytes, compartment: int, epoch: int, batch_id: bytes) -> bytes:
    return context("batch key", vault_id, compartment, epoch, batch_id)


def _record_prefix(vault_id: bytes, compartment: int, epoch: int, batch_id: bytes) -> bytes:
    """What binds a record to its place; position, record id and revision follow."""
    return context("record", vault_id, compartment, epoch, batch_id)


class BatchWriter:
    """Seals records of one compartment under the newest epoch."""

    def __init__(
        self, conn: Connection, ring: KeyRing, compartment: Compartment, change: int
    ) -> None:
        """Make the batch. Its rows are staged until the vault's counter reaches `change`."""
        self.batch_id = os.urandom(16)
        epoch = ring.epoch(compartment)
        key = generate_key()
        place = (ring.vault_id, int(compartment), epoch, self.batch_id)
        self._prefix = _record_prefix(*place)
        self._sealer = BatchSealer(key)
        self._next = 0
        conn.execute(
            insert(batches).values(
                vault_id=ring.vault_id,
                batch_id=self.batch_id,
                compartment=int(compartment),
                epoch=epoch,
                wrapped_key=aead.seal(
                    ring.batch_key(conn, compartment, epoch), key, _key_context(*place)
                ),
                change=change,
            )
        )

    def seal(self, record_id: bytes, revision: int, plaintext: bytes) -> tuple[int, bytes]:
        """Seal one record; its position in the batch, and the envelope."""
        position = self._next
        self._next += 1
        where = record_context(self._prefix, position, record_id, revision)
        return position, self._sealer.seal(position, plaintext, where)


class BatchReader:
    """Opens records of any batch that a key ring reaches; keeps batch keys for one request."""

    def __init__(self, conn: Connection, ring: KeyRing) -> None:
        self._conn = conn
        self._ring = ring
        self._openers: dict[bytes, tuple[BatchOpener, bytes, int]] = {}

    def load(self, batch_ids: Iterable[bytes]) -> None:
        """Fetch the keys of batches at once instead of one by one."""
        wanted = [one for one in set(batch_ids) if one not in self._openers]
        for start in range(0, len(wanted), 500):
            some = {"vault": self._ring.vault_id, "ids": wanted[start : start + 500]}
            for row in self._conn.execute(_BY_ID, some):
                if row.compartment not in _NUMBERS:
                    continue
                compartment = Compartment(row.compartment)
                place = (self._ring.vault_id, row.compartment, row.epoch, row.batch_id)
                sealing = self._ring.batch_key(self._conn, compartment, row.epoch)
                key = aead.unseal(sealing, row.wrapped_key, _key_context(*place))
                opener, prefix = BatchOpener(key), _record_prefix(*place)
                self._openers[row.batch_id] = (opener, prefix, row.compartment)

    def open(
        self,
        compartment: int,
        batch_id: bytes,
        position: int,
        record_id: bytes,
        revision: int,
        envelope: bytes,
    ) -> bytes:
        """The plaintext of a record; Unopenable or Refused for any other key or place."""
        if batch_id not in self._openers:
            self.load((batch_id,))
        if batch_id not in self._openers:
            raise Unopenable("the key of a batch is missing")
        opener, prefix, belongs = self._openers[batch_id]
        if compartment != belongs:
            # The envelope is bound to its batch's compartment: the row says another one.
            raise Unopenable("this record stands in another compartment than it was sealed for")
        where = record_context(prefix, position, record_id, revision)
        return opener.unseal(position, envelope, where)
