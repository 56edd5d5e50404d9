"""What vendors may see: grants, their receipts and notices, and who may not ask."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from vault.storage.schema.base import metadata, vault_key

grants = Table(
    "grants",
    metadata,
    vault_key(),
    Column("grant_id", LargeBinary(16), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("state", SmallInteger, nullable=False),
    # Of the authorization that is in force: a vendor's redemption changes it, and holds no key.
    Column("terms_version", Integer, nullable=False),
    # The consent record, sealed to the owner.
    Column("consent", LargeBinary, nullable=False),
    Column("consent_epoch", Integer, nullable=False),
    Column("consent_version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("last_read_at", BigInteger),
    Column("reads", BigInteger, nullable=False, default=0),
    # By kind: the terms' version, and the change up to which pages have been delivered under it.
    Column("progress", JSON, nullable=False, default=dict),
    # By day (ISO 8601, UTC), for 90 days: how many reads, and how many records in them. What is
    # older is summed up under `earlier`.
    Column("days", JSON, nullable=False, default=dict),
    # When the vendor of an ended grant said that it has deleted what it held.
    Column("deleted_at", BigInteger),
    Index("ix_grants_client", "client_id", "grant_id"),
)

# What both sides keep of a consent, one row for each of its events, each naming the one before.
receipts = Table(
    "receipts",
    metadata,
    vault_key(),
    Column("grant_id", LargeBinary(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("event", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    # SHA-256 of the signed receipt: the next one names it, and nobody needs to open it for that.
    Column("digest", LargeBinary(32), nullable=False),
    # The signed receipt: sealed to the owner where it tells the terms …
    Column("sealed", LargeBinary),
    Column("epoch", Integer),
    # … and to the holder that these terms were given to, until that one ends …
    Column("holder_id", LargeBinary(16)),
    Column("sealed_to_vendor", LargeBinary),
    # … and in clear where a consent ended, since nobody was there to seal.
    Column("signed", String),
)

# What a customer shall notice: in clear stand kind, grant and time, the words are the page's.
notices = Table(
    "notices",
    metadata,
    vault_key(),
    Column("notice_id", LargeBinary(16), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("grant_id", LargeBinary(16)),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    # When it went out by e-mail; NULL while it is due, or where there is no address. 0: it never
    # shall. Negative: it is being sent, or tried again from then (storage/mail_due.py).
    Column("mailed_at", BigInteger),
    Index("ix_notices_vault_at", "vault_id", "at"),
)

# Vendors that may not ask any more, in clear: a request is dropped while nobody can read.
blocked_vendors = Table(
    "blocked_vendors",
    metadata,
    vault_key(),
    Column("client_id", String(64), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)
