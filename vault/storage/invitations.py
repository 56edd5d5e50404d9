"""Invitations for vendors: initial access tokens (RFC 7591 section 3), for one client each.

Of a token only a hash is kept; which client it registered stands beside it.
"""

from hashlib import sha256

from sqlalchemy import Connection, delete, update

from vault.storage.schema import vendor_invitations as invitations


def token_hash(token: str) -> bytes:
    """Hash an initial access token. Unsalted and fast on purpose: it is 256 random bits."""
    return sha256(b"vendor-invitation\x00" + token.encode()).digest()


def insert(connection: Connection, token: str, now: int, expires_at: int) -> None:
    """Keep a new invitation."""
    row = {"token_hash": token_hash(token), "created_at": now, "expires_at": expires_at}
    connection.execute(invitations.insert().values(row))


def take(connection: Connection, token: str, client_id: str, now: int) -> bool:
    """Use an invitation up by one conditional statement; False if it is unknown, used or old."""
    query = (
        update(invitations)
        .where(
            invitations.c.token_hash == token_hash(token),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(used_at=now, client_id=client_id)
    )
    return connection.execute(query).rowcount == 1


def sweep(connection: Connection, now: int) -> int:
    """Forget invitations that have expired, used or not; how many they were."""
    over = delete(invitations).where(invitations.c.expires_at <= now)
    return connection.execute(over).rowcount
