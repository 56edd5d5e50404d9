"""The first tables: directory, keys, records, inbox, index, ledger, vendors."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _vaults()
    _credentials()
    _holders()
    _grants()
    _compartments()
    _entrusted()
    _batches()
    _records()
    _segments()
    _tombstones()
    _imports()
    _inbox()
    _ledger()
    _refusals()
    _clients()
    _replays()


def downgrade() -> None:
    for table in (
        "replays",
        "clients",
        "refusals",
        "ledger",
        "inbox",
        "imports",
        "tombstones",
        "segments",
        "records",
        "batches",
        "entrusted",
        "compartments",
        "grants",
        "holders",
        "credentials",
        "vaults",
    ):
        op.drop_table(table)


def _of_a_vault(table: str) -> tuple[sa.Column[bytes], sa.ForeignKeyConstraint]:
    """Return the column that every customer table begins with, and what it refers to."""
    return (
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["vault_id"], ["vaults.vault_id"], name=op.f(f"fk_{table}_vault_id"), ondelete="CASCADE"
        ),
    )


def _vaults() -> None:
    op.create_table(
        "vaults",
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("closed_change", sa.BigInteger(), nullable=False),
        sa.Column("tombstones_from", sa.BigInteger(), nullable=False),
        sa.Column("ledger_number", sa.BigInteger(), nullable=False),
        sa.Column("ledger_head", sa.LargeBinary(32), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", name=op.f("pk_vaults")),
        sa.UniqueConstraint("name", name=op.f("uq_vaults_name")),
    )


def _credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("lookup", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("vault_id", sa.LargeBinary(16), nullable=True),
        sa.Column("holder_id", sa.LargeBinary(16), nullable=True),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=True),
        sa.Column("client_id", sa.String(64), nullable=True),
        sa.Column("wrap", sa.LargeBinary(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(
            ["vault_id"],
            ["vaults.vault_id"],
            name=op.f("fk_credentials_vault_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_credentials")),
    )
    op.create_index("ix_credentials_expiry", "credentials", ["expires_at"], unique=False)
    op.create_index("ix_credentials_grant", "credentials", ["vault_id", "grant_id"], unique=False)
    op.create_index("ix_credentials_vault_kind", "credentials", ["vault_id", "kind"], unique=False)


def _holders() -> None:
    op.create_table(
        "holders",
        *_of_a_vault("holders"),
        sa.Column("holder_id", sa.LargeBinary(16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("package", sa.LargeBinary(), nullable=True),
        sa.Column("package_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("vault_id", "holder_id", name=op.f("pk_holders")),
    )
    op.create_index("ix_holders_grant", "holders", ["vault_id", "grant_id"], unique=False)


def _grants() -> None:
    op.create_table(
        "grants",
        *_of_a_vault("grants"),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("consent", sa.LargeBinary(), nullable=False),
        sa.Column("consent_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("last_read_at", sa.BigInteger(), nullable=True),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "grant_id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_client", "grants", ["client_id"], unique=False)


def _compartments() -> None:
    op.create_table(
        "compartments",
        *_of_a_vault("compartments"),
        sa.Column("compartment", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("predecessor", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_number", sa.Integer(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("renewal_due", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "compartment", "epoch", name=op.f("pk_compartments")),
    )


def _entrusted() -> None:
    op.create_table(
        "entrusted",
        *_of_a_vault("entrusted"),
        sa.Column("holder_id", sa.LargeBinary(16), nullable=False),
        sa.Column("compartment", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "vault_id", "holder_id", "compartment", "epoch", name=op.f("pk_entrusted")
        ),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        *_of_a_vault("batches"),
        sa.Column("batch_id", sa.LargeBinary(16), nullable=False),
        sa.Column("compartment", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "batch_id", name=op.f("pk_batches")),
    )
    op.create_index("ix_batches_change", "batches", ["vault_id", "change"], unique=False)


def _records() -> None:
    op.create_table(
        "records",
        *_of_a_vault("records"),
        sa.Column("compartment", sa.SmallInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("record_id", sa.LargeBinary(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "compartment", "change", name=op.f("pk_records")),
    )
    op.create_index("ix_records_record", "records", ["vault_id", "record_id"], unique=False)


def _segments() -> None:
    op.create_table(
        "segments",
        *_of_a_vault("segments"),
        sa.Column("compartment", sa.SmallInteger(), nullable=False),
        sa.Column("segment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "compartment", "segment_id", name=op.f("pk_segments")),
    )


def _tombstones() -> None:
    op.create_table(
        "tombstones",
        *_of_a_vault("tombstones"),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("record_id", sa.LargeBinary(16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("continues", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "vault_id", "grant_id", "kind", "change", "record_id", name=op.f("pk_tombstones")
        ),
    )


def _imports() -> None:
    op.create_table(
        "imports",
        *_of_a_vault("imports"),
        sa.Column("import_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("summary_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=True),
        sa.Column("change_from", sa.BigInteger(), nullable=True),
        sa.Column("change_to", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("vault_id", "import_id", name=op.f("pk_imports")),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        *_of_a_vault("inbox"),
        sa.Column("item_id", sa.LargeBinary(16), nullable=False),
        sa.Column("origin", sa.SmallInteger(), nullable=False),
        sa.Column("origin_id", sa.LargeBinary(16), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("vault_id", "item_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_origin", "inbox", ["vault_id", "origin_id", "ordinal"], unique=False)


def _ledger() -> None:
    op.create_table(
        "ledger",
        *_of_a_vault("ledger"),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "number", name=op.f("pk_ledger")),
    )


def _refusals() -> None:
    op.create_table(
        "refusals",
        *_of_a_vault("refusals"),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "grant_id", "reason", "hour", name=op.f("pk_refusals")),
    )


def _clients() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("profile", sa.String(16), nullable=False),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("jwks", sa.JSON(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("seller_identifiers", sa.JSON(), nullable=False),
        sa.Column("policy_uri", sa.String(2000), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_clients")),
    )


def _replays() -> None:
    op.create_table(
        "replays",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_replays")),
    )
    op.create_index("ix_replays_expiry", "replays", ["expires_at"], unique=False)
