"""What was done: the ledger, and how often refusals were repeated."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from vault.storage.schema.base import metadata, vault_key

ledger = Table(
    "ledger",
    metadata,
    vault_key(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    # NULL where nothing changed that the state digest covers, and in rows from before it stood so.
    Column("state", LargeBinary(32)),
)

# After the first of an hour a refusal is only counted, so that a dead token cannot flood a ledger.
refusals = Table(
    "refusals",
    metadata,
    vault_key(),
    Column("grant_id", LargeBinary(16), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
)
