import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests import warm
from tests.conftest import sqlite_only
from tests.counting import TIMES, read_modify_write
from vault.errors import Busy, ConfigurationError
from vault.storage.engine import Database

PROCESSES = 4


@pytest.fixture
def counter(database: Database) -> Database:
    """A database with one more table, which holds one number."""
    with database.alter() as connection:
        connection.execute(text("CREATE TABLE counter (n BIGINT NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return database


def _count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT n FROM counter")).scalar_one())


def test_no_update_is_lost(counter: Database, database_url: str) -> None:
    """Four processes of 200 read-modify-write transactions each count to 800."""
    context = warm.processes()
    processes = [
        context.Process(target=read_modify_write, args=(database_url,)) for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert _count(counter) == PROCESSES * TIMES


def test_write_rolls_back(counter: Database) -> None:
    """An exception inside a write leaves nothing of it."""
    with pytest.raises(KeyError), counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = 7"))
        raise KeyError
    assert _count(counter) == 0


def test_read_is_a_snapshot(counter: Database) -> None:
    """A reader sees one moment, whatever is written meanwhile."""
    with counter.read() as reader:
        before = reader.execute(text("SELECT n FROM counter")).scalar_one()
        with counter.write() as writer:
            writer.execute(text("UPDATE counter SET n = 1"))
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == before
    assert _count(counter) == 1


def test_read_cannot_write(counter: Database) -> None:
    """A reader that tries to write is refused by the database, and the next writer is not."""
    with pytest.raises(DBAPIError, match=r"(?i)read.?only"), counter.read() as connection:
        connection.execute(text("UPDATE counter SET n = 7"))
    with counter.write() as connection:
        connection.execute(text("UPDATE counter SET n = 8"))
    assert _count(counter) == 8


def test_lock_timeout_is_busy(
    counter: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that waits too long for another is told to try again."""
    monkeypatch.setattr("vault.storage.engine.LOCK_TIMEOUT", 1)
    impatient = Database(database_url)
    with counter.write() as holder:
        holder.execute(text("UPDATE counter SET n = 1"))
        with pytest.raises(Busy) as busy, impatient.write() as connection:
            connection.execute(text("UPDATE counter SET n = 2"))
    impatient.close()
    assert busy.value.retry_after == 1


def test_errors_hide_parameters(counter: Database) -> None:
    """What a statement carried does not stand in the error that it raises."""
    with pytest.raises(DBAPIError) as error, counter.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:n)"), {"n": "hunter2"})
    assert "hunter2" not in str(error.value)


@sqlite_only
def test_sqlite_is_durable_and_tidy(database: Database) -> None:
    """SQLite keeps a write-ahead log, waits for the disk, checks keys, wipes what it frees."""
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with database.write() as connection:
        for pragma, value in expected.items():
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


@sqlite_only
def test_checkpoint_empties_the_log(counter: Database, tmp_path: Path) -> None:
    """After a checkpoint nothing stands in the write-ahead log."""
    assert (tmp_path / "vault.db-wal").stat().st_size > 0
    assert counter.checkpoint()
    assert (tmp_path / "vault.db-wal").stat().st_size == 0


@sqlite_only
def test_checkpoint_gives_way_to_a_reader(counter: Database) -> None:
    """A reader in the way is not waited for long: the sweep tries again."""
    with counter.read() as reader:
        reader.execute(text("SELECT n FROM counter"))
        with counter.write() as writer:
            writer.execute(text("UPDATE counter SET n = 1"))
        assert not counter.checkpoint()
    assert counter.checkpoint()


@sqlite_only
def test_a_renewed_snapshot_shows_this_moment_and_keeps_no_log(
    counter: Database, tmp_path: Path
) -> None:
    """What was written meanwhile is seen, nothing later is, and what is a snapshot cannot write."""
    with counter.read() as reader:
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == 0
        with counter.write() as writer:
            writer.execute(text("UPDATE counter SET n = 1"))
        counter.renew(reader)
        assert (tmp_path / "vault.db-wal").stat().st_size == 0
        with counter.write() as writer:
            writer.execute(text("UPDATE counter SET n = 2"))
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == 1
        with pytest.raises(DBAPIError):
            reader.execute(text("UPDATE counter SET n = 3"))
    assert _count(counter) == 2


@sqlite_only
def test_alter_keeps_what_refers(database: Database) -> None:
    """A table made anew does not delete the rows that refer to it, and the check is back after."""
    with database.alter() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (a REFERENCES a ON DELETE CASCADE)"))
        connection.execute(text("INSERT INTO a VALUES (1)"))
        connection.execute(text("INSERT INTO b VALUES (1)"))
    with database.alter() as connection:
        connection.execute(text("CREATE TABLE new_a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO new_a SELECT id FROM a"))
        connection.execute(text("DROP TABLE a"))
        connection.execute(text("ALTER TABLE new_a RENAME TO a"))
    with database.write() as connection:
        assert connection.execute(text("SELECT count(*) FROM b")).scalar_one() == 1
    with pytest.raises(DBAPIError, match="FOREIGN KEY"), database.write() as connection:
        connection.execute(text("INSERT INTO b VALUES (2)"))


def test_not_a_database(tmp_path: Path) -> None:
    """A file that is no SQLite database is said so by the name of the setting."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary " * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(ConfigurationError, match="VAULT_DATABASE_URL"), database.read() as it:
        it.execute(text("SELECT 1"))
    database.close()


def test_server_out_of_reach(tmp_path: Path) -> None:
    """A PostgreSQL server that does not answer is Busy, not a traceback."""
    database = Database(f"postgresql+psycopg://me@/vault?host={tmp_path}")
    with pytest.raises(Busy, match="cannot be reached"), database.read():
        pass


def test_sqlite_has_the_error_codes_we_read() -> None:
    """The driver tells Busy from other errors by number."""
    assert sqlite3.SQLITE_BUSY == 5
    assert sqlite3.SQLITE_LOCKED == 6
