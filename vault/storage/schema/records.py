"""What customers keep: records and their index; imports, column maps and the inbox."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Table

from vault.storage.schema.base import metadata, vault_key

batches = Table(
    "batches",
    metadata,
    vault_key(),
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
    vault_key(),
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
    vault_key(),
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
    vault_key(),
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
    vault_key(),
    Column("import_id", LargeBinary(16), primary_key=True),
    Column("state", SmallInteger, nullable=False),
    Column("summary", LargeBinary, nullable=False),
    Column("summary_epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("filed_at", BigInteger),
    # The vault's counter once it was filed: later imports have the same or a higher one.
    Column("filed_change", BigInteger),
    # What it said that the vault had already: null if nothing, and once it is undone.
    Column("repeated", LargeBinary),
    Column("repeated_epoch", Integer),
)

column_maps = Table(
    "column_maps",
    metadata,
    vault_key(),
    Column("map_id", LargeBinary(16), primary_key=True),
    Column("epoch", Integer, nullable=False),
    # What the columns of a sheet mean: its vendor's name and its header stand in it.
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

seller_links = Table(
    "seller_links",
    metadata,
    vault_key(),
    Column("link_id", LargeBinary(16), primary_key=True),
    Column("epoch", Integer, nullable=False),
    # Names of sellers, and whether they are one.
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    vault_key(),
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
