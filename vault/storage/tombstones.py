"""Tombstones: for each grant that could see a closed row, that it closed.

Only the owner's open session closes rows, and only it knows all terms; a vendor's `deleted`
comes from here alone. `continues` says that the grant may see the row opened in its place, so
the record is gone for it only where its last tombstone does not continue.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from vault.storage.schema import tombstones

KEPT_SECONDS = 90 * 86_400
"""How long they are kept; an older cursor is answered from the start."""

_AFTER = (
    select(
        tombstones.c.change,
        tombstones.c.record_id,
        tombstones.c.since,
        tombstones.c.continues,
    )
    .where(
        tombstones.c.vault_id == bindparam("vault"),
        tombstones.c.grant_id == bindparam("grant"),
        tombstones.c.kind == bindparam("which"),
        tombstones.c.change > bindparam("above"),
    )
    .order_by(tombstones.c.change)
    .limit(bindparam("most"))
)


class Tombstone(NamedTuple):
    """One closed row as one grant saw it: opened by `since`, closed by `change`."""

    grant_id: bytes
    kind: int
    change: int
    record_id: bytes
    since: int
    continues: bool


def add(conn: Connection, vault_id: bytes, made: Sequence[Tombstone], now: int) -> None:
    """Write tombstones, in the transaction that closes their rows."""
    if made:
        conn.execute(
            insert(tombstones),
            [{"vault_id": vault_id, "created_at": now, **one._asdict()} for one in made],
        )


def after(
    conn: Connection, vault_id: bytes, grant_id: bytes, kind: int, change: int, limit: int
) -> list[Tombstone]:
    """A grant's tombstones of one kind above a change, oldest first."""
    where = {"vault": vault_id, "grant": grant_id, "which": kind, "above": change, "most": limit}
    rows = conn.execute(_AFTER, where)
    return [Tombstone(grant_id, kind, *row) for row in rows]


def vaults_with_old(conn: Connection, now: int) -> list[bytes]:
    """The vaults that have tombstones to forget."""
    rows = conn.execute(
        select(tombstones.c.vault_id).where(tombstones.c.created_at < now - KEPT_SECONDS).distinct()
    )
    return [row.vault_id for row in rows]


def drop_all(conn: Connection, vault_id: bytes) -> None:
    """Forget all of a vault's."""
    conn.execute(delete(tombstones).where(tombstones.c.vault_id == vault_id))


def sweep(conn: Connection, vault_id: bytes, now: int) -> int | None:
    """Forget old ones; the highest change forgotten, or None where there was none."""
    old = (tombstones.c.vault_id == vault_id, tombstones.c.created_at < now - KEPT_SECONDS)
    highest: Any = conn.execute(select(func.max(tombstones.c.change)).where(*old)).scalar()
    if highest is None:
        return None
    conn.execute(delete(tombstones).where(*old))
    return int(highest)
