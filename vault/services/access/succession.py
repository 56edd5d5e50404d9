"""Succession of refresh tokens, for clients whose tokens are not bound to a key.

Each use replaces the token (RFC 9700, section 4.14.2). The successor is derived from the old token
and a random salt, so that a client whose answer was lost may ask again and gets the same one. The
salt stands beside the holder's seed in the old token's wrap: it takes the old token *and* the
server's key to find the successor, and nothing does once that wrap is erased. It is erased when the
successor, or the access token issued with it, is first used, and a minute later in any case.
"""

import os

from sqlalchemy import Connection

from vault.crypto.credentials import Credential
from vault.storage import credentials, refresh_tokens
from vault.storage.credentials import CredentialRow
from vault.storage.store import Store

RETRY_SECONDS = 60
"""How long a client whose answer was lost may ask again."""

_SEED_LENGTH = 32
_SALT_LENGTH = 32


def begin(
    conn: Connection,
    store: Store,
    row: CredentialRow,
    credential: Credential,
    seed: bytes,
    access: Credential,
) -> Credential:
    """End a live refresh token; its successor, which the caller adds beside `access`."""
    salt = os.urandom(_SALT_LENGTH)
    refresh_tokens.rotate(
        conn,
        store.keys,
        row,
        credential,
        seed + salt,
        until=store.clock() + RETRY_SECONDS,
        attributes={"access": access.lookup.hex()},
    )
    return credential.successor(salt)


def repeat(
    conn: Connection, store: Store, row: CredentialRow, credential: Credential, access: Credential
) -> Credential:
    """The same successor again; `access` takes the place of the access token issued with it.

    That one may be in the hands of whoever caught the lost answer.
    """
    salt = credentials.unseal(store.keys, row, credential)[_SEED_LENGTH:]
    issued = bytes.fromhex(row.attributes["access"])
    credentials.end(conn, issued, "replaced", store.clock())
    credentials.replace_attributes(conn, row.lookup, {"access": access.lookup.hex()})
    return credential.successor(salt)


def seed_of(payload: bytes) -> bytes:
    """The holder's seed in a refresh token's wrap, rotated or not."""
    return payload[:_SEED_LENGTH]


def follows(row: CredentialRow) -> bool:
    """Whether a token was issued for another one that may still be retried."""
    return "follows" in row.attributes


def settle(conn: Connection, row: CredentialRow) -> None:
    """A token is used for the first time: the one before it has arrived, and is not retried."""
    attributes = dict(row.attributes)
    if predecessor := attributes.pop("follows", None):
        refresh_tokens.forbid_retry(conn, bytes.fromhex(predecessor))
        credentials.replace_attributes(conn, row.lookup, attributes)
