"""Bring the tables to this version of the vault, and refuse to run on any other.

The revisions stand in `migrations/`; each runs in one transaction, on both databases.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from vault.errors import SchemaMismatch
from vault.resources import resource_folder
from vault.storage.engine import Database

_ONE_AT_A_TIME = 0x7661756C74  # any number, as long as all who migrate take the same: "vault"


def upgrade(database: Database, revision: str = "head") -> None:
    """Go up to `revision`; a second call, or one at the same time, changes nothing."""
    if current(database) not in {None, *_known_revisions()}:
        raise _newer()
    with _configured(database) as config:
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Go down to `revision`; what only the newer tables hold is lost."""
    with _configured(database) as config:
        command.downgrade(config, revision)


def current(database: Database) -> str | None:
    """Return the revision that the database stands at, or None before the first."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(database: Database) -> None:
    """Raise SchemaMismatch, saying what to do, unless the database stands at our revision."""
    found = current(database)
    if found == _head():
        return
    if found is None:
        raise SchemaMismatch("The database has no tables yet: run `vault migrate`.")
    if found not in _known_revisions():
        raise _newer()
    message = f"The database is older ({found}) than this version of the vault ({_head()})"
    raise SchemaMismatch(f"{message}: make a backup, then run `vault migrate`.")


def head() -> str:
    """The revision of this version's tables."""
    return str(_head())


def is_known(revision: str) -> bool:
    """Whether this version knows a revision: any other is of a newer one."""
    return revision in _known_revisions()


def _newer() -> SchemaMismatch:
    return SchemaMismatch(
        "The database is newer than this version of the vault: install the version that made it."
    )


@contextmanager
def _configured(database: Database) -> Iterator[Config]:
    """Hand Alembic our own connection, holding the lock that keeps others from migrating."""
    config = _config()
    with database.alter() as connection:
        _lock(connection)
        config.attributes["connection"] = connection
        yield config


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ONE_AT_A_TIME})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource_folder("migrations")))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


@cache
def _known_revisions() -> frozenset[str]:
    script = ScriptDirectory.from_config(_config())
    return frozenset(each.revision for each in script.walk_revisions())
