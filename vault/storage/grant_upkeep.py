"""Upkeep of grants: which are over, and which have a holder that nobody can use any more."""

from sqlalchemy import Connection, Exists, Select, exists, select

from vault.storage.grants import LIVE
from vault.storage.schema import credentials, grants, holders


def due(
    conn: Connection, now: int, spent_before: int, vault_id: bytes | None = None
) -> list[tuple[bytes, bytes]]:
    """(vault id, grant id) of live grants that are over, in all vaults or in one.

    Their time is over, or no credential of theirs outlives `spent_before`: the code was never
    exchanged, or the only access token has run out, and nobody can ever use the grant again.
    """
    over = _live_grants(vault_id).where((grants.c.expires_at <= now) | ~_usable(spent_before))
    return [(row.vault_id, row.grant_id) for row in conn.execute(over)]


def with_unused(
    conn: Connection, now: int, spent_before: int, vault_id: bytes | None = None
) -> list[tuple[bytes, bytes]]:
    """(vault id, grant id) of grants that go on, with a holder that no credential leads to."""
    live = (holders.c.vault_id == grants.c.vault_id, holders.c.grant_id == grants.c.grant_id)
    used = _usable(spent_before).where(credentials.c.holder_id == holders.c.holder_id)
    unused = exists().where(*live, holders.c.ended_at.is_(None), ~used.correlate(grants, holders))
    found = _live_grants(vault_id).where(
        grants.c.expires_at > now, _usable(spent_before), unused.correlate(grants)
    )
    return [(row.vault_id, row.grant_id) for row in conn.execute(found)]


def _live_grants(vault_id: bytes | None) -> "Select[tuple[bytes, bytes]]":
    live = select(grants.c.vault_id, grants.c.grant_id).where(
        grants.c.state.in_([int(state) for state in LIVE])
    )
    return live if vault_id is None else live.where(grants.c.vault_id == vault_id)


def _usable(spent_before: int) -> Exists:
    """Whether a credential of a grant outlives a moment."""
    return exists().where(
        credentials.c.vault_id == grants.c.vault_id,
        credentials.c.grant_id == grants.c.grant_id,
        credentials.c.ended_at.is_(None),
        credentials.c.expires_at > spent_before,
    )
