"""The directory of credentials: look-up value to the wrap that only its bearer can open.

A row keeps no copy of the credential. To revoke is to erase the wrap; the look-up value and the
reason stay until the natural expiry, so that a reuse is recognised and a refusal can be logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from vault.crypto.credentials import (
    Credential,
    CredentialKind,
    passphrase_lookup,
    unwrap,
    wrap,
)
from vault.crypto.server_keys import ServerKeys
from vault.storage.bindings import Binding
from vault.storage.schema import credentials

_BY_LOOKUP = select(credentials).where(credentials.c.lookup == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """What the directory knows of one credential; `wrap` is None once it has ended."""

    lookup: bytes
    kind: CredentialKind
    vault_id: bytes | None
    holder_id: bytes | None
    grant_id: bytes | None
    client_id: str | None
    wrap: bytes | None
    attributes: dict[str, Any]
    created_at: int
    expires_at: int
    ended_at: int | None
    end_reason: str | None

    def live(self, now: int) -> bool:
        """Whether it may still be used."""
        return self.ended_at is None and self.wrap is not None and self.expires_at > now

    @property
    def place(self) -> bytes:
        """The context in which its wrap opens."""
        bound = (self.vault_id, self.holder_id, self.grant_id, self.client_id, self.expires_at)
        return Binding(*bound).place(self.kind)


def _lookup(credential: Credential, binding: Binding) -> bytes:
    """What finds the row. A passphrase's is the vault's: one derived from it would test guesses."""
    if credential.kind is CredentialKind.PASSPHRASE:
        return passphrase_lookup(binding.vault_id or b"")
    return credential.lookup


def add(
    conn: Connection,
    keys: ServerKeys,
    credential: Credential,
    payload: bytes,
    binding: Binding,
    *,
    now: int,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Wrap `payload` (a holder's seed, a pushed request) so that only the credential opens it."""
    where = binding.place(credential.kind)
    conn.execute(
        insert(credentials).values(
            lookup=_lookup(credential, binding),
            kind=int(credential.kind),
            vault_id=binding.vault_id,
            holder_id=binding.holder_id,
            grant_id=binding.grant_id,
            client_id=binding.client_id,
            wrap=wrap(credential, payload, keys, where),
            attributes=dict(attributes or {}),
            created_at=now,
            expires_at=binding.expires_at,
        )
    )


def as_row(found: Any) -> CredentialRow:
    """A row of the table as a value."""
    return CredentialRow(
        lookup=bytes(found.lookup),
        kind=CredentialKind(found.kind),
        vault_id=found.vault_id,
        holder_id=found.holder_id,
        grant_id=found.grant_id,
        client_id=found.client_id,
        wrap=found.wrap,
        attributes=found.attributes,
        created_at=found.created_at,
        expires_at=found.expires_at,
        ended_at=found.ended_at,
        end_reason=found.end_reason,
    )


def find(conn: Connection, credential: Credential) -> CredentialRow | None:
    """The row of a credential, ended or not; None where this server never issued it."""
    row = find_by_lookup(conn, credential.lookup)
    return row if row is not None and row.kind is credential.kind else None


def find_by_lookup(conn: Connection, lookup: bytes) -> CredentialRow | None:
    """The row of a look-up value."""
    found = conn.execute(_BY_LOOKUP, {"wanted": lookup}).first()
    return as_row(found) if found else None


def find_of_vault(conn: Connection, vault_id: bytes, kind: CredentialKind) -> CredentialRow | None:
    """The live passphrase or recovery code of a vault: there is one of each."""
    found = conn.execute(
        select(credentials).where(
            credentials.c.vault_id == vault_id,
            credentials.c.kind == int(kind),
            credentials.c.ended_at.is_(None),
        )
    ).first()
    return as_row(found) if found else None


def led_to(conn: Connection, vault_id: bytes, grant_id: bytes, now: int) -> set[bytes]:
    """The holders of a grant that a live credential leads to."""
    live = (credentials.c.ended_at.is_(None), credentials.c.expires_at > now)
    found = select(credentials.c.holder_id).where(
        credentials.c.vault_id == vault_id, credentials.c.grant_id == grant_id, *live
    )
    return set(conn.scalars(found))


def unseal(keys: ServerKeys, row: CredentialRow, credential: Credential) -> bytes:
    """The payload of a live row. Raises Unopenable for any other credential or altered row."""
    return unwrap(credential, row.wrap or b"", keys, row.place)


def take(conn: Connection, row: CredentialRow, reason: str, now: int) -> bool:
    """End a credential that is used once; False where another use came first or it has expired.

    One conditional statement: of parallel uses exactly one sees a changed row.
    """
    taken = conn.execute(
        update(credentials)
        .where(
            credentials.c.lookup == row.lookup,
            credentials.c.ended_at.is_(None),
            credentials.c.expires_at > now,
        )
        .values(wrap=None, ended_at=now, end_reason=reason)
    )
    return taken.rowcount == 1


def end(conn: Connection, lookup: bytes, reason: str, now: int) -> None:
    """Erase the wrap of one credential, if it is live."""
    conn.execute(
        update(credentials)
        .where(credentials.c.lookup == lookup, credentials.c.ended_at.is_(None))
        .values(wrap=None, ended_at=now, end_reason=reason)
    )


@dataclass(frozen=True, slots=True)
class Of:
    """Which live credentials of a vault are meant: all that match every limit given."""

    vault_id: bytes
    grant_id: bytes | None = None
    holder_id: bytes | None = None
    kinds: frozenset[CredentialKind] | None = None


def end_all(conn: Connection, which: Of, reason: str, now: int) -> int:
    """Erase the wraps of live credentials, and of rotated ones; how many they were."""
    limits: list[ColumnElement[bool]] = [
        credentials.c.vault_id == which.vault_id,
        credentials.c.ended_at.is_(None) | credentials.c.wrap.is_not(None),
    ]
    if which.grant_id is not None:
        limits.append(credentials.c.grant_id == which.grant_id)
    if which.holder_id is not None:
        limits.append(credentials.c.holder_id == which.holder_id)
    if which.kinds is not None:
        limits.append(credentials.c.kind.in_([int(kind) for kind in which.kinds]))
    ended = conn.execute(
        update(credentials).where(and_(*limits)).values(wrap=None, ended_at=now, end_reason=reason)
    )
    return ended.rowcount


def forget(conn: Connection, lookup: bytes) -> None:
    """Drop a row at once, to put another in its place: a vault has one passphrase."""
    conn.execute(delete(credentials).where(credentials.c.lookup == lookup))


def replace_attributes(conn: Connection, lookup: bytes, attributes: Mapping[str, Any]) -> None:
    """Note something beside a credential, such as when it was last used."""
    conn.execute(
        update(credentials)
        .where(credentials.c.lookup == lookup)
        .values(attributes=dict(attributes))
    )
