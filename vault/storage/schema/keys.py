"""Who may open what: vaults, the directory of credentials, holders and epochs."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from vault.storage.schema.base import metadata, vault_key

vaults = Table(
    "vaults",
    metadata,
    Column("vault_id", LargeBinary(16), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    # The number of the last committed change; rows above it are staged and nobody's to read.
    Column("change", BigInteger, nullable=False, default=0),
    # The number of the last change that closed a row: a vendor's read compares its snapshot.
    Column("closed_change", BigInteger, nullable=False, default=0),
    # Cursors older than this are answered from the start: their tombstones are gone.
    Column("tombstones_from", BigInteger, nullable=False, default=0),
    Column("ledger_number", BigInteger, nullable=False, default=0),
    Column("ledger_head", LargeBinary(32), nullable=False),
    # The one writer's lease: a fencing number, and when it lapses.
    Column("fence", BigInteger, nullable=False, default=0),
    Column("leased_until", BigInteger, nullable=False, default=0),
    # Where notices go by e-mail, sealed to the server's key: an honest exception, set knowingly.
    Column("contact", LargeBinary),
    # The language in which the customer reads, such as `en` or `zh_Hans`; NULL: the browser's.
    Column("language", String(16)),
)

credentials = Table(
    "credentials",
    metadata,
    Column("lookup", LargeBinary(32), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("vault_id", LargeBinary(16), ForeignKey("vaults.vault_id", ondelete="CASCADE")),
    Column("holder_id", LargeBinary(16)),
    Column("grant_id", LargeBinary(16)),
    Column("client_id", String(64)),
    # Erased when the credential ends: to revoke is to forget.
    Column("wrap", LargeBinary),
    Column("attributes", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("end_reason", String(32)),
    Index("ix_credentials_vault_kind", "vault_id", "kind"),
    Index("ix_credentials_grant", "vault_id", "grant_id"),
    Index("ix_credentials_expiry", "expires_at"),
)

holders = Table(
    "holders",
    metadata,
    vault_key(),
    Column("holder_id", LargeBinary(16), primary_key=True),
    # NULL for the owner.
    Column("grant_id", LargeBinary(16)),
    Column("public_key", LargeBinary, nullable=False),
    # Erased when the holder ends.
    Column("package", LargeBinary),
    Column("package_version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("ended_at", BigInteger),
    Index("ix_holders_grant", "vault_id", "grant_id"),
)

compartments = Table(
    "compartments",
    metadata,
    vault_key(),
    Column("compartment", SmallInteger, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    # The predecessor's secret, sealed under this epoch's; NULL for the first.
    Column("predecessor", LargeBinary),
    # Only the inbox and the ledger: a key to write with, signed by the server.
    Column("public_key", LargeBinary),
    Column("key_number", Integer),
    Column("signature", LargeBinary),
    Column("renewal_due", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
)

# Which secret was ever given to whom, unredeemed codes included: what an ended holder knows.
entrusted = Table(
    "entrusted",
    metadata,
    vault_key(),
    Column("holder_id", LargeBinary(16), primary_key=True),
    Column("compartment", SmallInteger, primary_key=True),
    Column("epoch", Integer, primary_key=True),
)
