"""Holders: who may open compartments, the owner or a grant, and what each has as its package.

How packages are sealed: `packages.py`.
"""

import os
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update

from vault.crypto.hpke import KeyPair
from vault.crypto.server_keys import ServerKeys
from vault.errors import Locked, Tampered
from vault.storage import packages
from vault.storage.keyring import KeyRing, Secrets
from vault.storage.packages import GrantPackage
from vault.storage.rewrapping import Rewrapped, outdated
from vault.storage.schema import holders

_FIND = select(holders).where(
    holders.c.vault_id == bindparam("vault"), holders.c.holder_id == bindparam("holder")
)


def add_owner(
    conn: Connection, vault_id: bytes, owner: KeyPair, secrets: Secrets, now: int
) -> bytes:
    """Make the owner's holder with its package; its id."""
    holder_id = os.urandom(16)
    conn.execute(
        insert(holders).values(
            vault_id=vault_id,
            holder_id=holder_id,
            public_key=owner.public_key,
            package=packages.seal_owner(vault_id, holder_id, owner, secrets, 1),
            package_version=1,
            created_at=now,
        )
    )
    return holder_id


def replace_owner_package(
    conn: Connection, vault_id: bytes, holder_id: bytes, owner: KeyPair, secrets: Secrets
) -> None:
    """Seal the owner's package anew, after epochs were renewed."""
    version = _version(conn, vault_id, holder_id) + 1
    package = packages.seal_owner(vault_id, holder_id, owner, secrets, version)
    _store(conn, vault_id, holder_id, package, version)


def open_owner(conn: Connection, vault_id: bytes, holder_id: bytes, owner_seed: bytes) -> KeyRing:
    """Open the owner's package with the seed that a credential of the owner unwrapped.

    Raises Locked where other keys have taken its place.
    """
    row = find(conn, vault_id, holder_id)
    if row is not None and row.ended_at is not None:
        # A changed passphrase or a recovery has replaced these keys, a moment ago perhaps.
        raise Locked("The vault is locked.")
    if row is None or row.package is None:
        raise Tampered("the owner's keys are missing")
    return KeyRing(vault_id, packages.open_owner(row, owner_seed))


def add_grant_holder(
    conn: Connection, vault_id: bytes, grant_id: bytes, public_key: bytes, expires_at: int, now: int
) -> bytes:
    """Make a holder for a grant, without a package yet; its id."""
    holder_id = os.urandom(16)
    conn.execute(
        insert(holders).values(
            vault_id=vault_id,
            holder_id=holder_id,
            grant_id=grant_id,
            public_key=public_key,
            package_version=0,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return holder_id


def seal_package(
    conn: Connection,
    keys: ServerKeys,
    vault_id: bytes,
    holder_id: bytes,
    public_key: bytes,
    package: GrantPackage,
) -> None:
    """Give a grant's holder a new package. The public key is the one of the sealed consent."""
    version = _version(conn, vault_id, holder_id) + 1
    sealed = packages.seal_grant(keys, vault_id, holder_id, public_key, package, version)
    _store(conn, vault_id, holder_id, sealed, version)


def find(conn: Connection, vault_id: bytes, holder_id: bytes) -> "Row[Any] | None":
    """A holder's row."""
    return conn.execute(_FIND, {"vault": vault_id, "holder": holder_id}).first()


def of_grant(conn: Connection, vault_id: bytes, grant_id: bytes) -> "list[Row[Any]]":
    """The live holders of one grant: the one that reads, and any whose code is not redeemed."""
    return list(
        conn.execute(
            select(holders).where(
                holders.c.vault_id == vault_id,
                holders.c.grant_id == grant_id,
                holders.c.ended_at.is_(None),
            )
        )
    )


def end(conn: Connection, vault_id: bytes, holder_id: bytes, now: int) -> None:
    """Erase a holder's package: it opens nothing any more."""
    conn.execute(
        update(holders)
        .where(holders.c.vault_id == vault_id, holders.c.holder_id == holder_id)
        .values(package=None, ended_at=now)
    )


def rewrap(conn: Connection, keys: ServerKeys, vault_id: bytes) -> Rewrapped:
    """Seal the outer layer of a vault's grant packages with the server's newest key."""
    done = Rewrapped()
    of_grants = and_(holders.c.vault_id == vault_id, holders.c.grant_id.is_not(None))
    for row in conn.execute(select(holders).where(of_grants, outdated(holders.c.package, keys))):
        wrapped = done.again(keys, row.package, packages.outer_context(row, row.public_key))
        if wrapped is not None:
            conn.execute(
                update(holders)
                .where(
                    holders.c.vault_id == vault_id,
                    holders.c.holder_id == row.holder_id,
                    holders.c.package == row.package,
                )
                .values(package=wrapped)
            )
    return done


def _version(conn: Connection, vault_id: bytes, holder_id: bytes) -> int:
    row = find(conn, vault_id, holder_id)
    if row is None:
        raise Tampered("a holder is missing")
    return int(row.package_version)


def _store(
    conn: Connection, vault_id: bytes, holder_id: bytes, package: bytes, version: int
) -> None:
    conn.execute(
        update(holders)
        .where(holders.c.vault_id == vault_id, holders.c.holder_id == holder_id)
        .values(package=package, package_version=version)
    )
