from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from vault.errors import SchemaMismatch
from vault.storage import migrate
from vault.storage.engine import Database
from vault.storage.schema import metadata


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """A database without any table."""
    database = Database(empty_database_url)
    yield database
    database.close()


def _tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def test_up_and_down(empty: Database) -> None:
    """From nothing to all tables, and down again to none but Alembic's own."""
    migrate.upgrade(empty)
    assert _tables(empty) >= set(metadata.tables)
    migrate.downgrade(empty)
    assert _tables(empty) == {"alembic_version"}
    migrate.upgrade(empty)
    migrate.check(empty)


def test_migrations_equal_models(database: Database) -> None:
    """The migrations make exactly the tables that the code knows."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrade_twice(database: Database) -> None:
    """A second upgrade changes nothing."""
    migrate.upgrade(database)
    migrate.check(database)


def test_upgrade_at_the_same_time(empty: Database) -> None:
    """Two who migrate at once both end with the tables in place."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate.upgrade, [empty, empty]))
    migrate.check(empty)


def test_no_tables(empty: Database) -> None:
    """A database without tables says which command makes them."""
    with pytest.raises(SchemaMismatch, match="no tables yet: run `vault migrate`"):
        migrate.check(empty)


def test_newer_schema(database: Database) -> None:
    """A database of a later version is refused, by check and by upgrade, and left as it is."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (migrate.check, migrate.upgrade):
        with pytest.raises(SchemaMismatch, match="newer than this version"):
            refuse(database)
    assert migrate.current(database) == "9999"


def test_older_schema(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of an earlier version says what to do."""
    monkeypatch.setattr(migrate, "_head", lambda: "9999")
    with pytest.raises(SchemaMismatch, match=r"older .* run `vault migrate`"):
        migrate.check(database)
