"""Storing what was confirmed: an import's items become records, all of them or none."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import Conflict, InvalidInput, Tampered
from vault.services.importing import held
from vault.services.importing.adding import digests
from vault.services.importing.filing import Filing, Outcome
from vault.services.importing.items import Item
from vault.services.importing.staging import waiting
from vault.services.open_vault import OpenVault
from vault.services.snapshots import Snapshot
from vault.services.writing import Committed, Outdated, writing
from vault.storage import imports, inbox
from vault.storage.imports import ImportState
from vault.storage.store import Store

_ATTEMPTS = 3


class Storing:
    """Files imports that their customer has confirmed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def file(self, vault: OpenVault, import_id: bytes) -> Outcome:
        """File an import, from its beginning again where keys were renewed meanwhile.

        One that cannot be filed is thrown away: it would stand in the way of every later one.
        """
        try:
            for _ in range(_ATTEMPTS):
                with suppress(Outdated):
                    return self._file_once(vault, import_id)
            return self._file_once(vault, import_id)
        except InvalidInput:
            with self._store.database.write() as conn:
                inbox.drop(conn, vault.vault_id, import_id)
                imports.drop(conn, vault.vault_id, import_id)
            raise

    def _file_once(self, vault: OpenVault, import_id: bytes) -> Outcome:
        with writing(self._store, vault) as (writer, now):
            row = imports.find(now.conn, vault.vault_id, import_id)
            if row.state != ImportState.CONFIRMED:
                raise Conflict("This import has been stored already.")
            moment = dt.datetime.fromtimestamp(self._store.clock(), dt.UTC)
            filing = Filing(now, import_id, moment.isoformat().replace("+00:00", "Z"))

            files = imports.open_summary(now.conn, vault.ring, row)["files"]

            def items() -> Iterator[Item]:
                return self.items(now, import_id, digests(files), writer.stay)

            def close(conn: Connection, committed: Committed) -> None:
                if filing.outcome.total != sum(sum(one["counts"].values()) for one in files):
                    raise Tampered("A part of what was previewed is missing: nothing was stored.")
                inbox.drop(conn, vault.vault_id, import_id)
                held.drop(conn, vault.vault_id, files)
                imports.set_values(
                    conn,
                    vault.vault_id,
                    import_id,
                    state=int(ImportState.FILED),
                    filed_at=self._store.clock(),
                    filed_change=committed.last,
                )
                repeated = filing.repetitions.packed()
                imports.keep_repeated(conn, vault.ring, import_id, repeated)
                summary = imports.open_summary(conn, vault.ring, row)
                summary["outcome"] = counts(filing.outcome)
                for one in summary["files"]:
                    # What is deleted later must not linger here.
                    one["sample"] = []
                imports.replace_summary(conn, vault.ring, import_id, summary)

            writer.apply(
                filing.changes(items),
                LedgerEvent.IMPORT_FILED,
                lambda: {"import": import_id.hex(), **counts(filing.outcome)},
                close,
            )
        return filing.outcome

    def items(
        self,
        now: Snapshot,
        import_id: bytes,
        digests: list[str | None],
        reading: Callable[[], None] = lambda: None,
    ) -> Iterator[Item]:
        """The lines that wait in the inbox for an import, each with where it was read.

        `reading` is called for every megabyte of them.
        """

        def contents() -> Iterator[bytes]:
            for content in inbox.contents(now.conn, self._store.keys, now.ring, import_id):
                reading()
                yield content

        return waiting(contents(), digests)


def counts(outcome: Outcome) -> dict[str, int]:
    """An outcome as the ledger and the history have it."""
    return {
        "added": outcome.added,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "gifts": outcome.gifts,
    }
