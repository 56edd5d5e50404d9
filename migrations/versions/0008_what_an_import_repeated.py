"""An import keeps what it repeated of what the vault had already.

Of the changes that filing one made, the last one says which import came before which; the first is
read nowhere. Of imports from before, nothing tells what they repeated.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("imports") as batch:
        batch.add_column(sa.Column("repeated", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("repeated_epoch", sa.Integer(), nullable=True))
        batch.alter_column(
            "change_to", new_column_name="filed_change", existing_type=sa.BigInteger()
        )
        batch.drop_column("change_from")


def downgrade() -> None:
    with op.batch_alter_table("imports") as batch:
        batch.add_column(sa.Column("change_from", sa.BigInteger(), nullable=True))
        batch.alter_column(
            "filed_change", new_column_name="change_to", existing_type=sa.BigInteger()
        )
        batch.drop_column("repeated_epoch")
        batch.drop_column("repeated")
