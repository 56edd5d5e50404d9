"""What the columns of a customer's sheets mean, as the customer has said it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "column_maps",
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.Column("map_id", sa.LargeBinary(16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vault_id"],
            ["vaults.vault_id"],
            name=op.f("fk_column_maps_vault_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("vault_id", "map_id", name=op.f("pk_column_maps")),
    )


def downgrade() -> None:
    op.drop_table("column_maps")
