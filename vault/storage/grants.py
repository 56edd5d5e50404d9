"""Grants: which consent a customer has given to which vendor, and what became of it.

In clear stand the vendor, the state and the times. The consent record — terms, wire key, the
public keys of its holders — is sealed in `consents`; a grant's public key is taken from there
alone, so that a key planted in the tables is never sealed to.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    func,
    insert,
    select,
    update,
)

from vault.domain.compartments import Compartment
from vault.domain.receipts import ReceiptEvent
from vault.errors import NotFound
from vault.storage import consent_records
from vault.storage.consent_records import Consent
from vault.storage.keyring import KeyRing
from vault.storage.schema import grants, receipts


class GrantState(IntEnum):
    """The life of a grant, in ISO/IEC TS 27560's words. Append-only."""

    GIVEN = 1
    WITHDRAWN = 2
    EXPIRED = 3
    REVOKED = 4
    """Ended by the vendor."""
    SUSPENDED = 5
    """After a restore or an alteration from outside, until the owner confirms it."""


LIVE = (GrantState.GIVEN, GrantState.SUSPENDED)

# On the path of every read of a vendor, so it is put together once.
_ONE = (grants.c.vault_id == bindparam("vault"), grants.c.grant_id == bindparam("grant"))
_FIND = select(grants).where(*_ONE)


def add(conn: Connection, ring: KeyRing, consent: Consent) -> None:
    """Store a consent that was just given."""
    conn.execute(
        insert(grants).values(
            vault_id=ring.vault_id,
            grant_id=consent.grant_id,
            client_id=consent.client_id,
            state=int(GrantState.GIVEN),
            created_at=consent.created_at,
            reads=0,
            **_sealed(ring, consent),
        )
    )


def replace_consent(conn: Connection, ring: KeyRing, consent: Consent) -> Consent:
    """Store a consent that has changed; the consent as it now stands."""
    changed = replace(consent, version=consent.version + 1)
    one = (grants.c.vault_id == ring.vault_id, grants.c.grant_id == consent.grant_id)
    conn.execute(update(grants).where(*one).values(**_sealed(ring, changed)))
    return changed


def _sealed(ring: KeyRing, consent: Consent) -> dict[str, Any]:
    epoch, envelope = consent_records.seal(ring, consent)
    return {
        "consent": envelope,
        "consent_epoch": epoch,
        "consent_version": consent.version,
        "terms_version": consent.terms_version,
        "expires_at": consent.expires_at,
    }


def open_consent(conn: Connection, ring: KeyRing, row: "Row[Any]") -> Consent:
    """Open the consent record of a grant's row."""
    place = consent_records.place_of(ring.vault_id, row)
    record = ring.unseal(conn, Compartment.CONSENTS, row.consent_epoch, row.consent, place)
    return consent_records.opened(row, record)


def put_in_force(
    conn: Connection, vault_id: bytes, grant_id: bytes, terms_version: int, expires_at: int
) -> None:
    """Note which of a consent's authorizations its vendor has taken up."""
    one = (grants.c.vault_id == vault_id, grants.c.grant_id == grant_id)
    values = {"terms_version": terms_version, "expires_at": expires_at}
    conn.execute(update(grants).where(*one).values(**values))


def id_of(text: str) -> bytes:
    """The id of a grant from what an address says; NotFound where it is no hex."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("There is no such consent.") from None


def find(conn: Connection, vault_id: bytes, grant_id: bytes) -> "Row[Any]":
    """A grant's row; NotFound where this vault has none of that id."""
    row = conn.execute(_FIND, {"vault": vault_id, "grant": grant_id}).first()
    if row is None:
        raise NotFound("There is no such consent.")
    return row


def of_client(conn: Connection, client_id: str, grant_id: bytes) -> "Row[Any] | None":
    """A grant by its id alone, if it is this client's; None otherwise."""
    own = (grants.c.client_id == client_id, grants.c.grant_id == grant_id)
    return conn.execute(select(grants).where(*own)).first()


def rows(conn: Connection, vault_id: bytes) -> "list[Row[Any]]":
    """All grants of a vault, newest first, ended ones included."""
    return list(
        conn.execute(
            select(grants)
            .where(grants.c.vault_id == vault_id)
            .order_by(grants.c.created_at.desc(), grants.c.grant_id)
        )
    )


def changed(conn: Connection, vault_id: bytes) -> dict[bytes, int]:
    """When each grant that was ever amended was amended last, in seconds since the epoch."""
    latest = func.max(receipts.c.at).label("latest")
    of_vault = (receipts.c.vault_id == vault_id, receipts.c.event == int(ReceiptEvent.AMENDED))
    amended = select(receipts.c.grant_id, latest).where(*of_vault).group_by(receipts.c.grant_id)
    return {row.grant_id: row.latest for row in conn.execute(amended)}


def live(
    conn: Connection, ring: KeyRing, now: int, states: Collection[GrantState] = LIVE
) -> Iterator[Consent]:
    """The consents that have not ended, opened; or those of some states alone."""
    for row in rows(conn, ring.vault_id):
        if row.state in states and row.expires_at > now:
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


def deletion_owed(row: "Row[Any]", now: int) -> bool:
    """Whether the vendor of a grant owes a deletion that it has not acknowledged.

    Who gave a consent back has ended it itself, and is not told.
    """
    if row.deleted_at is not None:
        return False
    if row.state in LIVE:
        return bool(row.expires_at <= now)
    return row.state in (GrantState.WITHDRAWN, GrantState.EXPIRED)


def acknowledge_deletion(conn: Connection, vault_id: bytes, grant_id: bytes, now: int) -> bool:
    """Note a vendor's word that it has deleted what it read; False where it was given before."""
    one = (grants.c.vault_id == vault_id, grants.c.grant_id == grant_id)
    said = update(grants).where(*one, grants.c.deleted_at.is_(None)).values(deleted_at=now)
    return conn.execute(said).rowcount == 1


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


def suspend_all(conn: Connection, vault_id: bytes | None = None) -> int:
    """Suspend every grant that is in force, of one vault or of all; how many they were."""
    given = update(grants).where(grants.c.state == int(GrantState.GIVEN))
    if vault_id is not None:
        given = given.where(grants.c.vault_id == vault_id)
    return conn.execute(given.values(state=int(GrantState.SUSPENDED))).rowcount
