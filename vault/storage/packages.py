"""Packages: what a holder may open, sealed so that only it can.

The owner's package is sealed under a key derived from the owner's seed. A grant's package is
sealed by HPKE to the grant's public key. HPKE tells nobody who sealed, so a grant's package also
carries an outer envelope by the server's key, bound to vault, grant, holder, public key and
version: who can only write to the database can plant none, widen none, and swap none.
"""

import base64
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row

from vault.crypto import aead
from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair, seal_to
from vault.crypto.kdf import derive
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment
from vault.domain.terms import Terms
from vault.storage.keyring import Secrets

_OWNER = "owner/package"


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


def _owner_context(vault_id: bytes, holder_id: bytes, version: int) -> bytes:
    return context(_OWNER, vault_id, holder_id, version)


def seal_owner(
    vault_id: bytes, holder_id: bytes, owner: KeyPair, secrets: Secrets, version: int
) -> bytes:
    """Seal the owner's package, under a key that its seed gives."""
    plaintext = orjson.dumps(_encode(secrets))
    where = _owner_context(vault_id, holder_id, version)
    return aead.seal(derive(owner.seed, _OWNER), plaintext, where)


def open_owner(row: "Row[Any]", seed: bytes) -> dict[Compartment, tuple[int, bytes]]:
    """Open the owner's package with its seed: the secrets of every compartment."""
    where = _owner_context(row.vault_id, row.holder_id, row.package_version)
    opened = aead.unseal(derive(seed, _OWNER), row.package, where)
    return _decode(orjson.loads(opened))


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


def outer_context(row: "Row[Any]", public_key: bytes) -> bytes:
    """The context of the outer envelope of a grant's package, by its holder's row."""
    place = (row.vault_id, row.grant_id, row.holder_id, public_key, row.package_version)
    return _grant_context("grant/package/outer", *place)


def seal_grant(
    keys: ServerKeys,
    vault_id: bytes,
    holder_id: bytes,
    public_key: bytes,
    package: GrantPackage,
    version: int,
) -> bytes:
    """Seal a grant's package to a public key, which is the one of the sealed consent."""
    place = (vault_id, package.grant_id, holder_id, public_key, version)
    inner = seal_to(public_key, package.to_bytes(), _grant_context("grant/package", *place))
    return keys.seal(inner, _grant_context("grant/package/outer", *place))


def open_grant(keys: ServerKeys, row: "Row[Any]", seed: bytes) -> GrantPackage:
    """Open a grant's package with the seed that a vendor's token unwrapped.

    Raises Unopenable where the package was planted, widened, swapped or altered: the outer
    envelope is opened first, and binds vault, grant, holder, public key and version.
    """
    pair = KeyPair.from_seed(seed)
    place = (row.vault_id, row.grant_id, row.holder_id, pair.public_key, row.package_version)
    inner = keys.unseal(row.package or b"", outer_context(row, pair.public_key))
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
