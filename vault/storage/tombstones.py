"""Tombstones: for each grant that could see a closed row, that it closed.

Only the owner's open session closes rows, and only it knows all terms; a vendor's `deleted`
comes from here alone. `continues` says that the grant may see the row opened in its place, so
the record is gone for it only where its last tombstone does not continue.
"""

from collections.abc import Mapping, Sequence
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


def held(
    conn: Connection, vault_id: bytes, progress: Mapping[int, int], made: Sequence[Tombstone]
) -> list[Tombstone]:
    """Those of one grant's tombstones whose record its vendor may hold.

    Either a page has delivered the row that closes (`progress` says how far they came, by kind),
    or it succeeds a row that one had delivered, and the vendor has not read as far as that.
    Whoever never saw a record shall not be told that it has gone.
    """
    unread = [one for one in made if one.since > progress.get(one.kind, 0)]
    succeeded = _existing(conn, vault_id, unread)
    return [
        one
        for one in made
        if one.since <= progress.get(one.kind, 0) or (one.since, one.record_id) in succeeded
    ]


def _existing(
    conn: Connection, vault_id: bytes, unread: Sequence[Tombstone]
) -> set[tuple[int, bytes]]:
    """Of what closes, (change, record) of the tombstones that its opening had written."""
    found: set[tuple[int, bytes]] = set()
    for start in range(0, len(unread), 500):
        some = unread[start : start + 500]
        rows = conn.execute(
            select(tombstones.c.change, tombstones.c.record_id).where(
                tombstones.c.vault_id == vault_id,
                tombstones.c.grant_id == some[0].grant_id,
                tombstones.c.change.in_([one.since for one in some]),
            )
        )
        found.update((change, record_id) for change, record_id in rows)
    return found


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
