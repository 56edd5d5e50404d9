"""The state of a vault as one hash, which the ledger's entry of every owner's write carries.

A row altered, removed, added or rolled back behind the owner's back gives another hash than the
last entry says: SHA-256 over the digests of all segments, consents and packages, the state and
end of each consent, and which epochs are due for renewal, in a fixed order.
"""

import hashlib
from collections.abc import Iterator
from struct import Struct

from sqlalchemy import Connection, select

from vault.storage.schema import compartments, grants, holders, segments, vaults

# 64 bits each, so that no number which somebody put into a table is beyond them.
_ONE = Struct(">q")
_THREE = Struct(">qqq")


def _segments(conn: Connection, vault_id: bytes) -> Iterator[bytes]:
    counter = select(vaults.c.change).where(vaults.c.vault_id == vault_id).scalar_subquery()
    rows = conn.execute(
        select(segments.c.compartment, segments.c.segment_id, segments.c.digest)
        .where(segments.c.vault_id == vault_id, segments.c.change <= counter)
        .order_by(segments.c.compartment, segments.c.segment_id)
    )
    for compartment, segment_id, digest_ in rows:
        yield _ONE.pack(compartment) + segment_id + digest_


def _sealed(conn: Connection, vault_id: bytes) -> Iterator[bytes]:
    consents = conn.execute(
        select(grants.c.grant_id, grants.c.consent)
        .where(grants.c.vault_id == vault_id)
        .order_by(grants.c.grant_id)
    )
    # In clear, so that nobody needs a key to end a consent; recorded, so that nobody revives one.
    lives = conn.execute(
        select(grants.c.grant_id, grants.c.state, grants.c.terms_version, grants.c.expires_at)
        .where(grants.c.vault_id == vault_id)
        .order_by(grants.c.grant_id)
    )
    due = conn.execute(
        select(compartments.c.compartment, compartments.c.epoch, compartments.c.renewal_due)
        .where(compartments.c.vault_id == vault_id)
        .order_by(compartments.c.compartment, compartments.c.epoch)
    )
    packages = conn.execute(
        select(holders.c.holder_id, holders.c.package)
        .where(holders.c.vault_id == vault_id, holders.c.package.is_not(None))
        .order_by(holders.c.holder_id)
    )
    for name, envelope in (*consents, *packages):
        yield name + hashlib.sha256(envelope).digest()
    for grant_id, *numbers in lives:
        yield grant_id + _THREE.pack(*numbers)
    for row in due:
        yield _THREE.pack(*row)


def digest(conn: Connection, vault_id: bytes) -> bytes:
    """The 32-byte hash of what the vault's segments, consents and packages are now."""
    parts = hashlib.sha256(b"vault state 1")
    for part in (*_segments(conn, vault_id), *_sealed(conn, vault_id)):
        parts.update(hashlib.sha256(part).digest())
    return parts.digest()
