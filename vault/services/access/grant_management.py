"""A vendor's look at a consent of its own, and its way to give it back, without any token.

Only what stands in clear can be told so: terms are sealed, and nobody opens them without a token.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from vault.errors import NotFound
from vault.services.ending import end_grant
from vault.storage import grants, receipts
from vault.storage.grants import GrantState
from vault.storage.store import Store

_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class GrantStatus:
    """A grant in ISO/IEC TS 27560's words; times in seconds since the epoch.

    `receipt` is the signed receipt of its end (a compact JWS), once it has ended. `deletion_owed`
    is true until the vendor has said that it deleted what it read, at `deleted_at`.
    """

    grant_id: str
    status: str
    created_at: int
    expires_at: int
    ended_at: int | None
    receipt: str | None
    deletion_owed: bool | None
    deleted_at: int | None


class GrantManagement:
    """What a vendor may know and do about its grants; NotFound alike for unknown and foreign."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def status(self, client_id: str, grant_id: str) -> GrantStatus:
        """What became of a grant. One whose time is over ends with this at the latest."""
        with self._store.database.read() as conn:
            row = find(conn, client_id, grant_id)
        if row.state in grants.LIVE and row.expires_at <= self._store.clock():
            self._end(row, GrantState.EXPIRED)
        with self._store.database.read() as conn:
            row = find(conn, client_id, grant_id)
            last = receipts.last(conn, row.vault_id, row.grant_id)
        return GrantStatus(
            grant_id=grant_id,
            status=GrantState(row.state).name.lower(),
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            receipt=last.signed if last else None,
            deletion_owed=grants.deletion_owed(row, self._store.clock()) or None,
            deleted_at=row.deleted_at,
        )

    def end(self, client_id: str, grant_id: str) -> None:
        """Give a consent back: done when this returns; nothing where it had ended before."""
        with self._store.database.read() as conn:
            row = find(conn, client_id, grant_id)
        self._end(row, GrantState.REVOKED)

    def _end(self, row: "Row[Any]", state: GrantState) -> None:
        with self._store.database.write() as conn:
            end_grant(conn, self._store, row.vault_id, row.grant_id, state)
        # The erased wraps must not linger in SQLite's log.
        self._store.database.checkpoint()


def find(conn: Connection, client_id: str, grant_id: str) -> "Row[Any]":
    """A grant of a client, by its id in hex. NotFound alike for unknown and foreign ones."""
    refusal = NotFound("there is no such grant of this client")
    try:
        wanted = bytes.fromhex(grant_id)
    except ValueError:
        raise refusal from None
    row = grants.of_client(conn, client_id, wanted) if len(wanted) == _ID_LENGTH else None
    if row is None:
        raise refusal
    return row
