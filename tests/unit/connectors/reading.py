"""Reads a document in this process, as the child does, for tests of connectors."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from vault.connectors.base import Connector, Document, Notice
from vault.connectors.discovery import discover, recognise
from vault.domain.column_maps import ColumnMap
from vault.domain.records import ParsedRecord, RowError, check

FIXTURES = Path(__file__).parents[2] / "fixtures" / "connectors"


@dataclass
class Reading:
    """What a connector made of a document."""

    connector: str
    records: list[ParsedRecord] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of the records of one kind."""
        return [record.data for record in self.records if record.kind == kind]

    def golden(self) -> dict[str, Any]:
        """Return what a golden file holds."""
        whole = {
            "connector": self.connector,
            "records": [
                {"kind": r.kind, "sourceId": r.source_id, "refs": r.refs, "data": r.data}
                for r in self.records
            ],
            "errors": [[error.line, error.reason] for error in self.errors],
            "notices": self.notices,
        }
        golden: dict[str, Any] = orjson.loads(orjson.dumps(whole))
        return golden

    def unordered(self) -> list[bytes]:
        """Return the records as a set would compare them: their order means nothing."""
        return sorted(map(orjson.dumps, self.golden()["records"]))


def maps_of(case: Path) -> list[ColumnMap]:
    """Return the column map that a case of the fixtures is read by, if it has one."""
    found = case / "map.json"
    return [ColumnMap.from_json(orjson.loads(found.read_bytes()))] if found.exists() else []


def connector_for(content: bytes, filename: str = "input") -> Connector | None:
    """Return the connector that recognises a document."""
    return recognise(discover(), Document(filename, io.BytesIO(content)))


def read(content: bytes, filename: str = "input", maps: Sequence[ColumnMap] = ()) -> Reading:
    """Read a document with the connector that recognises it, and check each record."""
    document = Document(filename, io.BytesIO(content), maps)
    connector = recognise(discover(), document)
    assert connector is not None, "no connector recognises this document"
    reading = Reading(connector.manifest.slug)
    for item in connector.extract(document):
        if isinstance(item, ParsedRecord):
            check(item.kind, item.data)
            reading.records.append(item)
        elif isinstance(item, RowError):
            reading.errors.append(item)
        elif isinstance(item, Notice):
            reading.notices.append(item.text)
    return reading
