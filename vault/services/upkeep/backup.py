"""Backup and restore: every table as it is, sealed as it is, from one snapshot.

The server's secret file is not in it, so that a stolen backup lacks the outer layer's key: keep the
file apart. One portable form serves both databases. It is read in one snapshot (SQLite's log and
PostgreSQL's REPEATABLE READ keep it while others write), so servers go on meanwhile.

A restore puts back a past in which codes, sessions and consents were live that have ended since.
Whatever could be misused by that is dropped or suspended in the very transaction that restores.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Row, select

from vault import __version__
from vault.domain.events import LedgerEvent
from vault.errors import Conflict, InvalidInput, SchemaMismatch
from vault.services import manifest as state
from vault.storage import (
    archive,
    backup,
    credential_upkeep,
    epochs,
    grants,
    imports,
    inbox,
    ledger,
    mail_due,
    migrate,
    tombstones,
    vaults,
)  # fmt: skip
from vault.storage.archive import Archive, ArchiveWriter, Manifest
from vault.storage.schema import vaults as vault_table
from vault.storage.store import Store

CHANGES_SKIPPED = 2**32
"""Added to each vault's counter by a restore.

Numbers that were given out after the backup stand in vendors' cursors. They are not used again, so
such a cursor is older than what is kept, and its vendor starts anew.
"""

Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Given how many rows there are, gives a block a function to say how many more are done."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back; `created_at` is when the backup was made, in seconds."""

    created_at: int
    vaults: int
    rows: int
    suspended: int


class Backups:
    """Writes backups and restores them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, out: BinaryIO, progress: Progress) -> Manifest:
        """Write a backup to an open file."""
        with self._store.database.read() as conn, ArchiveWriter.to(out) as writer:
            made = Manifest(
                schema=migrate.head(),
                version=__version__,
                created_at=self._store.clock(),
                public_keys={
                    str(number): key.hex() for number, key in self._store.keys.public_keys().items()
                },
                sealed_with=sorted(backup.key_numbers(conn)),
            )
            with progress(backup.count(conn)) as advance:
                for table in backup.TABLES:
                    rows = _counted(backup.lines(conn, table), advance)
                    # SQLAlchemy's names are a kind of str that JSON does not know.
                    name = str(table.name)
                    made.tables[name] = writer.table(name, rows)
            writer.finish(made, self._store.keys)
        return made

    def restore(self, path: Path, progress: Progress, *, force: bool) -> Restored:
        """Put a backup in place of everything in the database, all of it or nothing.

        Raises InvalidInput for a damaged file, ConfigurationError for one of another server,
        SchemaMismatch for one of other tables, Conflict where something would be lost without
        `force`.
        """
        with archive.opened(path, self._store.keys) as checked:
            _check_schema(checked.manifest)
            with self._store.database.write() as conn:
                if not force and not backup.is_empty(conn):
                    raise Conflict(
                        "The database is not empty: with --force it is replaced by the backup."
                    )
                backup.clear(conn)
                with progress(checked.manifest.rows) as advance:
                    _fill(conn, checked, advance)
                restored = self._make_safe(conn, checked.manifest)
        # What was replaced must not linger in SQLite's log.
        self._store.database.checkpoint()
        return restored

    def _make_safe(self, conn: Connection, made: Manifest) -> Restored:
        """End what a past moment must not bring back to life."""
        credential_upkeep.drop_short_lived(conn)
        imports.drop_previews(conn)
        inbox.drop_unconfirmed(conn)
        mail_due.drop(conn)
        suspended = grants.suspend_all(conn)
        rows = conn.execute(select(vault_table)).all()
        for row in rows:
            self._begin_anew(conn, row, made)
        return Restored(made.created_at, len(rows), made.rows, suspended)

    def _begin_anew(self, conn: Connection, row: "Row[Any]", made: Manifest) -> None:
        vault_id = row.vault_id
        vaults.discard_staged(conn, vault_id, row.change)
        tombstones.drop_all(conn, vault_id)
        change = row.change + CHANGES_SKIPPED
        vaults.set_values(
            conn,
            vault_id,
            change=change,
            tombstones_from=change,
            fence=row.fence + 1,
            leased_until=0,
        )
        # Who was given a secret after the backup was made stands in no table any more.
        epochs.mark_renewal_due(conn, vault_id)
        after, now = state.digest(conn, vault_id), self._store.clock()
        details = {"backupAt": made.created_at, "state": after.hex()}
        locked = vaults.find(conn, vault_id)
        ledger.append(conn, self._store.keys, locked, LedgerEvent.RESTORED, details, now, after)


def _counted(lines: Iterator[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for line in lines:
        yield line
        advance(1)


def _check_schema(made: Manifest) -> None:
    ours = migrate.head()
    if made.schema == ours:
        return
    age = "older" if migrate.is_known(made.schema) else "newer"
    raise SchemaMismatch(
        f"The backup's tables ({made.schema}) are {age} than those of this version ({ours}): "
        f"restore it with version {made.version}, which made it."
    )


def _fill(conn: Connection, checked: Archive, advance: Callable[[int], None]) -> None:
    for table in backup.TABLES:
        if table.name not in checked.manifest.tables:
            raise InvalidInput(f"This backup cannot be used: it lacks {table.name}.")
        for rows in backup.fill(conn, table, checked.lines(table.name)):
            advance(rows)
