"""The tables, as SQLAlchemy Core metadata: one place that says what the database may know.

In clear stand user names, client ids, which grant exists between whom, kinds and compartments of
rows, times, sizes and counts. Everything else is an envelope (docs/format.md). All customer data
has ``vault_id`` first in its primary key; ``credentials`` is the directory from a look-up value
to the vault that it opens. Times are whole seconds since the epoch, UTC.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _vault_key() -> Column[bytes]:
    """The first part of every customer table's key; erasing a vault erases its rows."""
    return Column(
        "vault_id",
        LargeBinary(16),
        ForeignKey("vaults.vault_id", ondelete="CASCADE"),
        primary_key=True,
    )


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
    _vault_key(),
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

grants = Table(
    "grants",
    metadata,
    _vault_key(),
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
    Index("ix_grants_client", "client_id", "grant_id"),
)

# Vendors that may not ask any more, in clear: a request is dropped while nobody can read.
blocked_vendors = Table(
    "blocked_vendors",
    metadata,
    _vault_key(),
    Column("client_id", String(64), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)

compartments = Table(
    "compartments",
    metadata,
    _vault_key(),
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
    _vault_key(),
    Column("holder_id", LargeBinary(16), primary_key=True),
    Column("compartment", SmallInteger, primary_key=True),
    Column("epoch", Integer, primary_key=True),
)

batches = Table(
    "batches",
    metadata,
    _vault_key(),
    Column("batch_id", LargeBinary(16), primary_key=True),
    Column("compartment", SmallInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    # Rows sealed under it are staged until the vault's counter reaches this number.
    Column("change", BigInteger, nullable=False),
    Index("ix_batches_change", "vault_id", "change"),
)

records = Table(
    "records",
    metadata,
    _vault_key(),
    Column("compartment", SmallInteger, primary_key=True),
    # A row is valid from this change …
    Column("change", BigInteger, primary_key=True, autoincrement=False),
    # … to this one; NULL while it is open.
    Column("valid_to", BigInteger),
    Column("record_id", LargeBinary(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("batch_id", LargeBinary(16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Index("ix_records_record", "vault_id", "record_id"),
)

segments = Table(
    "segments",
    metadata,
    _vault_key(),
    Column("compartment", SmallInteger, primary_key=True),
    Column("segment_id", LargeBinary(16), primary_key=True),
    # Staged until the vault's counter reaches this number.
    Column("change", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("summary", LargeBinary, nullable=False),
    # SHA-256 of the three envelopes, so that the state of a whole index is one short hash.
    Column("digest", LargeBinary(32), nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    _vault_key(),
    Column("grant_id", LargeBinary(16), primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    # The change that closed the row …
    Column("change", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", LargeBinary(16), primary_key=True),
    # … and the one that had opened it.
    Column("since", BigInteger, nullable=False),
    # The grant may see the row that the change opened in its place.
    Column("continues", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    _vault_key(),
    Column("import_id", LargeBinary(16), primary_key=True),
    Column("state", SmallInteger, nullable=False),
    Column("summary", LargeBinary, nullable=False),
    Column("summary_epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("filed_at", BigInteger),
    # The changes that filing it made: above the first, up to the second.
    Column("change_from", BigInteger),
    Column("change_to", BigInteger),
)

inbox = Table(
    "inbox",
    metadata,
    _vault_key(),
    Column("item_id", LargeBinary(16), primary_key=True),
    Column("origin", SmallInteger, nullable=False),
    # What the item belongs to: an import, or a grant.
    Column("origin_id", LargeBinary(16), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Index("ix_inbox_origin", "vault_id", "origin_id", "ordinal"),
)

ledger = Table(
    "ledger",
    metadata,
    _vault_key(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)

# After the first of an hour a refusal is only counted, so that a dead token cannot flood a ledger.
refusals = Table(
    "refusals",
    metadata,
    _vault_key(),
    Column("grant_id", LargeBinary(16), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
)

clients = Table(
    "clients",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("profile", String(16), nullable=False),
    Column("redirect_uris", JSON, nullable=False),
    Column("jwks", JSON),
    # SHA-256 of a 256-bit random secret; only for clients of the basic profile.
    Column("secret_hash", LargeBinary(32)),
    Column("verified_at", BigInteger),
    Column("seller_identifiers", JSON, nullable=False),
    Column("policy_uri", String(2000)),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    # Where the client publishes its keys, in place of `jwks`.
    Column("jwks_uri", String(2000)),
    # SHA-256 of the 256-bit token with which a client that registered itself manages that.
    Column("registration_hash", LargeBinary(32)),
)

# Tokens with which a vendor may register itself once, hashed.
vendor_invitations = Table(
    "vendor_invitations",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("client_id", String(64)),
)

# Identifiers that may be used once: of DPoP proofs and of client assertions, hashed.
replays = Table(
    "replays",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_replays_expiry", "expires_at"),
)
