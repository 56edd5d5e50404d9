"""Which sellers the customer has said to be one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seller_links",
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vault_id"],
            ["vaults.vault_id"],
            name=op.f("fk_seller_links_vault_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("vault_id", "link_id", name=op.f("pk_seller_links")),
    )


def downgrade() -> None:
    op.drop_table("seller_links")
