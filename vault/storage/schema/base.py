"""What all tables share: the names of constraints, and the vault that rows belong to."""

from sqlalchemy import Column, ForeignKey, LargeBinary, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def vault_key() -> Column[bytes]:
    """The first part of every customer table's key; erasing a vault erases its rows."""
    return Column(
        "vault_id",
        LargeBinary(16),
        ForeignKey("vaults.vault_id", ondelete="CASCADE"),
        primary_key=True,
    )
