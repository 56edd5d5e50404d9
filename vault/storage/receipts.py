"""Receipts of consents: signed once, kept for ever, each naming the one before it by digest.

What tells terms is sealed under the consent's wire key: whoever has the consent record or a package
of it opens it, and nobody else. What tells only of an end stands in clear, as it does in `grants`.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from vault.crypto import aead
from vault.crypto.envelope import context
from vault.crypto.kdf import derive
from vault.domain.receipts import ReceiptEvent
from vault.storage.schema import receipts

_LABEL = "wire/receipt"


def digest_of(receipt: str) -> bytes:
    """By what the next receipt, and the ledger, name this one: SHA-256 of the compact JWS."""
    return sha256(receipt.encode()).digest()


def add(
    conn: Connection,
    vault_id: bytes,
    grant_id: bytes,
    event: ReceiptEvent,
    at: int,
    receipt: str,
    wire_key: bytes | None = None,
) -> bytes:
    """Keep a grant's next receipt, sealed where there is a key; its digest.

    The caller holds the lock of the vault's row.
    """
    before = last(conn, vault_id, grant_id)
    number = before.number + 1 if before else 1
    place = context(_LABEL, vault_id, grant_id, number)
    key = derive(wire_key, _LABEL) if wire_key is not None else None
    digest = digest_of(receipt)
    conn.execute(
        insert(receipts).values(
            vault_id=vault_id,
            grant_id=grant_id,
            number=number,
            event=int(event),
            at=at,
            digest=digest,
            sealed=aead.seal(key, receipt.encode(), place) if key is not None else None,
            signed=receipt if key is None else None,
        )
    )
    return digest


def unseal(row: "Row[Any]", wire_key: bytes) -> str:
    """The receipt of a row that tells terms; Unopenable where it is another's, or was altered."""
    place = context(_LABEL, row.vault_id, row.grant_id, row.number)
    return aead.unseal(derive(wire_key, _LABEL), row.sealed or b"", place).decode()


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
