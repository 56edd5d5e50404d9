"""Grants: which consent a customer has given to which vendor, sealed to the customer.

In clear stand the vendor, the state and the times. The consent record — terms, wire key, the
public keys of its holders — is sealed in `consents`; a grant's public key is taken from there
alone, so that a key planted in the tables is never sealed to.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, exists, insert, select, update

from vault.crypto.envelope import context
from vault.domain.compartments import Compartment
from vault.domain.terms import Terms
from vault.errors import NotFound
from vault.storage.keyring import KeyRing
from vault.storage.schema import credentials, grants


class GrantState(IntEnum):
    """The life of a grant, in ISO/IEC TS 27560's words. Append-only."""

    GIVEN = 1
    WITHDRAWN = 2
    EXPIRED = 3
    REVOKED = 4
    """Ended by the vendor."""
    SUSPENDED = 5
    """After a restore, until the owner confirms it."""


LIVE = (GrantState.GIVEN, GrantState.SUSPENDED)

# On the path of every read of a vendor, so they are put together once.
_ONE = (grants.c.vault_id == bindparam("vault"), grants.c.grant_id == bindparam("grant"))
_FIND = select(grants).where(*_ONE)
_COUNT_READ = (
    update(grants)
    .where(*_ONE)
    .values(
        last_read_at=bindparam("now"),
        reads=grants.c.reads + 1,
        progress=bindparam("delivered"),
    )
)


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent record, opened. `holders` maps each holder's id (hex) to its public key.

    `progress`, which is not part of the record, says up to which change pages of a kind (by its
    compartment's number) were delivered under these terms.
    """

    grant_id: bytes
    client_id: str
    client_name: str
    terms: Terms
    terms_version: int
    wire_key: bytes
    created_at: int
    holders: dict[str, bytes] = field(default_factory=dict)
    progress: Mapping[int, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Consent({self.client_id!r}, {self.terms.scope!r})"

    def with_holders(self, holders: dict[str, bytes]) -> "Consent":
        """The same consent for other holders."""
        return replace(self, holders=holders)

    def to_bytes(self) -> bytes:
        """The record as JSON, to be sealed."""
        return orjson.dumps(
            {
                "client": self.client_id,
                "clientName": self.client_name,
                "terms": self.terms.to_json(),
                "termsVersion": self.terms_version,
                "wireKey": base64.b64encode(self.wire_key).decode(),
                "createdAt": self.created_at,
                "holders": {
                    name: base64.b64encode(key).decode() for name, key in self.holders.items()
                },
            }
        )


def _place(vault_id: bytes, grant_id: bytes, epoch: int, version: int) -> bytes:
    return context("consent", vault_id, grant_id, epoch, version)


def add(conn: Connection, ring: KeyRing, consent: Consent) -> None:
    """Store a consent that was just given."""
    epoch = ring.epoch(Compartment.CONSENTS)
    place = _place(ring.vault_id, consent.grant_id, epoch, consent.terms_version)
    conn.execute(
        insert(grants).values(
            vault_id=ring.vault_id,
            grant_id=consent.grant_id,
            client_id=consent.client_id,
            state=int(GrantState.GIVEN),
            terms_version=consent.terms_version,
            consent=ring.seal(Compartment.CONSENTS, consent.to_bytes(), place)[1],
            consent_epoch=epoch,
            consent_version=consent.terms_version,
            created_at=consent.created_at,
            expires_at=consent.terms.expires_at,
            reads=0,
        )
    )


def replace_consent(conn: Connection, ring: KeyRing, consent: Consent) -> None:
    """Store a consent that was amended, or whose holders changed."""
    epoch = ring.epoch(Compartment.CONSENTS)
    place = _place(ring.vault_id, consent.grant_id, epoch, consent.terms_version)
    conn.execute(
        update(grants)
        .where(grants.c.vault_id == ring.vault_id, grants.c.grant_id == consent.grant_id)
        .values(
            terms_version=consent.terms_version,
            consent=ring.seal(Compartment.CONSENTS, consent.to_bytes(), place)[1],
            consent_epoch=epoch,
            consent_version=consent.terms_version,
            expires_at=consent.terms.expires_at,
        )
    )


def open_consent(conn: Connection, ring: KeyRing, row: "Row[Any]") -> Consent:
    """Open the consent record of a grant's row."""
    place = _place(ring.vault_id, row.grant_id, row.consent_epoch, row.terms_version)
    opened = orjson.loads(
        ring.unseal(conn, Compartment.CONSENTS, row.consent_epoch, row.consent, place)
    )
    return Consent(
        grant_id=row.grant_id,
        client_id=opened["client"],
        client_name=opened["clientName"],
        terms=Terms.from_json(opened["terms"]),
        terms_version=opened["termsVersion"],
        wire_key=base64.b64decode(opened["wireKey"]),
        created_at=opened["createdAt"],
        holders={name: base64.b64decode(key) for name, key in opened["holders"].items()},
        progress={
            int(kind): change
            for kind, (version, change) in row.progress.items()
            if version == row.terms_version
        },
    )


def progress_with(row: "Row[Any]", kind: int, change: int) -> dict[str, list[int]]:
    """A grant's progress once a page of a kind up to a change has been delivered."""
    version, reached = row.progress.get(str(kind), (0, 0))
    if version == row.terms_version:
        change = max(change, reached)
    return {**row.progress, str(kind): [row.terms_version, change]}


def find(conn: Connection, vault_id: bytes, grant_id: bytes) -> "Row[Any]":
    """A grant's row; NotFound where this vault has none of that id."""
    row = conn.execute(_FIND, {"vault": vault_id, "grant": grant_id}).first()
    if row is None:
        raise NotFound("there is no such consent")
    return row


def rows(conn: Connection, vault_id: bytes) -> "list[Row[Any]]":
    """All grants of a vault, newest first, ended ones included."""
    return list(
        conn.execute(
            select(grants)
            .where(grants.c.vault_id == vault_id)
            .order_by(grants.c.created_at.desc(), grants.c.grant_id)
        )
    )


def live(conn: Connection, ring: KeyRing, now: int) -> Iterator[Consent]:
    """The consents that are in force, opened."""
    for row in rows(conn, ring.vault_id):
        if row.state in LIVE and row.expires_at > now:
            yield open_consent(conn, ring, row)


def end(conn: Connection, vault_id: bytes, grant_id: bytes, state: GrantState, now: int) -> bool:
    """Close a grant; False where it had ended before."""
    ended = conn.execute(
        update(grants)
        .where(
            grants.c.vault_id == vault_id,
            grants.c.grant_id == grant_id,
            grants.c.state.in_([int(state) for state in LIVE]),
        )
        .values(state=int(state), ended_at=now)
    )
    return ended.rowcount == 1


def resume(conn: Connection, vault_id: bytes, grant_id: bytes) -> bool:
    """Put a suspended grant back in force; False for any other."""
    resumed = conn.execute(
        update(grants)
        .where(
            grants.c.vault_id == vault_id,
            grants.c.grant_id == grant_id,
            grants.c.state == int(GrantState.SUSPENDED),
        )
        .values(state=int(GrantState.GIVEN))
    )
    return resumed.rowcount == 1


def suspend_all(conn: Connection) -> int:
    """Suspend every grant of every vault that is in force; how many they were."""
    suspended = conn.execute(
        update(grants)
        .where(grants.c.state == int(GrantState.GIVEN))
        .values(state=int(GrantState.SUSPENDED))
    )
    return suspended.rowcount


def due(
    conn: Connection, now: int, spent_before: int, vault_id: bytes | None = None
) -> list[tuple[bytes, bytes]]:
    """(vault id, grant id) of live grants that are over, in all vaults or in one.

    Their time is over, or no credential of theirs outlives `spent_before`: the code was never
    exchanged, or the only access token has run out, and nobody can ever use the grant again.
    """
    usable = exists().where(
        credentials.c.vault_id == grants.c.vault_id,
        credentials.c.grant_id == grants.c.grant_id,
        credentials.c.ended_at.is_(None),
        credentials.c.expires_at > spent_before,
    )
    over = select(grants.c.vault_id, grants.c.grant_id).where(
        grants.c.state.in_([int(state) for state in LIVE]),
        (grants.c.expires_at <= now) | ~usable,
    )
    if vault_id is not None:
        over = over.where(grants.c.vault_id == vault_id)
    return [(row.vault_id, row.grant_id) for row in conn.execute(over)]


def count_read(
    conn: Connection,
    vault_id: bytes,
    grant_id: bytes,
    now: int,
    progress: Mapping[str, Sequence[int]],
) -> None:
    """Note that a vendor read under a grant, and how far it has come."""
    given = {"vault": vault_id, "grant": grant_id, "now": now, "delivered": progress}
    conn.execute(_COUNT_READ, given)
