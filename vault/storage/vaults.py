"""The row of each vault: its counters, and the lease of its one writer."""

import os
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from vault.errors import Busy, Conflict, NotFound
from vault.storage import records, segments
from vault.storage.schema import batches, vaults

LEASE_SECONDS = 30
"""How long a writer may be silent before another may take its place; each slice renews it."""

NO_HEAD = bytes(32)
"""The head of an empty ledger."""

# On the path of every read of a vendor, so they are put together once.
_THIS = vaults.c.vault_id == bindparam("vault")
_FIND = select(vaults).where(_THIS)
# As strong between writers, and no hindrance to a row that refers to the vault: a vendor that asks
# would notice by the wait that a customer of that name is at work.
_LOCK = _FIND.with_for_update(key_share=True)


def create(conn: Connection, name: str, now: int) -> bytes:
    """Make a vault's row; its id. Raises Conflict where the name is taken."""
    vault_id = os.urandom(16)
    try:
        conn.execute(
            insert(vaults).values(vault_id=vault_id, name=name, created_at=now, ledger_head=NO_HEAD)
        )
    except IntegrityError as err:
        raise Conflict("This username is taken.") from err
    return vault_id


def find(conn: Connection, vault_id: bytes) -> "Row[Any]":
    """A vault's row; NotFound where it has been erased."""
    row = conn.execute(_FIND, {"vault": vault_id}).first()
    if row is None:
        raise NotFound("There is no such vault.")
    return row


def find_by_name(conn: Connection, name: str) -> "Row[Any] | None":
    """The vault of a user name, if there is one."""
    if not name.isprintable():
        return None  # no name is so, and PostgreSQL refuses a NUL with an error
    return conn.execute(select(vaults).where(vaults.c.name == name)).first()


def lock(conn: Connection, vault_id: bytes) -> "Row[Any]":
    """A vault's row, locked until the transaction ends. SQLite's writers are alone already."""
    row = conn.execute(_LOCK, {"vault": vault_id}).first()
    if row is None:
        raise NotFound("There is no such vault.")
    return row


def set_values(conn: Connection, vault_id: bytes, **values: Any) -> None:
    """Change columns of a locked row."""
    conn.execute(_update(tuple(values)), {"vault": vault_id, **values})


@cache
def _update(names: tuple[str, ...]) -> Update:
    return update(vaults).where(_THIS).values({name: bindparam(name) for name in names})


def lease(conn: Connection, vault_id: bytes, now: int) -> "Row[Any]":
    """Become the vault's one writer: a new fencing number, and nothing left staged.

    Raises Busy while another writer holds the lease.
    """
    row = lock(conn, vault_id)
    if row.leased_until > now:
        raise Busy("Something else is being stored just now: try again in a moment.", retry_after=2)
    set_values(conn, vault_id, fence=row.fence + 1, leased_until=now + LEASE_SECONDS)
    discard_staged(conn, vault_id, row.change)
    return find(conn, vault_id)


def renew_lease(conn: Connection, vault_id: bytes, fence: int, now: int) -> "Row[Any]":
    """Check the fencing number before a write, and stay the writer; Busy where it was lost."""
    row = lock(conn, vault_id)
    if row.fence != fence:
        raise Busy("This took too long and another change came first: try again.", retry_after=1)
    set_values(conn, vault_id, leased_until=now + LEASE_SECONDS)
    return row


def release(conn: Connection, vault_id: bytes, fence: int) -> None:
    """Give the lease back, if it is still this writer's."""
    conn.execute(
        update(vaults)
        .where(vaults.c.vault_id == vault_id, vaults.c.fence == fence)
        .values(leased_until=0)
    )


def discard_staged(conn: Connection, vault_id: bytes, counter: int) -> None:
    """Drop what a writer that died had staged: all above the vault's counter."""
    records.discard_staged(conn, vault_id, counter)
    segments.discard_staged(conn, vault_id, counter)
    conn.execute(delete(batches).where(batches.c.vault_id == vault_id, batches.c.change > counter))


def with_staged(conn: Connection, now: int) -> list[bytes]:
    """The vaults whose writer has died: its lease is over, and what it staged still stands.

    A staged row always belongs to a staged batch.
    """
    staged = exists().where(
        batches.c.vault_id == vaults.c.vault_id, batches.c.change > vaults.c.change
    )
    rows = conn.execute(select(vaults.c.vault_id).where(vaults.c.leased_until <= now, staged))
    return [row.vault_id for row in rows]


def erase(conn: Connection, vault_id: bytes) -> None:
    """Erase a vault with all its rows."""
    conn.execute(delete(vaults).where(vaults.c.vault_id == vault_id))
