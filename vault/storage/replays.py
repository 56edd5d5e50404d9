"""Identifiers that may be used once: those of DPoP proofs and of client assertions, hashed.

One statement inserts and decides; a conflict is a replay. It holds across processes, because the
primary key does. (RFC 9449 section 11.1, RFC 7523 section 3 item 7.)
"""

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from vault.storage.schema import replays

_CLAIM = {
    name: dialect.insert(replays).on_conflict_do_nothing().returning(replays.c.key)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def claim(connection: Connection, key: bytes, expires_at: int) -> bool:
    """Take the 32-byte `key` once; False if it was taken before.

    `expires_at` (seconds since the epoch) is when a replay would be refused for its age anyway.
    """
    row = {"key": key, "expires_at": expires_at}
    return connection.execute(_CLAIM[connection.dialect.name], row).first() is not None


def sweep(connection: Connection, now: int) -> int:
    """Forget what is refused for its age by now; return how many were forgotten."""
    return connection.execute(delete(replays).where(replays.c.expires_at < now)).rowcount
