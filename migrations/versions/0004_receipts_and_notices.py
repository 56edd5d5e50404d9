"""Receipts and notices, reads by day, and where a customer wants to hear of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vaults", sa.Column("contact", sa.LargeBinary(), nullable=True))
    op.add_column("vaults", sa.Column("language", sa.String(16), nullable=True))
    op.add_column("grants", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    _days()
    op.create_table(
        "receipts",
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.Column("holder_id", sa.LargeBinary(16), nullable=True),
        sa.Column("sealed_to_vendor", sa.LargeBinary(), nullable=True),
        sa.Column("signed", sa.String(), nullable=True),
        _of_a_vault("receipts"),
        sa.PrimaryKeyConstraint("vault_id", "grant_id", "number", name=op.f("pk_receipts")),
    )
    op.create_table(
        "notices",
        sa.Column("vault_id", sa.LargeBinary(16), nullable=False),
        sa.Column("notice_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(16), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("mailed_at", sa.BigInteger(), nullable=True),
        _of_a_vault("notices"),
        sa.PrimaryKeyConstraint("vault_id", "notice_id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_vault_at", "notices", ["vault_id", "at"])


def _days() -> None:
    op.add_column("grants", sa.Column("days", sa.JSON(), nullable=True))
    op.execute("UPDATE grants SET days = '{}'")
    with op.batch_alter_table("grants") as table:
        table.alter_column("days", existing_type=sa.JSON(), nullable=False)


def _of_a_vault(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_vault_id")
    return sa.ForeignKeyConstraint(["vault_id"], ["vaults.vault_id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("notices")
    op.drop_table("receipts")
    with op.batch_alter_table("grants") as table:
        table.drop_column("days")
        table.drop_column("deleted_at")
    with op.batch_alter_table("vaults") as table:
        table.drop_column("language")
        table.drop_column("contact")
