"""The state of a vault as one hash, which the ledger's entry of every owner's write carries.

A row altered, removed, added or rolled back behind the owner's back gives another hash than the
last entry says: SHA-256 over the digests of all segments, consents and packages, the state and
end of each consent, and which epochs are due for renewal, in a fixed order.

Specified in docs/format.md, "State digest".
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from vault.crypto.envelope import context
from vault.storage.schema import compartments, grants, holders, segments, vaults


def _segments(conn: Connection, vault_id: bytes) -> Iterator[bytes]:
    counter = select(vaults.c.change).where(vaults.c.vault_id == vault_id).scalar_subquery()
    rows = conn.execute(
        select(segments.c.compartment, segments.c.segment_id, segments.c.digest)
        .where(segments.c.vault_id == vault_id, segments.c.change <= counter)
        .order_by(segments.c.compartment, segments.c.segment_id)
    )
    for row in rows:
        yield context("state/segment", *map(_part, row))


def _consents(conn: Connection, vault_id: bytes) -> Iterator[bytes]:
    """Each consent, with what of it stands in clear.

    In clear, so that nobody needs a key to end one; recorded, so that nobody revives one.
    """
    rows = conn.execute(
        select(
            grants.c.grant_id,
            grants.c.consent,
            grants.c.state,
            grants.c.terms_version,
            grants.c.expires_at,
        )
        .where(grants.c.vault_id == vault_id)
        .order_by(grants.c.grant_id)
    )
    for grant_id, consent, *clear in rows:
        yield context("state/consent", grant_id, _hash(consent), *map(_part, clear))


def _packages(conn: Connection, vault_id: bytes) -> Iterator[bytes]:
    rows = conn.execute(
        select(holders.c.holder_id, holders.c.package)
        .where(holders.c.vault_id == vault_id, holders.c.package.is_not(None))
        .order_by(holders.c.holder_id)
    )
    for holder_id, package in rows:
        yield context("state/package", holder_id, _hash(package))


def _epochs(conn: Connection, vault_id: bytes) -> Iterator[bytes]:
    rows = conn.execute(
        select(compartments.c.compartment, compartments.c.epoch, compartments.c.renewal_due)
        .where(compartments.c.vault_id == vault_id)
        .order_by(compartments.c.compartment, compartments.c.epoch)
    )
    for compartment, epoch, due in rows:
        yield context("state/epoch", _part(compartment), _part(epoch), int(due))


def _hash(envelope: bytes) -> bytes:
    return hashlib.sha256(envelope).digest()


def _part(value: Any) -> bytes | int | str:
    """A column's value; text for a type that only a forger can have put there (SQLite takes any).

    Such a value shall give another hash, and not an error.
    """
    return value if isinstance(value, bytes | int) else repr(value)


def digest(conn: Connection, vault_id: bytes) -> bytes:
    """The 32-byte hash of what the vault's segments, consents, packages and epochs are now."""
    parts = hashlib.sha256(b"vault state 1")
    for read in (_segments, _consents, _packages, _epochs):
        for part in read(conn, vault_id):
            parts.update(_hash(part))
    return parts.digest()
