"""Alembic's entry: runs the revisions on the connection that `vault.storage.migrate` hands over.

A developer who calls `alembic` directly gets the database of the settings.
"""

from alembic import context
from sqlalchemy import Connection

from vault.settings import Settings
from vault.storage.engine import Database
from vault.storage.schema import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    with Database(Settings.from_environment().database_url).alter() as own:
        _run(own)
