"""Which customers are to be written to: the unseen notices of vaults that have an address.

`notices.mailed_at` says all of it. NULL: due. Above 0: when it went out. 0: it never shall. Below
0: somebody is sending it, or failed to, and until its negative nobody else tries. So a mail is sent
by one worker alone, and again when that worker has died or the server refused it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select, update

from vault.domain.notices import DAY
from vault.storage.schema import notices, vaults

NEVER = 0
PAUSE_SECONDS = 3_600
"""At most one mail to a customer in this time."""
TRIED_SECONDS = 3 * DAY
"""So long a mail is tried; the page has the notice all the same."""
_MOST = 100


def _waiting(now: int) -> tuple[ColumnElement[bool], ...]:
    free = notices.c.mailed_at.is_(None) | (notices.c.mailed_at < 0) & (-notices.c.mailed_at <= now)
    return (notices.c.seen_at.is_(None), free, notices.c.at > now - TRIED_SECONDS)


def find(conn: Connection, now: int) -> list[bytes]:
    """The vaults whose customers are to be written to now, some at a time."""
    mine = notices.c.vault_id == vaults.c.vault_id
    lately = exists().where(mine, notices.c.mailed_at > now - PAUSE_SECONDS)
    waiting = exists().where(mine, *_waiting(now))
    chosen = select(vaults.c.vault_id).where(vaults.c.contact.is_not(None), waiting, ~lately)
    return list(conn.scalars(chosen.order_by(vaults.c.vault_id).limit(_MOST)))


def claim(conn: Connection, locked: Any, now: int, until: int) -> list[bytes]:
    """Take what is due in a vault whose row is locked, until a moment; the ids of the notices.

    None where another has taken it or a mail went out lately.
    """
    vault_id = locked.vault_id
    mine = notices.c.vault_id == vault_id
    lately = select(notices.c.notice_id).where(mine, notices.c.mailed_at > now - PAUSE_SECONDS)
    if conn.execute(lately.limit(1)).first():
        return []
    waiting = select(notices.c.notice_id).where(mine, *_waiting(now))
    ids = list(conn.scalars(waiting.order_by(notices.c.notice_id)))
    settle(conn, vault_id, ids, -until)
    return ids


def settle(conn: Connection, vault_id: bytes, notice_ids: list[bytes], mailed_at: int) -> None:
    """Write what became of claimed notices: when they went out, or when they are tried again."""
    these = (notices.c.vault_id == vault_id, notices.c.notice_id.in_(notice_ids))
    conn.execute(update(notices).where(*these).values(mailed_at=mailed_at))


def drop(conn: Connection, vault_id: bytes | None = None) -> None:
    """Send nothing of what is due so far, in one vault or in all: it is known, or of the past."""
    due = update(notices).where(notices.c.mailed_at.is_(None) | (notices.c.mailed_at < 0))
    if vault_id is not None:
        due = due.where(notices.c.vault_id == vault_id)
    conn.execute(due.values(mailed_at=NEVER))
