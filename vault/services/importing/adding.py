"""Adding files to an import that is not confirmed yet: one request may bring them, or many."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from vault.errors import Conflict, InvalidInput
from vault.services.importing import keeping
from vault.services.importing.held import hold
from vault.services.importing.keeping import KeptMap
from vault.services.importing.parsing import Content, Parser
from vault.services.importing.staging import FilePreview, Staging, waiting
from vault.services.importing.surveying import stated
from vault.services.open_vault import OpenVault
from vault.services.snapshots import snapshot
from vault.storage import imports, inbox, vaults
from vault.storage.imports import ImportState
from vault.storage.inbox import PREVIEW_SECONDS, InboxWriter, Origin
from vault.storage.store import Store

DOCUMENT_LIMIT = 5_000
"""How many documents one import may have."""
_SHEET = "sheet"


def previewed(conn: Connection, vault_id: bytes, import_id: bytes, now: int) -> "Row[Any]":
    """The row of an import that can still be confirmed; NotFound for any other."""
    row = imports.find(conn, vault_id, import_id)
    if row.state != ImportState.PREVIEWED or row.created_at + PREVIEW_SECONDS <= now:
        raise imports.gone()
    return row


def digests(files: list[dict[str, Any]]) -> list[str | None]:
    """The digest of each document of an import; None for one that was replaced."""
    return [None if one.get("replaced") else one["digest"] for one in files]


class Adding:
    """The files that one request adds to an import: noted as a whole, or dropped."""

    def __init__(
        self,
        store: Store,
        vault: OpenVault,
        import_id: bytes,
        parser: Parser,
        maps: list[KeptMap] | None = None,
        replaced: int | None = None,
    ) -> None:
        """Look at what is there: the import so far, the vault's records and its column maps.

        `maps`, where given, are the only ones to read by. `replaced` is the place of a document
        that is read again: what it said before is not there any more.
        """
        self._store, self._vault, self._import_id = store, vault, import_id
        self._replaced = replaced
        self._stored: list[bytes] = []
        self._staging = Staging(parser, self._store_item, self._drop_items)
        ring, keys = vault.ring, store.keys
        with store.database.write() as conn:
            summary = self._claim(conn)
        standing = self._without_replaced(summary["files"])
        self._left = DOCUMENT_LIMIT - len(summary["files"])
        with store.database.read() as conn:
            by = keeping.kept(conn, ring) if maps is None else maps
            self._writer = InboxWriter(conn, keys, vault.vault_id, Origin.IMPORT, import_id)
            self._staging.resume(
                [FilePreview.from_json(one) for one in standing],
                waiting(inbox.contents(conn, keys, ring, import_id), digests(standing)),
                stated(snapshot(conn, ring)),
                [(one.map_id, one.map) for one in by],
            )

    def _claim(self, conn: Connection) -> dict[str, Any]:
        """Take the import's turn from whoever had it, and drop what an interrupted one left."""
        summary = self._summary(conn)
        self._before = self._ordinal = summary.get("items", 0)
        self._turn = summary["turn"] = summary.get("turn", 0) + 1
        self._drop_all_but(conn, set())
        imports.replace_summary(conn, self._vault.ring, self._import_id, summary)
        return summary

    def _summary(self, conn: Connection) -> dict[str, Any]:
        """What is noted of the import, which nobody else changes until the transaction ends."""
        vaults.lock(conn, self._vault.vault_id)
        now = self._store.clock()
        row = previewed(conn, self._vault.vault_id, self._import_id, now)
        return imports.open_summary(conn, self._vault.ring, row)

    def documents(self, filename: str, content: Content, held: str = "") -> Iterator[FilePreview]:
        """Read what is in one file into the inbox; a sheet is kept as it is, too.

        `held` finds a sheet that is kept already. One within an archive is not kept.
        """
        for preview in self._staging.documents(filename, content):
            self._left -= 1
            if self._left < 0:
                most = DOCUMENT_LIMIT
                raise InvalidInput("At most %(most)d documents come in at once.", most=most)
            if preview.connector == _SHEET and not preview.archive:
                preview.held = held or hold(self._store, self._vault, content)
            yield preview

    def note(self, conn: Connection, added: list[FilePreview]) -> None:
        """Write down what was added, and of what it took the place.

        Conflict where a later request took the turn meanwhile.
        """
        summary = self._summary(conn)
        if summary["turn"] != self._turn:
            raise Conflict("Another file of this import was being read. Choose this one again.")
        self._drop_all_but(conn, set(self._stored))
        files = self._without_replaced(summary["files"])
        summary["files"] = files + [one.to_json() for one in added]
        summary["items"] = self._ordinal
        imports.replace_summary(conn, self._vault.ring, self._import_id, summary)
        began = {"created_at": self._store.clock()}
        imports.set_values(conn, self._vault.vault_id, self._import_id, **began)

    def _without_replaced(self, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The documents, and of the one that is read again nothing but its name."""
        return [
            FilePreview.from_json(one).emptied() if place == self._replaced else one
            for place, one in enumerate(files)
        ]

    def drop(self) -> None:
        """Erase whatever was read."""
        self._drop_items(self._stored)

    def _drop_all_but(self, conn: Connection, mine: set[bytes]) -> None:
        """Erase items that came after what was noted: of a request that never noted them."""
        ids = inbox.ids_after(conn, self._vault.vault_id, self._import_id, self._before)
        inbox.drop_items(conn, self._vault.vault_id, [one for one in ids if one not in mine])

    def _store_item(self, content: bytes) -> bytes:
        self._ordinal += 1
        now = self._store.clock()
        with self._store.database.write() as conn:
            item_id = self._writer.write(
                conn, self._ordinal, content, now=now, expires_at=now + PREVIEW_SECONDS
            )
        self._stored.append(item_id)
        return item_id

    def _drop_items(self, ids: list[bytes]) -> None:
        with self._store.database.write() as conn:
            inbox.drop_items(conn, self._vault.vault_id, ids)
