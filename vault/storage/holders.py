"""Holders and their packages: who may open compartments, and what says which.

The owner's package is sealed under a key derived from the owner's seed. A grant's package is
sealed by HPKE to the grant's public key. HPKE tells nobody who sealed, so a grant's package also
carries an outer envelope by the server's key, bound to vault, grant, holder, public key and
version: who can only write to the database can plant none, widen none, and swap none.
"""

import base64
import os
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update

from vault.crypto import aead
from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair, seal_to
from vault.crypto.kdf import derive
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment
from vault.domain.terms import Terms
from vault.errors import Locked, Tampered
from vault.storage.keyring import KeyRing, Secrets
from vault.storage.rewrapping import Rewrapped, outdated
from vault.storage.schema import holders

_OWNER = "owner/package"
_FIND = select(holders).where(
    holders.c.vault_id == bindparam("vault"), holders.c.holder_id == bindparam("holder")
)


def _encode(secrets: Secrets) -> dict[str, list[Any]]:
    return {
        str(int(compartment)): [epoch, base64.b64encode(secret).decode()]
        for compartment, (epoch, secret) in secrets.items()
    }


def _decode(secrets: dict[str, list[Any]]) -> dict[Compartment, tuple[int, bytes]]:
    return {
        Compartment(int(number)): (epoch, base64.b64decode(secret))
        for number, (epoch, secret) in secrets.items()
    }


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
            package=_seal_owner(vault_id, holder_id, owner, secrets, 1),
            package_version=1,
            created_at=now,
        )
    )
    return holder_id


def _owner_context(vault_id: bytes, holder_id: bytes, version: int) -> bytes:
    return context(_OWNER, vault_id, holder_id, version)


def _seal_owner(
    vault_id: bytes, holder_id: bytes, owner: KeyPair, secrets: Secrets, version: int
) -> bytes:
    plaintext = orjson.dumps(_encode(secrets))
    where = _owner_context(vault_id, holder_id, version)
    return aead.seal(derive(owner.seed, _OWNER), plaintext, where)


def replace_owner_package(
    conn: Connection, vault_id: bytes, holder_id: bytes, owner: KeyPair, secrets: Secrets
) -> None:
    """Seal the owner's package anew, after epochs were renewed."""
    version = _version(conn, vault_id, holder_id) + 1
    package = _seal_owner(vault_id, holder_id, owner, secrets, version)
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
    where = _owner_context(vault_id, holder_id, row.package_version)
    opened = aead.unseal(derive(owner_seed, _OWNER), row.package, where)
    return KeyRing(vault_id, _decode(orjson.loads(opened)))


@dataclass(frozen=True, slots=True)
class GrantPackage:
    """What a grant's package carries: its terms, the secrets that they need, the wire key.

    `terms_version` counts amendments and stands in cursors; `version` counts packages.
    """

    grant_id: bytes
    client_id: str
    terms: Terms
    terms_version: int
    secrets: Secrets
    wire_key: bytes
    version: int = 0

    def __repr__(self) -> str:
        return f"GrantPackage({self.client_id!r}, version {self.version})"

    def to_bytes(self) -> bytes:
        """The package as JSON, to be sealed."""
        return orjson.dumps(
            {
                "grant": self.grant_id.hex(),
                "client": self.client_id,
                "terms": self.terms.to_json(),
                "termsVersion": self.terms_version,
                "secrets": _encode(self.secrets),
                "wireKey": base64.b64encode(self.wire_key).decode(),
            }
        )


def _grant_context(
    label: str, vault_id: bytes, grant_id: bytes, holder_id: bytes, public_key: bytes, version: int
) -> bytes:
    return context(label, vault_id, grant_id, holder_id, public_key, version)


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
    place = (vault_id, package.grant_id, holder_id, public_key, version)
    inner = seal_to(public_key, package.to_bytes(), _grant_context("grant/package", *place))
    outer = keys.seal(inner, _grant_context("grant/package/outer", *place))
    _store(conn, vault_id, holder_id, outer, version)


def open_package(keys: ServerKeys, row: "Row[Any]", seed: bytes) -> GrantPackage:
    """Open a grant's package with the seed that a vendor's token unwrapped.

    Raises Unopenable where the package was planted, widened, swapped or altered: the outer
    envelope is opened first, and binds vault, grant, holder, public key and version.
    """
    pair = KeyPair.from_seed(seed)
    place = (row.vault_id, row.grant_id, row.holder_id, pair.public_key, row.package_version)
    inner = keys.unseal(row.package or b"", _grant_context("grant/package/outer", *place))
    opened = orjson.loads(pair.unseal(inner, _grant_context("grant/package", *place)))
    return GrantPackage(
        grant_id=bytes.fromhex(opened["grant"]),
        client_id=opened["client"],
        terms=Terms.from_json(opened["terms"]),
        terms_version=opened["termsVersion"],
        secrets=_decode(opened["secrets"]),
        wire_key=base64.b64decode(opened["wireKey"]),
        version=row.package_version,
    )


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
        place = (vault_id, row.grant_id, row.holder_id, row.public_key, row.package_version)
        wrapped = done.again(keys, row.package, _grant_context("grant/package/outer", *place))
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
