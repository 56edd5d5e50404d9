"""Rows of every table as lines of JSON, the same from and for either database.

A line is an array of one row's values in the order of the table's columns: ciphertexts and ids in
base64, the rest as it is. Nothing is opened: what is sealed stays sealed.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, LargeBinary, Table, delete, func, insert, select

from vault.crypto.envelope import Suite, header
from vault.storage.schema import clients, credentials, holders, inbox, metadata, replays, vaults

TABLES = tuple(table for table in metadata.sorted_tables if table is not replays)
"""Those that a backup holds, each after those that it refers to.

`replays` is for minutes only, and a restore ends all that could be replayed.
"""

_ROWS = 500
_NUMBERED = slice(len(header(Suite.SERVER)), len(header(Suite.SERVER)) + 4)


def count(conn: Connection) -> int:
    """How many rows a backup will hold."""
    return sum(conn.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES)


def key_numbers(conn: Connection) -> set[int]:
    """The numbers of the server's keys that anything is sealed under."""
    found: set[int] = set()
    for column, limit in (
        (credentials.c.wrap, credentials.c.wrap.is_not(None)),
        (holders.c.package, holders.c.grant_id.is_not(None)),
        (inbox.c.sealed_key, inbox.c.sealed_key.is_not(None)),
        (vaults.c.contact, vaults.c.contact.is_not(None)),
    ):
        begins = func.substr(column, 1, _NUMBERED.stop, type_=LargeBinary)
        for envelope in conn.scalars(select(begins).where(limit).distinct()):
            if envelope:
                found.add(int.from_bytes(envelope[_NUMBERED], "big"))
    return found


def lines(conn: Connection, table: Table) -> Iterator[bytes]:
    """Every row of a table, as lines."""
    writers = [_WRITERS.get(isinstance(column.type, LargeBinary)) for column in table.columns]
    rows = conn.execution_options(yield_per=_ROWS).execute(select(table))
    for row in rows:
        values = [
            write(value) if write else value for write, value in zip(writers, row, strict=True)
        ]
        yield orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)


_WRITERS: dict[bool, Callable[[Any], Any]] = {True: _text}
_READERS: dict[bool, Callable[[Any], Any]] = {True: _bytes}


def fill(conn: Connection, table: Table, written: Iterable[bytes]) -> Iterator[int]:
    """Insert the rows of lines that `lines` made; yields how many, part by part."""
    names = [column.name for column in table.columns]
    readers = [_READERS.get(isinstance(column.type, LargeBinary)) for column in table.columns]
    waiting = iter(written)
    while part := list(islice(waiting, _ROWS)):
        rows = []
        for line in part:
            values = orjson.loads(line)
            read = [
                reader(value) if reader else value
                for reader, value in zip(readers, values, strict=True)
            ]
            rows.append(dict(zip(names, read, strict=True)))
        conn.execute(insert(table), rows)
        yield len(rows)


def is_empty(conn: Connection) -> bool:
    """Whether there is neither a vault nor a vendor."""
    return not any(conn.execute(select(table).limit(1)).first() for table in (vaults, clients))


def clear(conn: Connection) -> None:
    """Erase every row of every table."""
    for table in reversed(metadata.sorted_tables):
        conn.execute(delete(table))
