"""How a use case asks for a document to be read, without knowing any connector.

The program's entry points hand in the real parser, which works in a limited child process.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from vault.domain.column_maps import ColumnMap
from vault.domain.proposals import Proposal
from vault.domain.records import RowError

Content: TypeAlias = bytes | memoryview | Iterable[bytes]


class ParseRun(Protocol):
    """One document being read: iterate over it once, then read the rest.

    Each batch is a list of JSON documents of one record each: `{"kind", "sourceId", "refs",
    "data"}`, `data` already checked. A record may refer to one that comes later. Iteration raises
    UnsupportedDocument where the document is refused, possibly after some batches.
    """

    @property
    def filename(self) -> str:
        """The name to show: the file's, or that of its archive and its own."""

    @property
    def archive(self) -> str:
        """The name of the archive that it came in; empty for a file of its own."""

    @property
    def connector(self) -> str | None:
        """The slug of the connector that reads it; None until one has recognised it."""

    @property
    def digest(self) -> str:
        """SHA-256 of the document in hex; whole only when the iteration has ended."""

    @property
    def errors(self) -> list[RowError]:
        """The first rows that could not be read, with line and reason."""

    @property
    def unreadable(self) -> int:
        """How many rows could not be read, those in `errors` included."""

    @property
    def notices(self) -> list[str]:
        """What the customer should know that is no fault."""

    @property
    def applied(self) -> int | None:
        """By which of the column maps it is read: its place among those handed in."""

    @property
    def proposal(self) -> Proposal | None:
        """What a sheet that no map knows looks like; such a document is refused."""

    @property
    def refusal(self) -> str | None:
        """Why the document was refused, if it was."""

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield the records in batches."""


class Parser(Protocol):
    """Reads vendors' documents."""

    def documents(
        self,
        filename: str,
        content: Content,
        connector: str | None = None,
        maps: Sequence[ColumnMap] = (),
    ) -> Iterator[ParseRun]:
        """Yield the documents of a file, more than one where it is an archive of several.

        Each is iterated over before the next is asked for. Sheets are read by `maps`.
        """

    def parse(
        self,
        filename: str,
        content: Content,
        connector: str | None = None,
        maps: Sequence[ColumnMap] = (),
    ) -> ParseRun:
        """Begin to read a file as one document; nothing happens until it is iterated over."""
