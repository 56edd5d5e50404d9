"""Staging: documents through the parser into the inbox, with what their previews show.

The parser runs in a limited child process; its lines are checked again here, because a child that
read a hostile file may say anything. Nothing of the document stands in clear anywhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from vault.domain.column_maps import ColumnMap
from vault.domain.compartments import Kind
from vault.domain.counted import Counted, number_of
from vault.domain.records import check
from vault.errors import UnsupportedDocument, VaultError
from vault.services.importing.items import Item
from vault.services.importing.parsing import Content, Parser, ParseRun

_BEFORE = 1
"""The attempt to which all belongs that an import had before."""
_ITEM_BYTES = 1_000_000
_SAMPLE = 5
_UNREADABLE = 50
_NOTICES = 200
_SHOWN = 2_000
"""How many samples, and how many unreadable rows, the preview of one import keeps in all."""


@dataclass(slots=True)
class FilePreview:
    """What one document would bring. `unreadable` lists the first rows with line and reason.

    `archive` names the archive that it came in, empty for a file of its own; `digest` is the
    document's SHA-256 in hex.

    A sheet of which no column map says what it means is `unexplained`; one that was read by a map
    names it in `column_map`. While the preview waits, `held` finds the file again. What another
    reading of the same file took the place of is `replaced`, and brings nothing.
    """

    filename: str
    archive: str = ""
    digest: str = ""
    connector: str | None = None
    recognised: bool = False
    refusal: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    new: int = 0
    known: int = 0
    changed: int = 0
    gifts: int = 0
    unreadable_rows: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    sample: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unexplained: bool = False
    column_map: str = ""
    held: str = ""
    replaced: bool = False
    place: int = field(default=0, compare=False)
    """Where it stands among the documents of its import."""

    def to_json(self) -> dict[str, Any]:
        """The preview as JSON, to be sealed."""
        return asdict(self)

    def emptied(self) -> dict[str, Any]:
        """What is left of it in the import once another reading took its place, as JSON."""
        return FilePreview(self.filename, self.archive, replaced=True).to_json()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FilePreview":
        """The preview that `to_json` wrote."""
        pairs = {name: [tuple(one) for one in data[name]] for name in ("unreadable", "sample")}
        return cls(**{**data, **pairs})


class Staging:
    """Stages the documents of one import."""

    def __init__(
        self,
        parser: Parser,
        store_item: Callable[[bytes], bytes],
        drop_items: Callable[[list[bytes]], None],
    ) -> None:
        """Items go out through `store_item`, and are taken back through `drop_items`."""
        self._parser = parser
        self._known = Counted()
        self._store_item = store_item
        self._drop_items = drop_items
        self._seen = Counted()
        self._attempt = _BEFORE
        self._refused: set[int] = set()
        self._documents = 0
        self._left = _SHOWN
        self._maps: list[tuple[str, ColumnMap]] = []

    def resume(
        self,
        staged: list[FilePreview],
        items: Iterable[Item],
        known: Counted,
        maps: list[tuple[str, ColumnMap]],
    ) -> None:
        """Go on after what was staged before.

        `known` is what the vault's records say by their source keys, as `number_of` has it: a vault
        may have a million. `maps` are the column maps with their ids.
        """
        self._known = known
        self._maps = maps
        self._documents = len(staged)
        self._left -= sum(len(one.sample) + len(one.unreadable) for one in staged)
        for item in items:
            self._seen[item.key(item.parse())] = _BEFORE

    def documents(self, filename: str, content: Content) -> Iterator[FilePreview]:
        """Stage what is in one file: itself, or the documents of an archive."""
        maps = [one for _, one in self._maps]
        for run in self._parser.documents(filename, content, maps=maps):
            preview = self._document(run)
            self._documents += 1
            yield preview

    def _document(self, run: ParseRun) -> FilePreview:
        """Stage one document; a refused one leaves nothing behind and says why."""
        preview = FilePreview(run.filename, run.archive)
        items: list[bytes] = []
        self._attempt += 1
        try:
            for lines in run:
                items += self._store(run, lines, preview)
        except VaultError as refusal:
            self._drop_items(items)
            self._refused.add(self._attempt)
            return FilePreview(
                run.filename,
                run.archive,
                connector=run.connector,
                refusal=refusal.message,
                unexplained=run.proposal is not None,
            )
        preview.digest = run.digest
        preview.connector = run.connector
        preview.recognised = True
        preview.column_map = self._map_of(run)
        preview.unreadable_rows = run.unreadable
        shown = run.errors[: max(min(_UNREADABLE, self._left), 0)]
        preview.unreadable = [(row.line, row.reason) for row in shown]
        preview.notices = run.notices[:_NOTICES]
        self._left -= len(preview.sample) + len(preview.unreadable)
        return preview

    def _map_of(self, run: ParseRun) -> str:
        """The id of the column map by which a document was read; the child may say anything."""
        place = -1 if run.applied is None else run.applied
        return self._maps[place][0] if 0 <= place < len(self._maps) else ""

    def _store(self, run: ParseRun, lines: list[bytes], preview: FilePreview) -> Iterable[bytes]:
        """Count a batch of lines and write them as items of about a megabyte."""
        header = orjson.dumps({"connector": run.connector, "file": self._documents})
        size, part = 0, [header]
        for line in lines:
            self._count(run, line, preview)
            part.append(line)
            size += len(line)
            if size >= _ITEM_BYTES:
                yield self._store_item(b"\n".join(part))
                size, part = 0, [header]
        if len(part) > 1:
            yield self._store_item(b"\n".join(part))

    def _count(self, run: ParseRun, line: bytes, preview: FilePreview) -> None:
        item = Item(line, run.connector or "", "")
        parsed = _checked(item)
        kind, key = parsed["kind"], item.key(parsed)
        preview.counts[kind] = preview.counts.get(kind, 0) + 1
        stated = self._known[key]
        if self._is_repeated(key) or (stated and stated == number_of(item.content)):
            preview.known += 1
        elif stated:
            preview.changed += 1
        else:
            preview.new += 1
        preview.gifts += bool(parsed["data"].get("isGift"))
        if len(preview.sample) < min(_SAMPLE, self._left) and kind != Kind.LICENSE_KEY:
            preview.sample.append((kind, parsed["data"]))

    def _is_repeated(self, key: str) -> bool:
        """Whether this import has it already; by now it has."""
        seen = self._seen[key]
        if seen and seen not in self._refused:
            return True
        self._seen[key] = self._attempt
        return False


def waiting(contents: Iterable[bytes], digests: Sequence[str | None]) -> Iterator[Item]:
    """The lines that wait for an import, each with the digest of its document.

    Those of a document that is not noted yet, or never was, are passed over, and so are those of
    one that was replaced: its digest is None.
    """
    for content in contents:
        header, *lines = content.split(b"\n")
        about = orjson.loads(header)
        digest = digests[about["file"]] if about["file"] < len(digests) else None
        if digest is not None:
            for line in lines:
                yield Item(line, about["connector"], digest)


def _checked(item: Item) -> dict[str, Any]:
    """The line's JSON, if it is a record; UnsupportedDocument for anything else."""
    try:
        parsed = item.parse()
        check(Kind(parsed["kind"]), parsed["data"])
        texts = [parsed["sourceId"], *(parsed.get("refs") or ())]
        # Joining refuses what is no text.
        "".join(texts)
    except (ValueError, KeyError, TypeError, AttributeError, VaultError) as err:
        raise UnsupportedDocument("the document was read into something that is no record") from err
    return parsed
