import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vault.cli import main

FIXTURES = Path(__file__).parents[2] / "fixtures" / "connectors"
RETAIL = FIXTURES / "amazon" / "retail-2026" / "input.csv"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_parse_prints_a_record_a_line_with_its_provenance() -> None:
    """All read: exit 0, one JSON document a line, nothing on stderr."""
    result = _run("parse", str(FIXTURES / "einvoice" / "invoice" / "input.xml"))
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert result.stderr == ""
    assert [record["kind"] for record in records] == ["invoice", "purchase", "purchase"]
    assert set(records[0]["source"]) == {"connector", "sourceId", "fileDigest"}
    assert records[0]["totalPaymentDue"] == "61.00"


def test_parse_names_rows_that_it_could_not_read() -> None:
    """Some rows unreadable: exit 1, the others printed, each bad one with line and reason."""
    result = _run("parse", str(RETAIL))
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 8
    assert result.stderr.splitlines() == [
        "input.csv:8: has no order number",
        "input.csv:9: price: is not an amount",
    ]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", RETAIL.read_bytes() + b"\xff"])
def test_a_refused_file_prints_one_line_and_no_record(content: bytes, tmp_path: Path) -> None:
    """Refused, even half way: exit 2, one line on stderr, nothing on stdout."""
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    result = _run("parse", str(file))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1


def test_a_named_connector_is_used() -> None:
    """`--connector` asks no other: it refuses what is not its own."""
    assert _run("parse", str(RETAIL), "--connector", "einvoice").exit_code == 2
    assert _run("parse", str(RETAIL), "--connector", "amazon").exit_code == 1


def test_connectors_lists_each() -> None:
    """Every connector is listed, for people and as JSON."""
    assert "Amazon order history" in _run("connectors").stdout
    listed = json.loads(_run("connectors", "--json").stdout)
    assert {"amazon", "einvoice", "cdw"} <= {manifest["slug"] for manifest in listed}


def test_an_archive_of_documents_is_read_document_by_document(tmp_path: Path) -> None:
    """All records are printed, what is refused is named; exit 1 for some of it, 2 for all."""
    invoice = FIXTURES / "einvoice" / "invoice" / "input.xml"
    file = tmp_path / "docs.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(invoice, "invoice.xml")
        archive.write(RETAIL, "orders.csv")
        archive.writestr("notes.txt", "Dear Anna")
    result = _run("parse", str(file))
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 3 + 8
    assert "docs.zip › notes.txt: refused: no connector" in result.stderr  # noqa: RUF001
    assert "docs.zip › orders.csv:8: has no order number" in result.stderr  # noqa: RUF001
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", "Dear Anna")
    assert _run("parse", str(file)).exit_code == 2
