"""One test for all connectors: their fixtures, whatever the vendor."""

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.connectors.reading import FIXTURES, maps_of, read
from vault.connectors.discovery import discover
from vault.connectors.formats.table import encoding_of

CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.json"))
CSV_CASES = [case for case in CASES if (case / "input.csv").exists()]


def _name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def _input(case: Path) -> Path:
    return next(case.glob("input.*"))


def _rewritten(case: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> bytes:
    content = (case / "input.csv").read_bytes()
    encoding = encoding_of(content)
    rows = list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out).writerows(change(rows))
    return out.getvalue().encode(encoding)


def _columns_shuffled(rows: list[list[str]]) -> list[list[str]]:
    order = list(range(len(rows[0])))
    random.Random(7).shuffle(order)
    return [[row[place] for place in order] for row in rows]


def _rows_shuffled(rows: list[list[str]]) -> list[list[str]]:
    body = rows[1:]
    random.Random(7).shuffle(body)
    return [rows[0], *body]


def test_discovery_names_no_failure_and_every_slug_once() -> None:
    """Each module of the package that is no framework is a working connector of its own name."""
    found = discover()
    assert found.failures == {}
    assert {slug: c.manifest.slug for slug, c in found.connectors.items()} == {
        slug: slug for slug in found.connectors
    }
    assert {"amazon"} <= set(found.connectors)


def test_every_connector_has_a_fixture_and_a_row_in_the_documents() -> None:
    """A connector comes with a synthetic case and a row in docs/connectors.md."""
    documents = (FIXTURES.parents[2] / "docs" / "connectors.md").read_text(encoding="utf-8")
    for slug in discover().connectors:
        assert any(case.parent.name == slug for case in CASES), slug
        assert f"| `{slug}` |" in documents, slug


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_golden(case: Path) -> None:
    """A fixture is recognised by its own connector and read as its golden file says."""
    source = _input(case)
    golden = read(source.read_bytes(), source.name, maps_of(case)).golden()
    assert golden == json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert golden["connector"] == case.parent.name


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_kinds_ids_and_references(case: Path) -> None:
    """Kinds are the manifest's, a source id names one record, references stay in the document."""
    source = _input(case)
    reading = read(source.read_bytes(), source.name, maps_of(case))
    kinds = discover().connectors[reading.connector].manifest.kinds
    ids = [(record.kind, record.source_id) for record in reading.records]
    assert {record.kind for record in reading.records} <= set(kinds)
    assert len(set(ids)) == len(ids)
    named = {source_id for _, source_id in ids}
    assert all(set(record.refs) <= named for record in reading.records)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_reading_twice_gives_the_same(case: Path) -> None:
    """The same file read again gives the same source ids: importing twice adds nothing."""
    source = _input(case)
    content = source.read_bytes()
    maps = maps_of(case)
    assert read(content, source.name, maps) == read(content, "renamed", maps)


@pytest.mark.parametrize("case", CSV_CASES, ids=_name)
@pytest.mark.parametrize("change", [_columns_shuffled, _rows_shuffled])
def test_shuffled_columns_or_rows_give_the_same_records(
    case: Path, change: Callable[[list[list[str]]], list[list[str]]]
) -> None:
    """Neither the order of columns nor that of rows says anything."""
    maps = maps_of(case)
    shuffled = read(_rewritten(case, change), maps=maps)
    assert shuffled.unordered() == read((case / "input.csv").read_bytes(), maps=maps).unordered()
