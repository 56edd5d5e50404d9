"""Staging: one document through the parser into the inbox, with what its preview shows.

The parser runs in a limited child process; its lines are checked again here, because a child that
read a hostile file may say anything. Nothing of the document stands in clear anywhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from vault.domain.compartments import Kind
from vault.domain.records import check
from vault.errors import UnsupportedDocument, VaultError
from vault.services.filing import Item
from vault.services.parsing import Content, Parser, ParseRun
from vault.storage.segments import ManifestLine

_ITEM_BYTES = 1_000_000
_SAMPLE = 5
_UNREADABLE = 50


@dataclass(slots=True)
class FilePreview:
    """What one file would bring. `unreadable` lists the first rows with line and reason.

    `digest` is the file's SHA-256 in hex.
    """

    filename: str
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

    def to_json(self) -> dict[str, Any]:
        """The preview as JSON, to be sealed."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FilePreview":
        """The preview that `to_json` wrote."""
        pairs = {name: [tuple(one) for one in data[name]] for name in ("unreadable", "sample")}
        return cls(**{**data, **pairs})


class Staging:
    """Stages the files of one import."""

    def __init__(
        self,
        parser: Parser,
        known: dict[str, ManifestLine],
        store_item: Callable[[bytes], bytes],
        drop_items: Callable[[list[bytes]], None],
    ) -> None:
        """`known` is the vault's records by source key; items go out through `store_item`."""
        self._parser = parser
        self._known = known
        self._store_item = store_item
        self._drop_items = drop_items
        self._seen: set[str] = set()
        self._files = 0

    def file(self, filename: str, content: Content) -> FilePreview:
        """Stage one file; a refused one leaves nothing behind and says why."""
        preview = FilePreview(filename)
        self._files += 1
        run = self._parser.parse(filename, content)
        items: list[bytes] = []
        seen_before = set(self._seen)
        try:
            for lines in run:
                items += self._store(run, lines, preview)
        except VaultError as refusal:
            self._drop_items(items)
            self._seen = seen_before
            return FilePreview(filename, connector=run.connector, refusal=refusal.message)
        preview.digest = run.digest
        preview.connector = run.connector
        preview.recognised = True
        preview.unreadable_rows = run.unreadable
        preview.unreadable = [(row.line, row.reason) for row in run.errors[:_UNREADABLE]]
        preview.notices = list(run.notices)
        return preview

    def _store(self, run: ParseRun, lines: list[bytes], preview: FilePreview) -> Iterable[bytes]:
        """Count a batch of lines and write them as items of about a megabyte."""
        header = orjson.dumps({"connector": run.connector, "file": self._files - 1})
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
        known = self._known.get(key)
        if key in self._seen or (known is not None and known.content == item.content):
            preview.known += 1
        elif known is not None:
            preview.changed += 1
        else:
            preview.new += 1
        self._seen.add(key)
        preview.gifts += bool(parsed["data"].get("isGift"))
        if len(preview.sample) < _SAMPLE and kind != Kind.LICENSE_KEY:
            preview.sample.append((kind, parsed["data"]))


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
