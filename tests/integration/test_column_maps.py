"""A sheet is explained once: kept sealed until then, read by its map at once and ever after."""

import io
from dataclasses import replace

import pytest

from tests.conftest import sqlite_only
from tests.story import Story
from tests.unit.connectors.reading import FIXTURES, maps_of
from vault.composition import Services
from vault.connectors.sandbox import SandboxedParser
from vault.domain.compartments import Kind
from vault.errors import NotFound
from vault.services.importing.column_maps import ColumnMaps
from vault.services.importing.imports import Imports
from vault.services.records.lists import Query
from vault.storage.inbox import PREVIEW_SECONDS

pytestmark = sqlite_only

CASE = FIXTURES / "sheet" / "german-orders"
SHEET = (CASE / "input.txt").read_bytes()
[MAP] = maps_of(CASE)
PAYABLES = FIXTURES / "sheet" / "payables" / "input.csv"


class Mapped(Story):
    """A customer whose files are read by the real reader."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        parser = SandboxedParser()
        self.imports = Imports(self.store, parser)
        self.maps = ColumnMaps(self.store, parser, self.imports)

    def drop_in(self, *contents: bytes) -> str:
        """Stage files; the import's id."""
        files = [(f"{number}.csv", io.BytesIO(one)) for number, one in enumerate(contents)]
        return self.imports.stage(self.vault, files).import_id

    def held(self) -> int:
        """How many items wait in the inbox that are sheets as they came."""
        with self.database.read() as conn:
            sql = "SELECT count(*) FROM inbox WHERE origin = 4"
            return int(conn.exec_driver_sql(sql).scalar_one())


@pytest.fixture
def mapped(services: Services) -> Mapped:
    """A customer without any record or map."""
    return Mapped(services)


def test_an_unknown_sheet_waits_to_be_explained(mapped: Mapped) -> None:
    """It is refused by name, kept as it came, and its first rows can be looked at by a map."""
    staged = mapped.drop_in(SHEET)
    [file] = mapped.imports.preview(mapped.vault, staged).files
    assert (file.recognised, file.unexplained, file.connector) == (False, True, "sheet")
    document, proposal, by = mapped.maps.sheet(mapped.vault, staged, 0)
    assert proposal.kind == "purchase"
    assert by is None
    look = mapped.maps.look(mapped.vault, document, MAP)
    assert [data["name"] for kind, data in look.records if kind == "purchase"][1:] == [
        "Lampe, schwenkbar",
        "Papier A4\n500 Blatt",
    ]
    assert look.unreadable == [(9, "menge: is not an amount"), (10, "bestelldatum: is not a date")]


def test_what_was_said_is_used_now_and_next_time(mapped: Mapped) -> None:
    """The sheet is read into the same preview, stored once, and known by its header ever after."""
    staged = mapped.drop_in(SHEET, PAYABLES.read_bytes())
    mapped.maps.use(mapped.vault, staged, 0, MAP)
    files = mapped.imports.preview(mapped.vault, staged).files
    assert [file.replaced for file in files] == [True, False, False]
    assert files[2].counts == {"purchase": 3, "order": 2}
    assert files[1].unexplained
    outcome = mapped.imports.confirm(mapped.vault, staged)
    assert outcome.added == 5
    assert mapped.held() == 0
    again = mapped.imports.preview(
        mapped.vault, mapped.drop_in(SHEET.replace(b"Artikel;", b" ARTIKEL ;"))
    )
    [file] = again.files
    [kept] = mapped.maps.kept(mapped.vault)
    assert (file.recognised, file.known, file.column_map) == (True, 5, kept.map_id)
    assert kept.map == MAP


def test_a_map_is_corrected_before_anything_is_stored(mapped: Mapped) -> None:
    """What another reading took the place of brings nothing, and a map of the same sheet is one."""
    staged = mapped.drop_in(SHEET)
    mapped.maps.use(
        mapped.vault,
        staged,
        0,
        replace(MAP, kind=Kind.ORDER, columns={"bestell-nr.": "orderNumber"}, ids=()),
    )
    assert mapped.imports.preview(mapped.vault, staged).files[1].counts == {"order": 4}
    mapped.maps.use(mapped.vault, staged, 1, MAP)
    assert len(mapped.maps.kept(mapped.vault)) == 1
    assert mapped.imports.confirm(mapped.vault, staged).added == 5
    assert len(mapped.records.page(mapped.vault, Kind.PURCHASE, Query()).lines) == 3


def test_a_sheet_read_again_brings_what_it_brought_before(mapped: Mapped) -> None:
    """What a sheet said by its first map is not there already when it is read by the next one."""
    staged = mapped.drop_in(SHEET)
    mapped.maps.use(mapped.vault, staged, 0, MAP)
    again = mapped.maps.use(mapped.vault, staged, 1, MAP)
    assert (again.new, again.known) == (5, 0)
    assert mapped.imports.foresee(mapped.vault, staged).files[2].new == 5


def test_discarded_or_an_hour_old_it_is_gone(mapped: Mapped) -> None:
    """A sheet that nobody explained leaves nothing behind."""
    mapped.imports.discard(mapped.vault, mapped.drop_in(SHEET))
    assert mapped.held() == 0
    staged = mapped.drop_in(SHEET)
    mapped.clock.ahead = PREVIEW_SECONDS + 1
    mapped.session = mapped.sessions.unlock(mapped.name, "a sample passphrase").token
    with pytest.raises(NotFound):
        mapped.maps.use(mapped.vault, staged, 0, MAP)


def test_nothing_of_a_sheet_or_its_map_stands_in_clear(mapped: Mapped) -> None:
    """Neither the file nor the vendor's name can be found in the database."""
    mapped.maps.use(mapped.vault, mapped.drop_in(SHEET), 0, MAP)
    with mapped.database.read() as conn:
        dump = "\n".join(
            repr(row)
            for table in ("inbox", "imports", "column_maps")
            for row in conn.exec_driver_sql(f"SELECT * FROM {table}")
        )
    assert "Muster" not in dump
    assert "Schreibtisch" not in dump


def test_a_forgotten_map_is_asked_for_again(mapped: Mapped) -> None:
    """What was read by it stays."""
    staged = mapped.drop_in(SHEET)
    mapped.maps.use(mapped.vault, staged, 0, MAP)
    mapped.imports.confirm(mapped.vault, staged)
    [kept] = mapped.maps.kept(mapped.vault)
    mapped.maps.forget(mapped.vault, kept.map_id)
    [file] = mapped.imports.preview(mapped.vault, mapped.drop_in(SHEET)).files
    assert file.unexplained
    assert len(mapped.records.page(mapped.vault, Kind.PURCHASE, Query()).lines) == 3
