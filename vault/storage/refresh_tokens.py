"""Refresh tokens in the directory of credentials: rotated, retried for a while, prolonged.

What a rotation is for: `vault/services/access/succession.py`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, update

from vault.crypto.credentials import Credential, CredentialKind, wrap
from vault.crypto.server_keys import ServerKeys
from vault.storage.credentials import CredentialRow
from vault.storage.schema import credentials

ROTATED = "rotated"
"""The reason of a refresh token whose successor was issued; `ended_at` is when retrying ends."""


def retriable(row: CredentialRow, now: int) -> bool:
    """Whether it was rotated so lately that its bearer may ask for the successor again."""
    rotated = row.end_reason == ROTATED and row.wrap is not None
    return rotated and (row.ended_at or 0) > now and row.expires_at > now


def rotate(
    conn: Connection,
    keys: ServerKeys,
    row: CredentialRow,
    credential: Credential,
    payload: bytes,
    *,
    until: int,
    attributes: Mapping[str, Any],
) -> None:
    """End a live refresh token at `until`; its new wrap is for a retry before then."""
    conn.execute(
        update(credentials)
        .where(credentials.c.lookup == row.lookup, credentials.c.ended_at.is_(None))
        .values(
            wrap=wrap(credential, payload, keys, row.place),
            ended_at=until,
            end_reason=ROTATED,
            attributes=dict(attributes),
        )
    )


def forbid_retry(conn: Connection, lookup: bytes) -> None:
    """Erase the wrap of a rotated refresh token; nothing for any other credential."""
    rotated = (credentials.c.lookup == lookup, credentials.c.end_reason == ROTATED)
    conn.execute(update(credentials).where(*rotated).values(wrap=None))


def prolong(conn: Connection, vault_id: bytes, holder_id: bytes, expires_at: int) -> None:
    """Give a holder's live refresh tokens the end of its consent, which their wrap does not bind.

    What they open says until when as well, and the earlier of both counts.
    """
    live = (credentials.c.ended_at.is_(None), credentials.c.vault_id == vault_id)
    mine = (credentials.c.holder_id == holder_id, *live)
    kind = credentials.c.kind == int(CredentialKind.REFRESH_TOKEN)
    conn.execute(update(credentials).where(kind, *mine).values(expires_at=expires_at))
