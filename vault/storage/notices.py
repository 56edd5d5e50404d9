"""Notices: in clear stand a kind, what it is about, and times; the words are the page's (ADR 21).

A notice is written where the thing happens, in its transaction. Of a kind and a grant at most one
is unseen, so nobody can pile them up.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Row,
    Select,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from vault.domain.notices import DAY, EXPIRY_DAYS, REVIEW_DAYS, NoticeKind
from vault.storage.grants import GrantState
from vault.storage.schema import blocked_vendors, grants, notices, vaults

_KEPT_SECONDS = (REVIEW_DAYS + 10) * DAY
"""A seen notice is kept until a review that follows it is due."""

_ID_LENGTH = 16


def add(conn: Connection, vault_id: bytes, kind: NoticeKind, about: bytes, now: int) -> bool:
    """Write a notice, under the lock of the vault's row; False where one like it is unseen."""
    return _insert(conn, vault_id, kind, about, now) == 1


def add_request(conn: Connection, vault_id: bytes, client_id: str, about: bytes, now: int) -> None:
    """Write that a vendor has asked, to a vault that may not be there, or may block the vendor.

    As with the request itself (`inbox.RequestWriter`) all of that is asked within the statement.
    """
    blocked = exists().where(
        blocked_vendors.c.vault_id == vault_id, blocked_vendors.c.client_id == client_id
    )
    there = exists().where(vaults.c.vault_id == vault_id)
    # On PostgreSQL a vault may be erased while the statement runs, and then it is missed.
    with suppress(IntegrityError), conn.begin_nested():
        _insert(conn, vault_id, NoticeKind.REQUEST, about, now, there, ~blocked)


def _insert(
    conn: Connection,
    vault_id: bytes,
    kind: NoticeKind,
    about: bytes,
    now: int,
    *only: ColumnElement[bool],
) -> int:
    row = {
        "vault_id": vault_id,
        "notice_id": os.urandom(_ID_LENGTH),
        "kind": int(kind),
        "grant_id": about,
        "at": now,
    }
    values = [literal(value, notices.c[name].type) for name, value in row.items()]
    unseen = exists().where(*_about(vault_id, kind, about), notices.c.seen_at.is_(None))
    source = select(*values).where(~unseen, *only)
    return conn.execute(insert(notices).from_select(list(row), source)).rowcount


def _about(vault_id: bytes, kind: NoticeKind, about: bytes) -> tuple[ColumnElement[bool], ...]:
    return (
        notices.c.vault_id == vault_id,
        notices.c.kind == int(kind),
        notices.c.grant_id == about,
    )


def unseen(conn: Connection, vault_id: bytes) -> "list[Row[Any]]":
    """A vault's notices that wait to be noted, newest first."""
    chosen = select(notices).where(notices.c.vault_id == vault_id, notices.c.seen_at.is_(None))
    return list(conn.execute(chosen.order_by(notices.c.at.desc(), notices.c.notice_id)))


def see(conn: Connection, vault_id: bytes, notice_ids: Iterable[bytes], now: int) -> None:
    """Mark notices as seen; those of other vaults, and unknown ones, are none of this vault's."""
    these = (notices.c.vault_id == vault_id, notices.c.notice_id.in_(list(notice_ids)))
    conn.execute(update(notices).where(*these, notices.c.seen_at.is_(None)).values(seen_at=now))


def see_request(conn: Connection, vault_id: bytes, about: bytes, now: int) -> None:
    """The same for a vendor's request that was answered."""
    these = (*_about(vault_id, NoticeKind.REQUEST, about), notices.c.seen_at.is_(None))
    conn.execute(update(notices).where(*these).values(seen_at=now))


def due(
    conn: Connection, now: int, vault_id: bytes | None = None
) -> list[tuple[bytes, bytes, NoticeKind]]:
    """(vault id, grant id, kind) of what time alone gives cause to, in all vaults or in one."""
    found = []
    for kind, chosen in ((NoticeKind.EXPIRY, _expiring(now)), (NoticeKind.REVIEW, _standing(now))):
        mine = chosen if vault_id is None else chosen.where(grants.c.vault_id == vault_id)
        found += [(row.vault_id, row.grant_id, kind) for row in conn.execute(mine)]
    return found


def _given(now: int) -> "Select[tuple[bytes, bytes]]":
    in_force = (grants.c.state == int(GrantState.GIVEN), grants.c.expires_at > now)
    return select(grants.c.vault_id, grants.c.grant_id).where(*in_force)


def _noticed(kind: NoticeKind, lately: ColumnElement[bool]) -> Exists:
    """Whether a grant has a notice of a kind that is still unseen, or was written lately."""
    return exists().where(
        notices.c.vault_id == grants.c.vault_id,
        notices.c.grant_id == grants.c.grant_id,
        notices.c.kind == int(kind),
        notices.c.seen_at.is_(None) | lately,
    )


def _expiring(now: int) -> "Select[tuple[bytes, bytes]]":
    """Consents about to end. One that was for a few days from the start is no surprise."""
    ahead = EXPIRY_DAYS * DAY
    return _given(now).where(
        grants.c.expires_at <= now + ahead,
        grants.c.expires_at - grants.c.created_at > ahead,
        ~_noticed(NoticeKind.EXPIRY, notices.c.at >= grants.c.expires_at - ahead),
    )


def _standing(now: int) -> "Select[tuple[bytes, bytes]]":
    since = now - REVIEW_DAYS * DAY
    reviewed = _noticed(NoticeKind.REVIEW, notices.c.at > since)
    return _given(now).where(grants.c.created_at <= since, ~reviewed)


def sweep(conn: Connection, now: int) -> int:
    """Forget what was seen long ago; how many notices."""
    old = (notices.c.seen_at.is_not(None), notices.c.at < now - _KEPT_SECONDS)
    return conn.execute(delete(notices).where(*old)).rowcount
