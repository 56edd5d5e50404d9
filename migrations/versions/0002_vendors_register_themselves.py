"""Vendors publish their keys, and register themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("jwks_uri", sa.String(2000), nullable=True))
    op.add_column("clients", sa.Column("registration_hash", sa.LargeBinary(32), nullable=True))
    op.create_table(
        "vendor_invitations",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_vendor_invitations")),
    )


def downgrade() -> None:
    op.drop_table("vendor_invitations")
    with op.batch_alter_table("clients") as table:
        table.drop_column("registration_hash")
        table.drop_column("jwks_uri")
