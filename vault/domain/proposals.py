"""What a sheet without a column map looks like: its header, its first rows, and a proposal.

A proposal is a connector's, made in a child process from a file that may be hostile: `from_json`
checks its shape before anybody shows it. Its drafts are column maps that may not be finished: null
stands where the sheet can be read in two ways, which only the customer can tell.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vault.domain.columns import COLUMN_LIMIT, MEANINGS, NAME_LENGTH
from vault.errors import InvalidInput

SAMPLE_ROWS = 8
CELL_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sheet that nobody has explained yet.

    `header` has the names as the file writes them and `names` as they are compared, in the file's
    order; `drafts` a map for each kind; `kind` the likeliest, or "".
    """

    header: tuple[str, ...]
    names: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    kind: str
    drafts: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The proposal as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> "Proposal":
        """The proposal that JSON states; InvalidInput for anything else."""
        try:
            return cls._stated(data)
        except (KeyError, TypeError, ValueError) as err:
            raise InvalidInput("This is no proposal for a column map.") from err

    @classmethod
    def _stated(cls, data: Any) -> "Proposal":
        return cls(
            header=_texts(data["header"]),
            names=_texts(data["names"]),
            sample=tuple(_texts(row) for row in data["sample"][:SAMPLE_ROWS]),
            kind=data["kind"] if data["kind"] in MEANINGS else "",
            drafts={kind: _draft(data["drafts"][kind]) for kind in MEANINGS},
        )


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > COLUMN_LIMIT:
        raise TypeError
    if not all(isinstance(text, str) and len(text) <= NAME_LENGTH for text in value):
        raise TypeError
    return tuple(value)


def _draft(value: object) -> Mapping[str, Any]:
    """A draft's members that a page reads, of the types that it relies on."""
    if not isinstance(value, dict):
        raise TypeError
    columns = value["columns"]
    if not isinstance(columns, dict) or len(columns) > COLUMN_LIMIT:
        raise TypeError
    _texts(list(columns))
    _texts(list(columns.values()))
    _texts(value["header"])
    _texts(value["ids"])
    for member in ("kind", "seller", "currency", "encoding"):
        _texts([value[member]])
    for member in ("dates", "decimals"):
        _texts([value[member] or ""])
    return value
