"""What the columns of sheets mean: said by the customer once, kept, and used by itself after that.

A map is kept for a vendor and a header. Two vendors may have one header: then nobody guesses, and
the customer is asked each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from vault.domain.column_maps import ColumnMap
from vault.domain.proposals import Proposal
from vault.domain.sellers import seller_key
from vault.errors import InvalidInput, UnsupportedDocument
from vault.services.importing import held, keeping
from vault.services.importing.imports import Imports
from vault.services.importing.keeping import KeptMap
from vault.services.importing.parsing import Parser, ParseRun
from vault.services.importing.staging import FilePreview
from vault.services.open_vault import OpenVault
from vault.storage import column_maps, vaults
from vault.storage.store import Store

KEPT_LIMIT = 200
LOOK_ROWS = 20
_LOOK_BYTES = 128 * 1024
_SHEET = "sheet"
_ARCHIVE = b"PK\x03\x04"


@dataclass(slots=True)
class Look:
    """What the beginning of a sheet becomes by a map: records, and the rows that do not fit."""

    records: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    refusal: str = ""


class ColumnMaps:
    """Keeps column maps, and reads sheets by them."""

    def __init__(self, store: Store, parser: Parser, imports: Imports) -> None:
        self._store = store
        self._parser = parser
        self._imports = imports

    def kept(self, vault: OpenVault) -> list[KeptMap]:
        """Every map of a vault, the newest first."""
        with self._store.database.read() as conn:
            return keeping.kept(conn, vault.ring)

    def forget(self, vault: OpenVault, map_id: str) -> None:
        """Use a map no more; what was read by it stays."""
        with self._store.database.write() as conn:
            column_maps.drop(conn, vault.vault_id, bytes.fromhex(map_id))

    def sheet(
        self, vault: OpenVault, import_id: str, number: int
    ) -> tuple[FilePreview, Proposal, ColumnMap | None]:
        """A sheet of a preview, what is proposed for it, and the map that it was read by.

        NotFound once it is not held any more.
        """
        document = self._imports.sheet(vault, import_id, number)
        run = self._read(vault, document, [])
        proposal = run.proposal
        if proposal is None:
            raise InvalidInput("This sheet has no header row that could be found.")
        by = next((one.map for one in self.kept(vault) if one.map_id == document.column_map), None)
        return document, proposal, by

    def look(self, vault: OpenVault, document: FilePreview, by: ColumnMap) -> Look:
        """What the first rows of a sheet become by a map; nothing is stored."""
        look = Look()
        run = self._read(vault, document, [by], look)
        look.unreadable = [(row.line, row.reason) for row in run.errors[:LOOK_ROWS]]
        look.refusal = run.refusal or ""
        return look

    def use(self, vault: OpenVault, import_id: str, number: int, by: ColumnMap) -> FilePreview:
        """Keep a map, and read the sheet by it into the preview that it stands in."""
        kept = KeptMap(self._keep(vault, by), by)
        return self._imports.read_again(vault, import_id, number, kept)

    def _keep(self, vault: OpenVault, by: ColumnMap) -> str:
        """Keep a map in place of what was said of this vendor's sheet before; its id."""
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            before = keeping.kept(conn, vault.ring)
            for one in before:
                if _same_sheet(one.map, by):
                    column_maps.drop(conn, vault.vault_id, bytes.fromhex(one.map_id))
            if len(before) >= KEPT_LIMIT:
                raise InvalidInput("At most %(most)d column maps are kept.", most=KEPT_LIMIT)
            now = self._store.clock()
            return column_maps.add(conn, vault.ring, by.to_json(), now).hex()

    def _read(
        self,
        vault: OpenVault,
        document: FilePreview,
        maps: list[ColumnMap],
        look: Look | None = None,
    ) -> ParseRun:
        """Read the beginning of a sheet, and take the first records into `look`."""
        content = _beginning(held.parts(self._store, vault, document.held))
        run = self._parser.parse(document.filename, content, _SHEET, maps)
        try:
            for line in (line for lines in run for line in lines):
                if look is not None and len(look.records) < LOOK_ROWS:
                    record = orjson.loads(line)
                    look.records.append((record["kind"], record["data"]))
        except UnsupportedDocument:
            pass  # `run.refusal` says why
        return run


def _same_sheet(one: ColumnMap, other: ColumnMap) -> bool:
    of = [seller_key({"name": each.seller}) for each in (one, other)]
    return one.fingerprint == other.fingerprint and of[0] == of[1]


def _beginning(parts: Iterator[bytes]) -> bytes:
    """The first rows of a text; a workbook whole, since its parts lie anywhere."""
    first = next(parts)
    if first.startswith(_ARCHIVE):
        return b"".join([first, *parts])
    if len(first) <= _LOOK_BYTES:
        return first
    cut = first[:_LOOK_BYTES]
    end = cut.rfind(b"\n") + 1
    if b"\0" in cut[: min(512, end)]:
        end += end % 2  # a line end of UTF-16 is two bytes, of which the first or second is 0A
    return cut[: end or len(cut)]
