from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, text

from vault.errors import SchemaMismatch
from vault.storage import imports, migrate
from vault.storage.engine import Database
from vault.storage.schema import metadata, vaults


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


def test_imports_from_before_keep_their_turn(empty: Database) -> None:
    """Revision 0008 keeps the last of the changes that an import made, forth and back."""
    migrate.upgrade(empty, "0007")
    vault = {"vault_id": b"v" * 16, "name": "anna", "created_at": 1, "ledger_head": b"h" * 32}
    with empty.write() as conn:
        conn.execute(insert(vaults).values(vault))
        conn.execute(
            text(
                "INSERT INTO imports (vault_id, import_id, state, summary, summary_epoch,"
                " created_at, filed_at, change_from, change_to)"
                " VALUES (:vault_id, :vault_id, 3, :vault_id, 1, 2, 3, 4, 5)"
            ),
            {"vault_id": vault["vault_id"]},
        )
    migrate.upgrade(empty)
    with empty.read() as conn:
        row = imports.find(conn, b"v" * 16, b"v" * 16)
    assert (row.filed_change, row.repeated_epoch, row.summary) == (5, None, b"v" * 16)
    migrate.downgrade(empty, "0007")
    with empty.read() as conn:
        found = conn.execute(text("SELECT change_from, change_to FROM imports")).one()
    assert tuple(found) == (None, 5)


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


def test_older_schema(database: Database) -> None:
    """A database of an earlier version says what to do."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(SchemaMismatch, match=r"older .* run `vault migrate`"):
        migrate.check(database)
