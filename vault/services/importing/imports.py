"""Imports: a preview first, then all of it or nothing, and one undo for the whole."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import Conflict, InvalidInput, NotFound
from vault.services.importing import held
from vault.services.importing.adding import Adding, digests, previewed
from vault.services.importing.filing import Filing, Outcome
from vault.services.importing.keeping import KeptMap
from vault.services.importing.parsing import Content, Parser
from vault.services.importing.staging import FilePreview
from vault.services.importing.storing import Storing, counts
from vault.services.importing.undoing import reversal
from vault.services.open_vault import OpenVault
from vault.services.snapshots import snapshot
from vault.services.writing import Committed, writing
from vault.storage import imports, inbox, vaults
from vault.storage.imports import ImportState
from vault.storage.inbox import PREVIEW_SECONDS
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would bring, file by file.

    `outcome` says it of the whole, where its files, or they and the vault, know of the same things.
    """

    import_id: str
    files: list[FilePreview]
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """An import in the history; `imported_at` in seconds since the epoch."""

    import_id: str
    filenames: list[str]
    imported_at: int
    added: int
    changed: int
    undone: bool


class Imports:
    """Brings documents into a vault."""

    def __init__(self, store: Store, parser: Parser) -> None:
        self._store = store
        self._parser = parser
        self._storing = Storing(store)

    def stage(self, vault: OpenVault, files: Iterable[tuple[str, Content]]) -> Preview:
        """Read files into the inbox for a preview, which is kept for an hour."""
        import_id = self.begin(vault)
        return Preview(import_id, self.add(vault, import_id, files))

    def begin(self, vault: OpenVault) -> str:
        """Begin an import that `add` brings files into, one request after another; its id.

        What is neither confirmed nor discarded within an hour of its last file is swept.
        """
        import_id = os.urandom(16)
        with self._store.database.write() as conn:
            imports.add(conn, vault.ring, import_id, {"files": []}, self._store.clock())
        return import_id.hex()

    def add(
        self, vault: OpenVault, import_id: str, files: Iterable[tuple[str, Content]]
    ) -> list[FilePreview]:
        """Read files into an import that is not confirmed yet; the previews of their documents.

        All of them, or none where something breaks off. Conflict where the same import is added
        to at the same time; NotFound once it was discarded or its hour is over.
        """
        wanted = _id(import_id)
        adding = Adding(self._store, vault, wanted, self._parser)
        try:
            added = [one for name, content in files for one in adding.documents(name, content)]
            with self._store.database.write() as conn:
                adding.note(conn, added)
        except BaseException:
            adding.drop()
            raise
        return added

    def read_again(self, vault: OpenVault, import_id: str, number: int, by: KeptMap) -> FilePreview:
        """Read a sheet of a preview by a column map, in place of how it was read before.

        `number` is its place among the documents. NotFound once it is not held any more.
        """
        document = self.sheet(vault, import_id, number)
        adding = Adding(self._store, vault, _id(import_id), self._parser, [by], number)
        try:
            content = held.parts(self._store, vault, document.held)
            [added] = adding.documents(document.filename, content, document.held)
            with self._store.database.write() as conn:
                adding.note(conn, [added])
        except BaseException:
            adding.drop()
            raise
        return added

    def sheet(self, vault: OpenVault, import_id: str, number: int) -> FilePreview:
        """A document of a preview that is held as it came; NotFound for any other."""
        files = self.preview(vault, import_id).files
        if number >= len(files) or not files[number].held:
            raise imports.gone()
        return files[number]

    def preview(self, vault: OpenVault, import_id: str) -> Preview:
        """The preview again; NotFound once its hour is over."""
        with self._store.database.read() as conn:
            row = previewed(conn, vault.vault_id, _id(import_id), self._store.clock())
            summary = imports.open_summary(conn, vault.ring, row)
        files = [FilePreview.from_json(one) for one in summary["files"]]
        for place, one in enumerate(files):
            one.place = place
        return Preview(import_id, files)

    def foresee(self, vault: OpenVault, import_id: str) -> Preview:
        """The preview with its outcome as filing will have it, if it is not the files' sum."""
        preview = self.preview(vault, import_id)
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            listed = digests([one.to_json() for one in preview.files])
            filing = Filing(now, _id(import_id), "")
            outcome = filing.foreseen(lambda: self._storing.items(now, _id(import_id), listed))
        return replace(preview, outcome=outcome)

    def confirm(self, vault: OpenVault, import_id: str) -> Outcome:
        """Store what was previewed. Conflict where that has been done already.

        What was confirmed and then interrupted, or kept waiting by another write, goes on.
        """
        wanted = _id(import_id)
        with self._store.database.write() as conn:
            self._confirm(conn, vault.vault_id, wanted)
        return self._storing.file(vault, wanted)

    def _confirm(self, conn: Connection, vault_id: bytes, import_id: bytes) -> None:
        """Keep a preview for good; the lock lets no second confirmation undo the first one's."""
        vaults.lock(conn, vault_id)
        row = imports.find(conn, vault_id, import_id)
        if row.state in (ImportState.FILED, ImportState.UNDONE):
            raise Conflict("This import has been stored already.")
        if row.state == ImportState.PREVIEWED:
            if row.created_at + PREVIEW_SECONDS <= self._store.clock():
                raise imports.gone()
            inbox.confirm(conn, vault_id, import_id)
            imports.set_values(conn, vault_id, import_id, state=int(ImportState.CONFIRMED))

    def finish(self, vault: OpenVault) -> int:
        """File what was confirmed and then interrupted; how many imports that were.

        What another has filed meanwhile is passed over. Raises Busy while one is being filed.
        """
        with self._store.database.read() as conn:
            rows = imports.rows(conn, vault.vault_id, ImportState.CONFIRMED)
        filed = 0
        for row in rows:
            with suppress(Conflict, InvalidInput):
                self._storing.file(vault, row.import_id)
                filed += 1
        return filed

    def discard(self, vault: OpenVault, import_id: str) -> None:
        """Throw a preview away."""
        wanted = _id(import_id)
        with self._store.database.write() as conn:
            row = imports.find(conn, vault.vault_id, wanted)
            if row.state == ImportState.PREVIEWED:
                held.drop(
                    conn, vault.vault_id, imports.open_summary(conn, vault.ring, row)["files"]
                )
                inbox.drop(conn, vault.vault_id, wanted)
                imports.drop(conn, vault.vault_id, wanted)

    def history(self, vault: OpenVault) -> list[ImportEntry]:
        """Every import that was stored, newest first."""
        with self._store.database.read() as conn:
            rows = imports.rows(conn, vault.vault_id, ImportState.FILED, ImportState.UNDONE)
            opened = [(row, imports.open_summary(conn, vault.ring, row)) for row in rows]
        return [
            ImportEntry(
                import_id=row.import_id.hex(),
                filenames=_names(summary["files"]),
                imported_at=row.filed_at,
                added=summary["outcome"]["added"],
                changed=summary["outcome"]["changed"],
                undone=row.state == ImportState.UNDONE,
            )
            for row, summary in opened
        ]

    def undo(self, vault: OpenVault, import_id: str) -> Outcome:
        """Take a whole import back: what it alone had stated is gone, and the rest is as before."""
        wanted = _id(import_id)
        with writing(self._store, vault) as (writer, now):
            missing = NotFound("There is no such import.")
            row = imports.find(now.conn, vault.vault_id, wanted, missing)
            if row.state != ImportState.FILED:
                if row.state == ImportState.UNDONE:
                    raise Conflict("This import has been undone already.")
                raise Conflict("This import has not been stored yet.")
            outcome = Outcome()

            def close(conn: Connection, _: Committed) -> None:
                imports.set_values(conn, vault.vault_id, wanted, state=int(ImportState.UNDONE))
                imports.keep_repeated(conn, vault.ring, wanted, None)

            writer.apply(
                reversal(now, row, outcome),
                LedgerEvent.IMPORT_UNDONE,
                lambda: {"import": import_id, **counts(outcome)},
                close,
            )
        return outcome


def _names(files: list[dict[str, Any]]) -> list[str]:
    """What was read of what the customer chose: an archive once, not each document in it."""
    read = (one for one in files if one.get("refusal") is None)
    return list(dict.fromkeys(one.get("archive") or one["filename"] for one in read))


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("There is no such import.") from None
