"""`vault connectors map` proposes a map, and `vault parse --map` reads by it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from tests.unit.connectors.reading import FIXTURES
from vault.cli import main

SHEET = FIXTURES / "sheet" / "payables" / "input.csv"
AMBIGUOUS = b"Invoice No,Invoice date,Amount\nR-1,03/04/2026,1.50\n"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_proposal_is_a_map(tmp_path: Path) -> None:
    """What is proposed can be read by as it is, where nothing is open in it."""
    proposed = _run("connectors", "map", str(SHEET), "--preset", "cdw-payables")
    assert proposed.exit_code == 0
    assert "unverified" in proposed.stderr
    file = tmp_path / "map.json"
    file.write_text(proposed.stdout, encoding="utf-8")
    read = _run("parse", str(SHEET), "--map", str(file))
    records = [json.loads(line) for line in read.stdout.splitlines()]
    assert [one["invoiceNumber"] for one in records] == ["INV-1001", "INV-1002", "INV-1004"]
    assert {one["provider"]["name"] for one in records} == {"CDW"}
    assert read.exit_code == 1


def test_what_is_open_is_refused(tmp_path: Path) -> None:
    """A proposal with a null in it is not read by until somebody says what is meant."""
    sheet, file = tmp_path / "list.csv", tmp_path / "map.json"
    sheet.write_bytes(AMBIGUOUS)
    proposed = _run("connectors", "map", str(sheet))
    file.write_text(proposed.stdout, encoding="utf-8")
    assert json.loads(proposed.stdout)["dates"] is None
    refused = _run("parse", str(sheet), "--map", str(file))
    assert refused.exit_code != 0
    assert "two ways" in refused.stderr
    assert refused.stdout == ""


def test_a_sheet_without_a_map_is_refused() -> None:
    """Nothing is guessed: one line says that a map is needed, and how to come by one."""
    refused = _run("parse", str(SHEET))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "needs a column map" in refused.stderr
    assert "vault connectors map" in refused.stderr


def test_a_map_of_another_sheet_is_refused() -> None:
    """So is a sheet with other columns than those of the map."""
    other = FIXTURES / "sheet" / "german-orders" / "map.json"
    refused = _run("parse", str(SHEET), "--map", str(other))
    assert refused.exit_code == 2
    assert "other columns" in refused.stderr


def test_what_is_no_sheet_or_no_preset(tmp_path: Path) -> None:
    """Both are refused in a sentence."""
    file = tmp_path / "letter.txt"
    file.write_text("Dear Anna\n")
    assert _run("connectors", "map", str(file)).exit_code == 2
    assert "the presets are" in _run("connectors", "map", str(SHEET), "--preset", "x").stderr
