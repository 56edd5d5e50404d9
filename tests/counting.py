"""What child processes of the tests do at once: count in a table, and import little before that."""

from sqlalchemy import text

from vault.storage.engine import Database

TIMES = 200


def read_modify_write(url: str) -> None:
    """Count up by what was read before: loses an update wherever two writers overlap."""
    database = Database(url)
    lock = " FOR UPDATE" if database.dialect == "postgresql" else ""
    for _ in range(TIMES):
        with database.write() as connection:
            n = connection.execute(text(f"SELECT n FROM counter{lock}")).scalar_one()
            connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})
    database.close()
