"""One database behind two kinds of transaction: a snapshot to read, one writer at a time to write.

SQLite opens its transactions by our own BEGIN, for two reasons: its driver's default begins a
writer as a reader, which lost 397 of 800 updates in four processes, and a schema change needs the
foreign keys off before it begins.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from vault.errors import Busy, ConfigurationError, VaultError

LOCK_TIMEOUT = 10
"""Seconds that a writer waits for another before the answer is Busy."""

_CHECKPOINT_TIMEOUT = 500  # milliseconds: who withdraws a consent does not wait for a long reader

_SQLITE_BEGIN = {
    "read": ("PRAGMA query_only=ON", "BEGIN"),
    "write": ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=ON", "BEGIN IMMEDIATE"),
    "alter": ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"),
}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_NO_DATABASE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB}
_POSTGRESQL_BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


class Database:
    """The database that `url` names; safe to share between threads, not across a fork.

    Every transaction raises Busy where a lock or the server itself is not to be had.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        # Parameters are ciphertexts and names: they stay out of error messages and logs.
        if self.dialect == "sqlite":
            self.engine = create_engine(
                parsed, hide_parameters=True, connect_args={"timeout": LOCK_TIMEOUT}
            )
            _prepare_sqlite(self.engine)
        else:
            options = f"-c lock_timeout={LOCK_TIMEOUT}s -c idle_in_transaction_session_timeout=60s"
            self.engine = create_engine(
                parsed,
                hide_parameters=True,
                pool_pre_ping=True,
                connect_args={"options": options, "connect_timeout": LOCK_TIMEOUT},
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot: every statement sees the same moment, and none may write."""
        with self._transaction(
            "read", isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing: commits at the end, rolls back on any exception.

        SQLite lets one writer in at a time; on PostgreSQL lock the row that you read to change.
        """
        with self._transaction("write", isolation_level="READ COMMITTED") as connection:
            yield connection

    @contextmanager
    def alter(self) -> Iterator[Connection]:
        """As `write`, for a change of the schema: SQLite checks foreign keys at its end only.

        SQLite alters a table by making it anew, and dropping the old one would delete what
        refers to it.
        """
        with self._transaction("alter", isolation_level="READ COMMITTED") as connection:
            yield connection
            if (
                self.dialect == "sqlite"
                and connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            ):
                raise RuntimeError("The change of the schema would leave rows that refer to none.")

    def checkpoint(self) -> bool:
        """Write SQLite's log back and empty it, so that nothing erased lingers there.

        Returns whether that was done; a reader may stand in the way, then try again later.
        """
        if self.dialect != "sqlite":
            return True
        with _translated(), self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_CHECKPOINT_TIMEOUT}")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return bool(cursor.fetchall()[0][0] == 0)
            except sqlite3.OperationalError:
                return False
            finally:
                cursor.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT * 1000}")

    def renew(self, conn: Connection) -> None:
        """Let a snapshot show this moment, so that SQLite's log need not reach back to its first.

        Nothing may be half read on it. On PostgreSQL it stays as it is: nothing grows by it.
        """
        if self.dialect == "sqlite":
            driver: Any = conn.connection.driver_connection
            driver.execute("COMMIT")
            self.checkpoint()
            driver.execute("BEGIN")
            driver.execute("SELECT 1 FROM sqlite_schema").fetchone()  # only a look fixes the moment

    def close(self) -> None:
        """Close the idle connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, kind: str, **postgresql: Any) -> Iterator[Connection]:
        with _translated(), self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.info["begin"] = _SQLITE_BEGIN[kind]
            else:
                connection.execution_options(**postgresql)
            with connection.begin():
                yield connection


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        *pragmas, statement = connection.info["begin"]
        driver: Any = connection.connection.driver_connection
        for pragma in pragmas:
            driver.execute(pragma)  # it waits for nobody, and a tenth of a page's time is saved
        connection.exec_driver_sql(statement)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the driver says of locks and of a server out of reach into our own errors."""
    try:
        yield
    except DBAPIError as error:
        if known := _known(error):
            raise known from error
        raise


def _known(error: DBAPIError) -> VaultError | None:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE_NO_DATABASE:
        return ConfigurationError("VAULT_DATABASE_URL names no database that SQLite can open.")
    if code in _SQLITE_BUSY or isinstance(error.orig, _POSTGRESQL_BUSY):
        return Busy("Another change is being written just now.", retry_after=1)
    unreachable = isinstance(error.orig, psycopg.OperationalError) and not error.orig.sqlstate
    if unreachable or error.connection_invalidated:
        return Busy("The database cannot be reached, or does not let the vault in.", retry_after=5)
    return None
