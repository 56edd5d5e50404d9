"""The items of an import: one record each, as they wait in the inbox."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from vault.domain.compartments import Kind
from vault.services.changes import source_key
from vault.services.importing.surveying import Claim, token_of


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it waits in the inbox: the parser's line, and where it was read."""

    line: bytes
    connector: str
    digest: str

    def parse(self) -> dict[str, Any]:
        """The line's JSON: `kind`, `sourceId`, `refs`, `data`; `issuer` and `asOf` if stated."""
        parsed: dict[str, Any] = orjson.loads(self.line)
        return parsed

    @property
    def content(self) -> str:
        """A short hash of what the source says: equal lines need no second look."""
        return hashlib.blake2b(self.line, digest_size=12).hexdigest()

    def key(self, parsed: dict[str, Any]) -> str:
        """The name by which the source knows the record."""
        source = {"connector": self.connector, "sourceId": parsed["sourceId"]}
        return source_key(Kind(parsed["kind"]), source)

    def claim(self, parsed: dict[str, Any]) -> Claim:
        """Under which names others may know it."""
        kind, refs = Kind(parsed["kind"]), self.refs(parsed)
        document = refs[0] if refs and kind is Kind.PURCHASE else self._name(parsed["sourceId"])
        return Claim(kind, self.key(parsed), token_of(kind, parsed["data"]), document)

    def refs(self, parsed: dict[str, Any]) -> list[str]:
        """The documents that it refers to, by connector and source id."""
        return [self._name(ref) for ref in parsed.get("refs") or ()]

    def _name(self, source_id: str) -> str:
        return f"{self.connector}:{source_id}"
