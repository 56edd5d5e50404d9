"""`vault import`, `vault imports`, `vault undo` and `vault export`."""

import json
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import warm
from tests.command import PASSPHRASE, Command, orders
from tests.conftest import sqlite_only
from vault.composition import Services
from vault.errors import Busy
from vault.services.importing.imports import Imports
from vault.services.importing.storing import Storing
from vault.storage.engine import Database

PURCHASES = 5
FIXTURES = Path(__file__).parents[1] / "fixtures" / "connectors"
INVOICE = FIXTURES / "einvoice" / "invoice" / "input.xml"


@pytest.fixture
def vault(environment: dict[str, str], services: Services) -> Command:
    """Commands, and a vault named anna for them."""
    services.customers.create("anna", PASSPHRASE)
    return Command(environment)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """An Amazon order history that can be read whole."""
    return orders(tmp_path / "Order History.csv")


def exported(vault: Command) -> dict[str, list[dict[str, object]]]:
    """Everything in the vault."""
    done = vault("export", "anna", "-o", "-")
    assert done.exit_code == 0, done.output
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found


def test_a_file_is_imported_listed_and_undone_whole(vault: Command, history: Path) -> None:
    """What an import adds is there afterwards, with where it came from, and undone it is gone."""
    done = vault.json("import", "anna", history)
    [file] = done["files"]
    assert (file["connector"], file["refusal"], file["unreadable"]) == ("amazon", None, 0)
    assert file["counts"]["purchase"] == PURCHASES
    assert done["stored"]["added"] == sum(file["counts"].values()) == file["new"]
    purchases = exported(vault)["purchases"]
    assert len(purchases) == PURCHASES
    assert {"Sample Chair", "Sample Phone"} < {each["name"] for each in purchases}
    [entry] = vault.json("imports", "anna")
    assert entry["import"] == done["stored"]["import"]
    assert entry["filenames"] == ["Order History.csv"]
    undone = vault.json("undo", "anna", entry["import"])
    assert undone["erased"] == done["stored"]["added"]
    assert exported(vault)["purchases"] == []
    assert vault.json("imports", "anna")[0]["undone"] is True
    assert "undone already" in vault.refused("undo", "anna", entry["import"])


def test_the_same_file_twice_adds_nothing(vault: Command, history: Path) -> None:
    """The second import finds all of it known, and leaves no import behind."""
    vault.json("import", "anna", history)
    again = vault.json("import", "anna", history)
    assert again["stored"] is None
    assert (again["files"][0]["new"], again["files"][0]["changed"]) == (0, 0)
    assert again["files"][0]["known"] > PURCHASES
    assert len(vault.json("imports", "anna")) == 1
    assert "nothing new" in vault("import", "anna", history).stdout


def test_a_later_file_changes_what_differs_and_undo_brings_it_back(
    vault: Command, history: Path, tmp_path: Path
) -> None:
    """A corrected title replaces the old one; undone, the old one is back."""
    vault.json("import", "anna", history)
    later = vault.json("import", "anna", orders(tmp_path / "later.csv", title="A better chair"))
    assert (later["stored"]["added"], later["stored"]["changed"]) == (0, 1)
    assert "A better chair" in {each["name"] for each in exported(vault)["purchases"]}
    vault.json("undo", "anna", later["stored"]["import"])
    assert "Sample Chair" in {each["name"] for each in exported(vault)["purchases"]}


@sqlite_only
def test_a_dry_run_shows_and_stores_nothing(
    vault: Command, history: Path, database: Database
) -> None:
    """The counts are told; neither a record nor a preview is left."""
    shown = vault.json("import", "anna", history, "--dry-run")
    assert shown["files"][0]["counts"]["purchase"] == PURCHASES
    assert shown["stored"] is None
    assert vault.json("imports", "anna") == []
    with database.read() as conn:
        for table in ("imports", "inbox", "records"):
            assert conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


@sqlite_only
def test_unreadable_rows_are_named_and_the_rest_is_stored(vault: Command, tmp_path: Path) -> None:
    """Exit code 1; file, line and reason on stderr; what could be read is there."""
    done = vault("import", "anna", orders(tmp_path / "some.csv", damaged=True))
    assert done.exit_code == 1
    assert "Stored:" in done.stdout
    named = [each for each in done.stderr.splitlines() if each.startswith("some.csv:")]
    assert len(named) == 2
    assert all(each.split(":")[1].isdigit() for each in named)
    assert len(exported(vault)["purchases"]) == PURCHASES


@sqlite_only
def test_a_refused_file_keeps_no_other_out(vault: Command, history: Path, tmp_path: Path) -> None:
    """Exit code 1, name and reason on stderr; the good file beside it is stored, and is undone."""
    (tmp_path / "letter.txt").write_text("Dear Anna")
    done = vault("import", "anna", history, tmp_path / "letter.txt", "--json")
    assert done.exit_code == 1
    assert "letter.txt: refused: no connector recognises this file" in done.stderr
    answer = json.loads(done.stdout)
    assert [bool(one["refusal"]) for one in answer["files"]] == [False, True]
    assert answer["stored"]["added"] == answer["files"][0]["new"] > PURCHASES
    assert len(exported(vault)["purchases"]) == PURCHASES
    [entry] = vault.json("imports", "anna")
    assert entry["filenames"] == ["Order History.csv"]
    vault.json("undo", "anna", entry["import"])
    assert exported(vault)["purchases"] == []


@sqlite_only
def test_an_import_of_which_nothing_can_be_read_stores_nothing(
    vault: Command, tmp_path: Path
) -> None:
    """Exit code 2, each file named with its reason, and no import in the history."""
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("Dear Anna")
    done = vault("import", "anna", tmp_path / "one.txt", tmp_path / "two.txt")
    assert done.exit_code == 2
    assert done.stderr.count(": refused: ") == 2
    assert "Nothing was stored: none of it could be read." in done.stdout
    assert vault.json("imports", "anna") == []


@sqlite_only
def test_a_dry_run_says_by_its_exit_code_what_an_import_would(
    vault: Command, history: Path, tmp_path: Path
) -> None:
    """A refused file beside a good one: 1, and nothing is stored."""
    (tmp_path / "letter.txt").write_text("Dear Anna")
    done = vault("import", "anna", history, tmp_path / "letter.txt", "--dry-run")
    assert done.exit_code == 1
    assert "this was a dry run" in done.stdout
    assert exported(vault)["purchases"] == []


@sqlite_only
def test_what_is_refused_in_an_archive_keeps_the_rest_of_it_in(
    vault: Command, tmp_path: Path
) -> None:
    """Exit code 1 and the name on stderr; 2 for an archive of which nothing can be read."""
    archive = tmp_path / "docs.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.write(INVOICE, "invoice.xml")
        written.writestr("letter.txt", "Dear Anna")
    done = vault("import", "anna", archive)
    assert done.exit_code == 1
    assert "docs.zip › letter.txt: refused: " in done.stderr  # noqa: RUF001 as it is shown
    assert len(exported(vault)["invoices"]) == 1
    assert vault.json("imports", "anna")[0]["filenames"] == ["docs.zip"]
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("letter.txt", "Dear Anna")
    assert vault("import", "anna", archive).exit_code == 2


@sqlite_only
def test_a_sheet_that_nobody_explained_says_where_to_do_so(vault: Command, tmp_path: Path) -> None:
    """On the page; one in an archive has to be unpacked for that."""
    sheet, archive = FIXTURES / "sheet" / "payables" / "input.csv", tmp_path / "docs.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.write(sheet, "list.csv")
    done = vault("import", "anna", sheet, archive)
    assert done.exit_code == 2
    alone, packed = done.stderr.splitlines()[-2:]
    assert "nobody has said what its columns mean (the page Import asks for it once" in alone
    assert "unpack it and choose it by itself" in packed
    assert "the page Import" in packed


@sqlite_only
def test_an_interrupted_import_is_finished_first(
    vault: Command, services: Services, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was confirmed and not filed is filed by the next command that opens the vault."""
    opened = services.sessions.unlock_once("anna", PASSPHRASE)
    preview = services.imports.stage(opened, [("a.csv", history.read_bytes())])
    with monkeypatch.context() as patched:
        patched.setattr(Storing, "file", lambda *_: None)
        services.imports.confirm(opened, preview.import_id)
    again = vault.json("import", "anna", history)
    assert again["stored"] is None
    assert len(exported(vault)["purchases"]) == PURCHASES


@sqlite_only
@pytest.mark.parametrize("command", ["imports", "import", "export", "ledger", "grants"])
def test_a_wrong_passphrase_and_an_unknown_name_are_refused_alike(
    vault: Command, history: Path, command: str
) -> None:
    """One message for both, so that nobody learns which names there are."""
    extra: tuple[str | Path, ...] = ()
    if command in ("import", "export"):
        extra = (history,) if command == "import" else ("-o", "-")
    wrong = vault.refused(command, "anna", *extra, stdin="not the passphrase\n")
    unknown = vault.refused(command, "otto", *extra)
    assert wrong == unknown
    assert "open no vault" in wrong


@sqlite_only
@pytest.mark.parametrize("import_id", ["00" * 16, "zz", "latest"])
def test_an_unknown_import_is_refused(vault: Command, import_id: str) -> None:
    """Undoing what there is not says so."""
    assert vault.refused("undo", "anna", import_id) == "There is no such import."


@sqlite_only
def test_an_export_is_a_file_of_its_owner_alone(
    vault: Command, history: Path, tmp_path: Path
) -> None:
    """Mode 0600, whole, never over another file unless forced; CSV is a ZIP of tables."""
    vault.json("import", "anna", history)
    file = tmp_path / "all.json"
    assert vault("export", "anna", "-o", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(json.loads(file.read_bytes())["purchases"]) == PURCHASES
    file.write_text("mine")
    assert "--force" in vault.refused("export", "anna", "-o", file)
    assert file.read_text() == "mine"
    forced = vault("export", "anna", "--format", "csv", "-o", file, "--force")
    assert forced.exit_code == 0, forced.output
    with zipfile.ZipFile(file) as archive:
        assert "purchases.csv" in archive.namelist()
    assert sorted(path.name for path in tmp_path.glob("*all.json*")) == ["all.json"]


@sqlite_only
def test_a_failed_export_leaves_no_file(
    vault: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export that breaks off leaves neither the file nor a part of it."""

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", "all.json")

    monkeypatch.setattr("vault.services.records.exports.Exports.write", broken)
    before = sorted(tmp_path.iterdir())
    assert "No space left" in vault.refused("export", "anna", "-o", tmp_path / "all.json")
    assert sorted(tmp_path.iterdir()) == before


def test_two_imports_of_one_file_at_once_make_one_set(vault: Command, history: Path) -> None:
    """Each waits for its turn to write; together they add what one would have added."""
    command = ["import", "anna", str(history), "--json"]
    with ThreadPoolExecutor(3) as pool:
        environment = os.environ | vault.environment
        begun = [pool.submit(warm.ran, command, environment, f"{PASSPHRASE}\n") for _ in range(3)]
    done = [each.result() for each in begun]
    assert [each.returncode for each in done] == [0, 0, 0], done
    stored = [json.loads(each.stdout)["stored"] for each in done]
    assert sum(one["added"] for one in stored if one) == PURCHASES + 3
    assert len(exported(vault)["purchases"]) == PURCHASES


@sqlite_only
def test_an_import_waits_for_its_turn(
    vault: Command, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another write holds the vault, before the confirmation or after, it tries again."""
    confirm, calls = Imports.confirm, iter([False, True])

    def busy(imports: Imports, *arguments: Any) -> Any:
        confirmed = next(calls, None)
        if confirmed is None:
            return confirm(imports, *arguments)
        if confirmed:
            with monkeypatch.context() as patched:
                patched.setattr(Storing, "file", lambda *_: None)
                confirm(imports, *arguments)
        raise Busy("something else is being stored just now", retry_after=1)

    monkeypatch.setattr(Imports, "confirm", busy)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert vault.json("import", "anna", history)["stored"]["added"] == PURCHASES + 3
    assert len(exported(vault)["purchases"]) == PURCHASES


@sqlite_only
def test_an_interrupted_import_that_was_tampered_with_keeps_nobody_out(
    vault: Command, services: Services, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named on stderr and not stored, and the vault can be exported and imported into."""
    opened = services.sessions.unlock_once("anna", PASSPHRASE)
    preview = services.imports.stage(opened, [("a.csv", history.read_bytes())])
    with monkeypatch.context() as patched:
        patched.setattr(Storing, "file", lambda *_: None)
        services.imports.confirm(opened, preview.import_id)
    with services.store.database.write() as conn:
        conn.exec_driver_sql("UPDATE inbox SET ordinal = 7")
    done = vault("export", "anna", "-o", "-")
    assert done.exit_code == 0
    assert "cannot be stored" in done.stderr
    assert json.loads(done.stdout)["purchases"] == []
    assert vault.json("import", "anna", history)["stored"]["added"] == PURCHASES + 3
