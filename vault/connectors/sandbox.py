"""The parent's side: what a child process has read of a file, document by document.

The process and its limits are those of `reader.py`; the parent holds one batch.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

import orjson

from vault.connectors.child import ERROR_LIMIT
from vault.connectors.reader import DEFAULT, FAILED, FLOOD, Frames, Limits
from vault.domain.column_maps import ColumnMap
from vault.domain.proposals import Proposal
from vault.domain.records import RowError
from vault.errors import InvalidInput, UnsupportedDocument
from vault.services.importing.parsing import Content


@dataclass
class SandboxedRun:
    """One document being read: a `ParseRun` of `vault.services.importing.parsing`. Iterate once."""

    filename: str
    archive: str
    limits: Limits
    frames: Frames = field(repr=False)
    connector: str | None = None
    errors: list[RowError] = field(default_factory=list)
    unreadable: int = 0
    notices: list[str] = field(default_factory=list)
    applied: int | None = None
    proposal: Proposal | None = None
    refusal: str | None = None
    digest: str = ""
    ended: bool = False

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield records in batches; raises UnsupportedDocument where the document is refused."""
        try:
            yield from self._batches()
        except UnsupportedDocument as err:
            self.refusal = err.message
            raise
        finally:
            if not self.archive:
                self.frames.close()
                self.digest = self.frames.digest

    def skip(self) -> None:
        """Pass over what of the document was not asked for."""
        with suppress(UnsupportedDocument):
            for _ in self._batches():
                pass

    def _batches(self) -> Iterator[list[bytes]]:
        while not self.ended:
            try:
                tag, payload = next(self.frames)
            except UnsupportedDocument:
                self.ended = True
                raise
            if tag == b"R":
                yield payload.split(b"\n")
            else:
                self._note(tag, payload)

    def _note(self, tag: bytes, payload: bytes) -> None:
        """Take in what is no record; a child that read a hostile file may say anything."""
        try:
            self._take(tag, payload)
        except (ValueError, TypeError, InvalidInput) as err:
            self.ended = True
            raise UnsupportedDocument(FAILED) from err

    def _take(self, tag: bytes, payload: bytes) -> None:
        text = payload.decode()
        if tag == b"E":
            self.unreadable += 1
            if self.unreadable > ERROR_LIMIT:
                raise UnsupportedDocument(FLOOD)
            if len(self.errors) < self.limits.errors_kept:
                self.errors.append(RowError(*orjson.loads(text)))
        elif tag == b"C":
            self.connector = text
        elif tag == b"N":
            if len(self.notices) < self.limits.errors_kept:
                self.notices.append(text)
        elif tag == b"M":
            self.applied = int(text)
        elif tag == b"P":
            self.proposal = Proposal.from_json(orjson.loads(text))
        elif tag == b"D":
            self.ended = True
            self.digest = text
        else:
            self.ended = True
            raise UnsupportedDocument(text if tag == b"X" else FAILED)


@dataclass(frozen=True, slots=True)
class SandboxedParser:
    """Reads documents, each in a child: a `Parser` of `vault.services.importing.parsing`."""

    limits: Limits = DEFAULT

    def parse(
        self,
        filename: str,
        content: Content,
        connector: str | None = None,
        maps: Sequence[ColumnMap] = (),
    ) -> SandboxedRun:
        """Begin to read a file as one document; the child starts when the run is iterated over.

        `content` is the document whole, or its chunks in order. `filename` is a name to show and
        to recognise by; nothing is opened by it. Sheets are read by `maps`.
        """
        request = _request(filename, connector, maps, archives=False)
        return SandboxedRun(filename, "", self.limits, Frames(request, content, self.limits))

    def documents(
        self,
        filename: str,
        content: Content,
        connector: str | None = None,
        maps: Sequence[ColumnMap] = (),
    ) -> Iterator[SandboxedRun]:
        """Yield the documents of a file: itself, or those that are in it if it is an archive.

        Each is iterated over before the next is asked for; what is left of it is passed over.
        """
        request = _request(filename, connector, maps, archives=connector is None)
        frames = Frames(request, content, self.limits)
        with closing(frames):
            names = frames.names()
            if names is None:
                yield SandboxedRun(filename, "", self.limits, frames)
                return
            for name in names:
                shown = f"{filename} › {name}"  # noqa: RUF001 a path that leads inwards
                run = SandboxedRun(shown, filename or shown, self.limits, frames)
                yield run
                run.skip()


def _request(
    filename: str, connector: str | None, maps: Sequence[ColumnMap], *, archives: bool
) -> bytes:
    name = filename.encode("utf-8", "replace").decode()
    known = [one.to_json() for one in maps]
    asked = {"filename": name, "connector": connector, "archives": archives, "maps": known}
    return json.dumps(asked).encode() + b"\n"
