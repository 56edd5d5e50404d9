"""Consents are amended by a new authorization, and vendors can be kept from asking."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("grants") as table:
        table.add_column(sa.Column("consent_version", sa.Integer(), nullable=True))
    # Until now a consent record was sealed in the version of its terms.
    op.execute("UPDATE grants SET consent_version = terms_version")
    with op.batch_alter_table("grants") as table:
        table.alter_column("consent_version", existing_type=sa.Integer(), nullable=False)
    op.drop_index("ix_grants_client", table_name="grants")
    op.create_index("ix_grants_client", "grants", ["client_id", "grant_id"])
    op.create_table(
        "blocked_vendors",
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vault_id"],
            ["vaults.vault_id"],
            name=op.f("fk_blocked_vendors_vault_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("vault_id", "client_id", name=op.f("pk_blocked_vendors")),
    )


def downgrade() -> None:
    op.drop_table("blocked_vendors")
    op.drop_index("ix_grants_client", table_name="grants")
    op.create_index("ix_grants_client", "grants", ["client_id"])
    with op.batch_alter_table("grants") as table:
        table.drop_column("consent_version")
