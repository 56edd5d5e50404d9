"""Imports, and what the columns of sheets mean."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.records import FakeRecords
from tests.fakes.vaults import FakeVault
from vault.domain.compartments import Kind
from vault.errors import NotFound


@dataclass
class FilePreview:
    """What one file holds."""

    filename: str
    connector: str | None
    recognised: bool
    refusal: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    new: int = 0
    known: int = 0
    changed: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    sample: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unexplained: bool = False
    held: str = ""
    place: int = 0


@dataclass
class Preview:
    """What an import would bring."""

    import_id: str
    files: list[FilePreview]
    outcome: "Outcome | None" = None


@dataclass
class Outcome:
    """What an import brought."""

    added: int
    changed: int = 0
    unchanged: int = 0
    gifts: int = 0


@dataclass
class ImportEntry:
    """An earlier import."""

    import_id: str
    filenames: list[str]
    imported_at: int
    added: int
    undone: bool = False


@dataclass
class FakeImports:
    """Reads `amazon*.csv`, refuses all else."""

    records: FakeRecords
    previews: dict[str, Preview] = field(default_factory=dict)
    done: list[ImportEntry] = field(default_factory=list)

    def stage(self, _vault: FakeVault, files: list[tuple[str, Any]]) -> Preview:
        """Read files."""
        import_id = f"{len(self.previews) + 0xA0:032x}"
        preview = Preview(import_id, [self._read(name) for name, _ in files])
        self.previews[import_id] = preview
        return preview

    def begin(self, vault: FakeVault) -> str:
        """Wait for files."""
        return self.stage(vault, []).import_id

    def add(
        self, vault: FakeVault, import_id: str, files: list[tuple[str, Any]]
    ) -> list[FilePreview]:
        """Read more files."""
        added = [self._read(name) for name, _ in files]
        self.preview(vault, import_id).files += added
        return added

    @staticmethod
    def _read(name: str) -> FilePreview:
        if not name.startswith("amazon"):
            refusal = "It is not a file that any reader here knows: it begins like a picture."
            return FilePreview(name, None, recognised=False, refusal=refusal)
        data = {
            "name": "Moka pot, 6 cups",
            "seller": {"name": "Amazon.de"},
            "orderDate": "2026-11-02",
            "lineTotal": "34.90",
            "priceCurrency": "EUR",
        }
        gift = {**data, "name": "Wooden train set", "isGift": True, "lineTotal": "59.00"}
        return FilePreview(
            name,
            "amazon",
            recognised=True,
            counts={"purchase": 412, "order": 268},
            new=648,
            known=32,
            unreadable=[(17, "The order date “n/a” is not a date."), (208, "It ends in mid-row.")],
            sample=[("purchase", data), ("purchase", gift)],
        )

    def preview(self, _vault: FakeVault, import_id: str) -> Preview:
        """Show again."""
        if import_id not in self.previews:
            raise NotFound("This preview was thrown away after an hour. Choose the file again.")
        return self.previews[import_id]

    def foresee(self, vault: FakeVault, import_id: str) -> Preview:
        """Show again, with the outcome of the whole."""
        return self.preview(vault, import_id)

    def confirm(self, vault: FakeVault, import_id: str) -> Outcome:
        """File."""
        preview = self.previews.pop(import_id)
        for file in preview.files:
            for kind, data in file.sample:
                self.records.add(vault, Kind(kind), data)
        names = [file.filename for file in preview.files]
        self.done.append(ImportEntry(import_id, names, 1_795_000_000, 648))
        return Outcome(648, unchanged=32, gifts=1)

    def finish(self, _vault: FakeVault) -> int:
        """Nothing was cut off."""
        return 0

    def discard(self, _vault: FakeVault, import_id: str) -> None:
        """Drop."""
        self.previews.pop(import_id, None)

    def undo(self, _vault: FakeVault, import_id: str) -> Outcome:
        """Take back."""
        for entry in self.done:
            if entry.import_id == import_id:
                entry.undone = True
        return Outcome(0)

    def history(self, _vault: FakeVault) -> list[ImportEntry]:
        """Latest first."""
        return self.done[::-1]


class FakeColumnMaps:
    """Keeps none."""

    def kept(self, _vault: FakeVault) -> list[object]:
        """No map."""
        return []
