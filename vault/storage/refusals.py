"""Refusals of vendors, counted: the first of its kind and hour stands in the ledger too."""

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vault.storage.schema import refusals

HOUR = 3_600
_KEPT_SECONDS = 90 * 86_400


def first_of_hour(
    conn: Connection, vault_id: bytes, grant_id: bytes, reason: str, now: int
) -> bool:
    """Count a refusal; True for the first of its grant, reason and hour, which is written out."""
    hour = now // HOUR
    where = (
        refusals.c.vault_id == vault_id,
        refusals.c.grant_id == grant_id,
        refusals.c.reason == reason,
        refusals.c.hour == hour,
    )
    counted = conn.execute(update(refusals).where(*where).values(count=refusals.c.count + 1))
    if counted.rowcount:
        return False
    try:
        with conn.begin_nested():
            conn.execute(
                insert(refusals).values(
                    vault_id=vault_id, grant_id=grant_id, reason=reason, hour=hour, count=1
                )
            )
    except IntegrityError:
        return False
    return True


def counts(conn: Connection, vault_id: bytes) -> dict[tuple[bytes, str, int], int]:
    """How often each (grant, reason, hour) was refused."""
    columns = (refusals.c.grant_id, refusals.c.reason, refusals.c.hour, refusals.c.count)
    rows = conn.execute(select(*columns).where(refusals.c.vault_id == vault_id))
    return {(grant_id, reason, hour): count for grant_id, reason, hour, count in rows}


def sweep(conn: Connection, now: int) -> int:
    """Forget counts of hours long past; the entry of each hour's first refusal stays."""
    old = refusals.c.hour < (now - _KEPT_SECONDS) // HOUR
    return conn.execute(delete(refusals).where(old)).rowcount
