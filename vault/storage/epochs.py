"""The epochs of compartments: a new secret each time a holder that knew the old one has ended."""

import os
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, bindparam, func, insert, select, update

from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment
from vault.errors import Tampered
from vault.storage.keyring import KeyRing, seal_predecessor, writing_pair
from vault.storage.schema import compartments, entrusted

WRITTEN_BY_OTHERS = (Compartment.INBOX, Compartment.LEDGER)
"""Only these have a public key: they are written without being readable."""

_NEWEST = (
    select(compartments)
    .where(
        compartments.c.vault_id == bindparam("vault"),
        compartments.c.compartment == bindparam("which"),
    )
    .order_by(compartments.c.epoch.desc())
    .limit(1)
)


def open_epoch(
    conn: Connection,
    keys: ServerKeys,
    vault_id: bytes,
    compartment: Compartment,
    now: int,
    former: tuple[int, bytes] | None = None,
) -> tuple[int, bytes]:
    """Begin the next epoch of a compartment; its number and its fresh secret."""
    secret = os.urandom(32)
    epoch = former[0] + 1 if former else 1
    sealed = seal_predecessor(secret, former[1], vault_id, compartment, epoch) if former else None
    row = {
        "vault_id": vault_id,
        "compartment": int(compartment),
        "epoch": epoch,
        "predecessor": sealed,
        "renewal_due": False,
        "created_at": now,
    }
    if compartment in WRITTEN_BY_OTHERS:
        public_key = writing_pair(secret).public_key
        number, signature = keys.sign(public_key, _signed(vault_id, compartment, epoch))
        row |= {"public_key": public_key, "key_number": number, "signature": signature}
    conn.execute(insert(compartments).values(row))
    return epoch, secret


def _signed(vault_id: bytes, compartment: Compartment, epoch: int) -> bytes:
    return context("writing key", vault_id, int(compartment), epoch)


def writing_key(
    conn: Connection, keys: ServerKeys, vault_id: bytes, compartment: Compartment
) -> tuple[int, bytes]:
    """The epoch and public key to write to the inbox or the ledger with.

    The server's signature is checked, so that one who can only write to the database cannot have
    things sealed to a key of its own. Raises Tampered.
    """
    found = conn.execute(_NEWEST, {"vault": vault_id, "which": int(compartment)}).first()
    if found is None or found.public_key is None:
        raise Tampered(f"the vault's {compartment.label} has no key to write with")
    where = _signed(vault_id, compartment, found.epoch)
    _verify(keys, found.key_number, found.signature, found.public_key, where)
    return found.epoch, found.public_key


@dataclass(frozen=True, slots=True)
class WritingKey:
    """A vault's public key to write with, and the server's signature of it."""

    vault_id: bytes
    epoch: int
    public_key: bytes
    key_number: int
    signature: bytes


def decoy(keys: ServerKeys) -> WritingKey:
    """A key of no vault's inbox, which nobody can open: sealing to it takes the same work."""
    vault_id, public_key = os.urandom(16), KeyPair.generate().public_key
    number, signature = keys.sign(public_key, _signed(vault_id, Compartment.INBOX, 1))
    return WritingKey(vault_id, 1, public_key, number, signature)


def writing_key_alike(
    conn: Connection, keys: ServerKeys, vault_id: bytes | None, stand_in: WritingKey
) -> WritingKey:
    """The key to write to an inbox with, or a decoy's where there is no such vault.

    One statement and one check of a signature either way; the check is not kept for the next time,
    which would make a vault known by the time it takes. Raises Tampered.
    """
    given = {"vault": vault_id or stand_in.vault_id, "which": int(Compartment.INBOX)}
    found = conn.execute(_NEWEST, given).first()
    key = stand_in
    if found is not None and found.public_key is not None:
        key = WritingKey(
            found.vault_id, found.epoch, found.public_key, found.key_number, found.signature
        )
    where = _signed(key.vault_id, Compartment.INBOX, key.epoch)
    keys.verify(key.key_number, key.signature, key.public_key, where)
    return key


@lru_cache(maxsize=1024)
def _verify(
    keys: ServerKeys, number: int, signature: bytes, public_key: bytes, where: bytes
) -> None:
    """Verify once for the same bytes: the check is a third of the cost of a ledger entry."""
    keys.verify(number, signature, public_key, where)


def outdated(conn: Connection, ring: KeyRing) -> bool:
    """Whether an owner's ring must not be written with: it is not the newest, or is to be renewed.

    Asked under the lock of the vault's row, which whoever renews or ends a consent holds too.
    """
    rows = conn.execute(
        select(compartments.c.compartment, func.max(compartments.c.epoch).label("epoch"))
        .where(compartments.c.vault_id == ring.vault_id)
        .group_by(compartments.c.compartment)
    )
    newest = {row.compartment: row.epoch for row in rows}
    held = {int(compartment): epoch for compartment, (epoch, _) in ring.secrets.items()}
    return newest != held or bool(renewal_due(conn, ring.vault_id))


def entrust(
    conn: Connection, vault_id: bytes, holder_id: bytes, opened: dict[Compartment, int]
) -> None:
    """Note in clear which epochs a holder has been given, so that its end can renew them."""
    known = {
        (row.compartment, row.epoch)
        for row in conn.execute(
            select(entrusted.c.compartment, entrusted.c.epoch).where(
                entrusted.c.vault_id == vault_id, entrusted.c.holder_id == holder_id
            )
        )
    }
    fresh = [(int(c), epoch) for c, epoch in opened.items() if (int(c), epoch) not in known]
    if fresh:
        conn.execute(
            insert(entrusted),
            [
                {"vault_id": vault_id, "holder_id": holder_id, "compartment": c, "epoch": epoch}
                for c, epoch in fresh
            ],
        )


def mark_renewal_due(
    conn: Connection, vault_id: bytes, given: set[Compartment] | None = None
) -> None:
    """Mark compartments whose present secret somebody knows who should not; None for all."""
    marking = update(compartments).where(compartments.c.vault_id == vault_id)
    if given is not None:
        marking = marking.where(compartments.c.compartment.in_([int(c) for c in given]))
    conn.execute(marking.values(renewal_due=True))


def given_to(conn: Connection, vault_id: bytes, holder_id: bytes) -> set[Compartment]:
    """Every compartment whose secret, of whatever epoch, a holder was ever given."""
    rows = conn.execute(
        select(entrusted.c.compartment)
        .where(entrusted.c.vault_id == vault_id, entrusted.c.holder_id == holder_id)
        .distinct()
    )
    return {Compartment(row.compartment) for row in rows}


def renewal_due(conn: Connection, vault_id: bytes) -> set[Compartment]:
    """The compartments whose newest epoch is marked for renewal."""
    newest = (
        select(compartments.c.compartment, func.max(compartments.c.epoch).label("epoch"))
        .where(compartments.c.vault_id == vault_id)
        .group_by(compartments.c.compartment)
        .subquery()
    )
    rows = conn.execute(
        select(compartments.c.compartment).where(
            compartments.c.vault_id == vault_id,
            compartments.c.compartment == newest.c.compartment,
            compartments.c.epoch == newest.c.epoch,
            compartments.c.renewal_due,
        )
    )
    return {Compartment(row.compartment) for row in rows}
