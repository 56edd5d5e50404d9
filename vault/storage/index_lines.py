"""Lines of the index: what it knows of each open row, and the order in which it keeps them."""

from collections.abc import Sequence
from typing import NamedTuple

from vault.domain.listing import Listing

Key = tuple[str, str]
"""What lines are ordered by: the record's date (empty where it has none), then its id."""


class ManifestLine(NamedTuple):
    """What deduplication, relations and verification need to know of one open row.

    `digest` is the ciphertext's SHA-256 in hex; `keys` are the names by which its sources know the
    record, none for one added by hand; `content` a short hash of what its source said, empty where
    there are several statements; `imported` the imports that brought what is stated of it, with
    commas between them; `tokens` and `sellers` are its relation.
    """

    record_id: str
    revision: int
    change: int
    digest: str
    keys: Sequence[str]
    content: str
    imported: str
    tokens: Sequence[str]
    sellers: Sequence[str]


class IndexLine(NamedTuple):
    """All that the index knows of one open row."""

    listing: Listing
    manifest: ManifestLine

    @property
    def order(self) -> Key:
        """The line's place in the index."""
        return self.listing.date, self.manifest.record_id
