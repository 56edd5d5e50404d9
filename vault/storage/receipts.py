"""Receipts of consents: signed once, kept for ever, each naming the one before it by digest.

What tells terms is sealed twice: to the owner, under the compartment of the consents, and by HPKE
to the authorization that was given them. No key of the consent's own opens it, so whoever kept an
old copy and the tokens of an authorization that ended opens nothing written since. What tells only
of an end stands in clear, as it does in `grants`.

HPKE tells nobody who sealed, and here no outer envelope by the server's key does either. The JWS
within is signed, and reader and vendor check that: who can write to the database plants nothing
that verifies, and a rotation of the server's key has nothing to seal anew.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair, seal_to
from vault.domain.compartments import Compartment
from vault.domain.receipts import ReceiptEvent
from vault.storage.consent_records import Authorization
from vault.storage.keyring import KeyRing
from vault.storage.schema import receipts


def digest_of(receipt: str) -> bytes:
    """By what the next receipt, and the ledger, name this one: SHA-256 of the compact JWS."""
    return sha256(receipt.encode()).digest()


def add(
    conn: Connection,
    ring: KeyRing,
    grant_id: bytes,
    authorization: Authorization,
    event: ReceiptEvent,
    at: int,
    receipt: str,
) -> bytes:
    """Keep a grant's next receipt, sealed to the owner and to an authorization; its digest.

    The public key is the one of the sealed consent. The caller holds the lock of the vault's row,
    and has renewed what was due.
    """
    vault_id, holder_id = ring.vault_id, authorization.holder_id
    number, public_key, signed = _next(conn, vault_id, grant_id), authorization.public_key, receipt
    owners = _owners(vault_id, grant_id, number)
    vendors = _vendors(vault_id, grant_id, number, holder_id, public_key)
    epoch, sealed = ring.seal(Compartment.CONSENTS, signed.encode(), owners)
    row = {
        "sealed": sealed,
        "epoch": epoch,
        "holder_id": holder_id,
        "sealed_to_vendor": seal_to(public_key, signed.encode(), vendors),
    }
    return _insert(conn, (vault_id, grant_id, number), event, at, signed, row)


def add_end(
    conn: Connection, vault_id: bytes, grant_id: bytes, event: ReceiptEvent, at: int, receipt: str
) -> bytes:
    """Keep the receipt of a grant's end, in clear; its digest.

    The caller holds the lock of the vault's row.
    """
    place = (vault_id, grant_id, _next(conn, vault_id, grant_id))
    return _insert(conn, place, event, at, receipt, {"signed": receipt})


def _next(conn: Connection, vault_id: bytes, grant_id: bytes) -> int:
    before = last(conn, vault_id, grant_id)
    return before.number + 1 if before else 1


def _insert(
    conn: Connection,
    place: tuple[bytes, bytes, int],
    event: ReceiptEvent,
    at: int,
    receipt: str,
    kept: dict[str, Any],
) -> bytes:
    vault_id, grant_id, number = place
    digest = digest_of(receipt)
    conn.execute(
        insert(receipts).values(
            vault_id=vault_id,
            grant_id=grant_id,
            number=number,
            event=int(event),
            at=at,
            digest=digest,
            **kept,
        )
    )
    return digest


def _owners(vault_id: bytes, grant_id: bytes, number: int) -> bytes:
    return context("receipt/owner", vault_id, grant_id, number)


def _vendors(
    vault_id: bytes, grant_id: bytes, number: int, holder_id: bytes, public_key: bytes
) -> bytes:
    return context("receipt/vendor", vault_id, grant_id, number, holder_id, public_key)


def unseal(conn: Connection, ring: KeyRing, row: "Row[Any]") -> str:
    """The receipt of a row that tells terms, for the owner; Unopenable for what is none there."""
    place = _owners(row.vault_id, row.grant_id, row.number)
    epoch, sealed = row.epoch or 0, row.sealed or b""
    return ring.unseal(conn, Compartment.CONSENTS, epoch, sealed, place).decode()


def unseal_to(row: "Row[Any]", pair: KeyPair) -> str:
    """The same for the holder that it is addressed to."""
    holder_id = row.holder_id or b""
    place = _vendors(row.vault_id, row.grant_id, row.number, holder_id, pair.public_key)
    return pair.unseal(row.sealed_to_vendor or b"", place).decode()


def addressed_to(
    conn: Connection, vault_id: bytes, grant_id: bytes, holder_id: bytes
) -> "Row[Any] | None":
    """The newest receipt that is sealed to a holder of a grant; None where there is none."""
    addressed = _of_grant(vault_id, grant_id).where(receipts.c.holder_id == holder_id)
    return conn.execute(addressed.order_by(receipts.c.number.desc()).limit(1)).first()


def forget(conn: Connection, vault_id: bytes, holder_id: bytes) -> None:
    """Erase what was sealed to a holder that has ended: its copies are what it has fetched."""
    conn.execute(
        update(receipts)
        .where(receipts.c.vault_id == vault_id, receipts.c.holder_id == holder_id)
        .values(sealed_to_vendor=None)
    )


def last(conn: Connection, vault_id: bytes, grant_id: bytes) -> "Row[Any] | None":
    """The newest receipt of a grant; None for a consent from before there were any."""
    newest = _of_grant(vault_id, grant_id).order_by(receipts.c.number.desc()).limit(1)
    return conn.execute(newest).first()


def of_grant(conn: Connection, vault_id: bytes, grant_id: bytes) -> "list[Row[Any]]":
    """All receipts of a grant, oldest first."""
    return list(conn.execute(_of_grant(vault_id, grant_id).order_by(receipts.c.number)))


def of_vault(conn: Connection, vault_id: bytes) -> "Iterator[Row[Any]]":
    """All receipts of a vault, grant by grant, oldest first."""
    chosen = select(receipts).where(receipts.c.vault_id == vault_id)
    yield from conn.execute(chosen.order_by(receipts.c.grant_id, receipts.c.number))


def _of_grant(vault_id: bytes, grant_id: bytes) -> Any:
    return select(receipts).where(receipts.c.vault_id == vault_id, receipts.c.grant_id == grant_id)
