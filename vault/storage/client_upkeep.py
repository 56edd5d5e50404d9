"""Upkeep of vendors' clients: what registered itself and was never used is forgotten."""

from sqlalchemy import Connection, delete, exists

from vault.storage.schema import blocked_vendors, clients, credentials, grants

UNUSED_SECONDS = 90 * 86_400
"""How long a client that registered itself may wait for its first customer."""


def sweep(connection: Connection, now: int) -> int:
    """Forget clients that nobody has come to use; how many they were.

    Only such as registered themselves, are not verified, hold nothing that is live and were never
    named by a consent, ended ones included, or blocked by a customer. The operator's own clients
    have no registration token, so that none of them is ever meant.
    """
    holds = exists().where(
        credentials.c.client_id == clients.c.client_id,
        credentials.c.ended_at.is_(None),
        credentials.c.expires_at > now,
    )
    unused = delete(clients).where(
        clients.c.registration_hash.is_not(None),
        clients.c.verified_at.is_(None),
        clients.c.created_at <= now - UNUSED_SECONDS,
        ~exists().where(grants.c.client_id == clients.c.client_id),
        ~exists().where(blocked_vendors.c.client_id == clients.c.client_id),
        ~holds,
    )
    return connection.execute(unused).rowcount
