"""What vendors read under their grants: how often, on which days, and how far they have come."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, update

from vault.domain import read_days
from vault.storage.schema import grants

# On the path of every read, so it is put together once.
_COUNT = (
    update(grants)
    .where(
        grants.c.vault_id == bindparam("vault"),
        grants.c.grant_id == bindparam("grant"),
    )
    .values(
        last_read_at=bindparam("now"),
        reads=grants.c.reads + 1,
        progress=bindparam("delivered"),
        days=bindparam("by_day"),
    )
)


def progress_with(row: "Row[Any]", kind: int, change: int) -> dict[str, list[int]]:
    """A grant's progress once a page of a kind up to a change has been delivered."""
    version, reached = row.progress.get(str(kind), (0, 0))
    if version == row.terms_version:
        change = max(change, reached)
    return {**row.progress, str(kind): [row.terms_version, change]}


def count(
    conn: Connection,
    row: "Row[Any]",
    now: int,
    records: int,
    progress: Mapping[str, Sequence[int]],
) -> None:
    """Note that a vendor read so many records under a grant, and how far it has come.

    `row` is the grant's, read under the lock of the vault's row.
    """
    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    days = read_days.counted(row.days, today, records)
    given = {"vault": row.vault_id, "grant": row.grant_id, "now": now}
    conn.execute(_COUNT, {**given, "delivered": progress, "by_day": days})
