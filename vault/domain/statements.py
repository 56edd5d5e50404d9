"""What a source says of a thing: a record is made of one statement or several.

A statement is one record as one document gave it. Its key, connector and source id, says which of
the source's things it is; the same key may be stated again later, with another content. A record's
data carries its statements in `sources` where there are several, or where the customer has
corrected something; else the data is the one statement itself, and `source` names it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vault.domain.canonical import canonical
from vault.domain.compartments import Kind

BOOKKEEPING = ("source", "sources", "links", "edits", "conflicts", "withheld")
"""What stands in a record's data beside what its sources state. Never for vendors."""

_NAMES = {
    "connector": "connector",
    "sourceId": "source_id",
    "fileDigest": "file_digest",
    "importedAt": "imported_at",
    "batch": "batch",
    "content": "content",
    "document": "document",
    "issuer": "issuer",
    "asOf": "as_of",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One record as a document states it.

    `stated` is what it says; `document` names the record of the same document to which it belongs,
    as `kind:source id`; `links` are the ids of those records, in hex. `issuer` and `as_of` as in
    `ParsedRecord`. `content` is a short hash of the whole line, `batch` the import that brought it.
    """

    kind: Kind
    connector: str
    source_id: str
    stated: Mapping[str, Any]
    document: str = ""
    links: tuple[str, ...] = ()
    issuer: str = ""
    as_of: str = ""
    content: str = ""
    batch: str = ""
    file_digest: str = ""
    imported_at: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Which of its source's things it is about."""
        return self.connector, self.source_id

    @property
    def spoken(self) -> datetime | None:
        """The moment as of which it speaks, a date being its midnight; None if unstated."""
        try:
            found = datetime.fromisoformat(self.as_of)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def words(self) -> str:
        """What it says, as of when, and where: what comes twice in equal words is said once."""
        said = [self.as_of, self.issuer, self.document, self.stated]
        return canonical(said)

    def source(self) -> dict[str, Any]:
        """The statement's provenance, as a record's `source`."""
        named = {name: getattr(self, member) for name, member in _NAMES.items()}
        return {name: value for name, value in named.items() if value}

    def to_json(self) -> dict[str, Any]:
        """The statement as one of a record's `sources`."""
        links = {"links": list(self.links)} if self.links else {}
        return {**self.source(), **links, "stated": dict(self.stated)}

    @classmethod
    def from_json(cls, kind: Kind, data: Mapping[str, Any]) -> "Statement":
        """The statement that `to_json` wrote."""
        named = {member: data[name] for name, member in _NAMES.items() if name in data}
        return cls(kind, stated=data["stated"], links=tuple(data.get("links", ())), **named)


def statements_of(kind: Kind, data: Mapping[str, Any]) -> list[Statement]:
    """The statements that a stored record is made of; none for one added by hand.

    A record that was corrected before statements were kept states all but what was corrected.
    """
    if "sources" in data:
        return [Statement.from_json(kind, one) for one in data["sources"]]
    if "source" not in data:
        return []
    left_out = {*BOOKKEEPING, *data.get("edits", ())}
    stated = {name: value for name, value in data.items() if name not in left_out}
    whole = {**data["source"], "links": data.get("links", ()), "stated": stated}
    return [Statement.from_json(kind, whole)]


def batches_of(data: Mapping[str, Any]) -> list[str]:
    """The imports that a record's statements came with, each once."""
    if "sources" not in data:
        batch = (data.get("source") or {}).get("batch")
        return [batch] if batch else []
    sources: Iterable[Mapping[str, Any]] = data["sources"]
    return list(dict.fromkeys(one["batch"] for one in sources if one.get("batch")))
