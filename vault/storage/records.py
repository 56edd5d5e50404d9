"""Rows of records: valid from one change to another, sealed one by one.

A row above the vault's counter is staged: no reader sees it. Closing a row and opening the next
happen in the transaction that advances the counter, so commit order is number order.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, and_, bindparam, delete, select, update

from vault.domain.compartments import Compartment
from vault.storage.batches import BatchReader
from vault.storage.schema import records

_IN_AT_ONCE = 500
_COMPARTMENTS = {int(compartment): compartment for compartment in Compartment}
_COLUMNS = (
    records.c.compartment,
    records.c.change,
    records.c.record_id,
    records.c.revision,
    records.c.batch_id,
    records.c.position,
    records.c.ciphertext,
)
_SCAN = (
    select(*_COLUMNS)
    .where(
        records.c.vault_id == bindparam("vault"),
        records.c.valid_to.is_(None),
        records.c.change <= bindparam("upto"),
        records.c.compartment == bindparam("which"),
        records.c.change > bindparam("above"),
    )
    .order_by(records.c.change)
    .limit(bindparam("most"))
)


class StoredRecord(NamedTuple):
    """One open row, decrypted. `data` is the record's JSON, links and source included."""

    compartment: Compartment
    change: int
    record_id: bytes
    revision: int
    data: dict[str, Any]

    @property
    def is_gift(self) -> bool:
        """Whether it stands where gifts stand."""
        return self.compartment.is_gifts


class StagedRow(NamedTuple):
    """A row to insert, column by column."""

    vault_id: bytes
    compartment: int
    change: int
    record_id: bytes
    revision: int
    batch_id: bytes
    position: int
    ciphertext: bytes


def stage(conn: Connection, rows: Sequence[StagedRow]) -> None:
    """Insert rows whose change numbers the vault's counter has not reached yet.

    The driver takes them as they are: named parameters cost as much again as the insert.
    """
    if rows:
        conn.exec_driver_sql(_INSERT[conn.dialect.paramstyle], list(rows))


def _insert(mark: str) -> str:
    names, marks = ", ".join(StagedRow._fields), ", ".join([mark] * len(StagedRow._fields))
    return f"INSERT INTO {records.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours


_INSERT = {"qmark": _insert("?"), "pyformat": _insert("%s")}


def _batched(ids: Iterable[bytes]) -> Iterator[list[bytes]]:
    listed = list(ids)
    for start in range(0, len(listed), _IN_AT_ONCE):
        yield listed[start : start + _IN_AT_ONCE]


def _open_rows(vault_id: bytes, horizon: int) -> Any:
    return and_(
        records.c.vault_id == vault_id,
        records.c.valid_to.is_(None),
        records.c.change <= horizon,
    )


def read(
    conn: Connection, reader: BatchReader, vault_id: bytes, ids: Iterable[bytes], horizon: int
) -> dict[bytes, StoredRecord]:
    """The open rows of some records, decrypted; ids that have none are left out."""
    found: dict[bytes, StoredRecord] = {}
    for some in _batched(ids):
        rows = conn.execute(
            select(*_COLUMNS).where(_open_rows(vault_id, horizon), records.c.record_id.in_(some))
        ).all()
        for record in decrypt(reader, rows):
            found[record.record_id] = record
    return found


def decrypt(reader: BatchReader, rows: Sequence[Any]) -> Iterator[StoredRecord]:
    """Open rows as selected by this module, in their order."""
    reader.load(row[4] for row in rows)
    for compartment, change, record_id, revision, batch_id, position, ciphertext in rows:
        plain = reader.open(compartment, batch_id, position, record_id, revision, ciphertext)
        data = orjson.loads(plain)
        yield StoredRecord(_COMPARTMENTS[compartment], change, record_id, revision, data)


def scan(
    conn: Connection,
    vault_id: bytes,
    compartment: Compartment,
    after: int,
    horizon: int,
    limit: int,
) -> Sequence[Any]:
    """Open rows of a compartment in change order, above `after` and up to `horizon`, sealed."""
    where = {"vault": vault_id, "which": int(compartment), "above": after, "upto": horizon}
    return conn.execute(_SCAN, {**where, "most": limit}).all()


def close(conn: Connection, vault_id: bytes, closing: Sequence[tuple[int, int, int]]) -> None:
    """Close rows: (compartment, change that opened it, change that closes it)."""
    if closing:
        conn.execute(
            update(records).where(
                records.c.vault_id == vault_id,
                records.c.compartment == bindparam("b_compartment"),
                records.c.change == bindparam("b_change"),
            ),
            [
                {"b_compartment": c, "b_change": opened, "valid_to": closed}
                for c, opened, closed in closing
            ],
        )


def erase(conn: Connection, vault_id: bytes, ids: Iterable[bytes], before: int) -> None:
    """Erase every row of some records that was opened before a change, open or closed.

    What moves to a gift twin leaves no former version that a purchases-only token could open.
    """
    for some in _batched(ids):
        conn.execute(
            delete(records).where(
                records.c.vault_id == vault_id,
                records.c.record_id.in_(some),
                records.c.change < before,
            )
        )


def discard_staged(conn: Connection, vault_id: bytes, counter: int) -> None:
    """Drop the rows that a writer staged and never committed."""
    conn.execute(delete(records).where(records.c.vault_id == vault_id, records.c.change > counter))


def sealed_rows(conn: Connection, vault_id: bytes, record_id: bytes, horizon: int) -> Sequence[Any]:
    """The open row of a record, sealed: a grant's keys may not reach where it stands."""
    return conn.execute(
        select(*_COLUMNS).where(_open_rows(vault_id, horizon), records.c.record_id == record_id)
    ).all()
