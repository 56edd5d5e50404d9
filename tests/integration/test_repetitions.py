"""What an import repeated of another one stays when that is undone."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import sqlite_only
from tests.integration.test_sources import (
    ALL,
    EXPORT,
    Sources,
    bring,
    documents,
    fresh,
    vault_of,
)
from tests.story import AMAZON, Story, document, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.services.importing.filing import Outcome
from vault.storage import imports
from vault.storage.imports import ImportState

ORDER = line(Kind.ORDER, "o", orderNumber="7", seller=AMAZON, totalPrice="12.00")
ROPE = line(Kind.PURCHASE, "a/2", ("o",), name="Rope", orderNumber="7", seller=AMAZON)
RING = line(Kind.PURCHASE, "a/1", ("o",), name="Ring", orderNumber="7", seller=AMAZON, isGift=True)
LAMP = line(Kind.PURCHASE, "b", name="Lamp")
MARCH = ("shop", [ORDER, ROPE])
JUNE = ("shop", [ORDER, ROPE, LAMP])


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def undo(story: Story, *import_ids: str) -> list[Outcome]:
    """Undo some imports, one after another."""
    return [story.imports.undo(story.vault, one) for one in import_ids]


def kept(story: Story) -> dict[bytes, bytes]:
    """What each import has kept of its repetitions, opened."""
    with story.database.read() as conn:
        rows = imports.repeating(conn, story.vault.vault_id, 0)
        return {row.import_id: imports.open_repeated(conn, story.vault.ring, row) for row in rows}


def rows_of(story: Story) -> list[int]:
    """How many rows there ever were, and the vault's counter."""
    with story.database.read() as conn:
        queries = ("SELECT count(*) FROM records", "SELECT change FROM vaults")
        return [conn.exec_driver_sql(one).scalar_one() for one in queries]


def test_the_later_export_keeps_what_it_repeats_of_the_first(services: Services) -> None:
    """The export of March, that of June which has it all again, and March undone: June is left.

    What March had brought is June's from now on: its import, its file and its moment.
    """
    story, other = fresh(services), fresh(services)
    march, june = bring(story, [MARCH, JUNE])
    before = {one["id"] for found in story.everything().values() for one in found}
    assert undo(story, march) == [Outcome(unchanged=2)]
    bring(other, [JUNE])
    assert vault_of(story) == vault_of(other)
    records = [one for found in story.everything().values() for one in found]
    assert {one["id"] for one in records} == before
    assert {one["source"]["batch"] for one in records} == {june}
    digest = hashlib.sha256(document(*JUNE[1])).hexdigest()
    assert {one["source"]["fileDigest"] for one in records} == {digest}
    assert len({one["source"]["importedAt"] for one in records}) == 1
    assert story.verification.verify(story.vault).problems == []
    assert undo(story, june) == [Outcome(added=3)]
    assert not any(story.everything().values())


@sqlite_only
def test_what_is_undone_twice_passes_twice(story: Story) -> None:
    """The earliest that is left has it; an import that is undone itself gets nothing."""
    imported = []
    for _ in range(4):
        imported += bring(story, [MARCH])
        story.clock.ahead += 1
    first, second, third, fourth = imported
    for undone, heir in ((first, second), (third, second), (second, fourth)):
        undo(story, undone)
        assert {one["source"]["batch"] for one in story.everything()["purchases"]} == {heir}
    undo(story, fourth)
    assert not any(story.everything().values())


@sqlite_only
def test_undoing_what_only_repeated_changes_nothing(story: Story) -> None:
    """And of what it repeated nothing is kept."""
    first, second = bring(story, [MARCH, MARCH])
    before = story.everything()
    assert undo(story, second) == [Outcome()]
    assert story.everything() == before
    assert kept(story) == {}
    assert undo(story, first) == [Outcome(added=2)]


@sqlite_only
def test_the_same_file_again_makes_no_version_and_tells_vendors_nothing(story: Story) -> None:
    """Neither of what one source alone states, nor of what several do."""
    bring(story, [*ALL, MARCH])
    kinds = (Kind.PURCHASE, Kind.ORDER, Kind.INVOICE)
    vendor = story.connect(story.terms(*kinds))
    assert all(vendor.catch_up(kind) for kind in kinds)
    before = rows_of(story)
    bring(story, [*ALL, MARCH])
    assert rows_of(story) == before
    assert not any(vendor.follow(kind).items for kind in kinds)


@sqlite_only
@pytest.mark.parametrize("undone", range(len(ALL)))
def test_one_of_several_sources_is_undone_and_was_repeated(services: Services, undone: int) -> None:
    """Every source still says what it said."""
    story = fresh(services)
    imported = bring(story, [*ALL, *ALL])
    before = vault_of(story)
    undo(story, imported[undone])
    assert vault_of(story) == before
    undo(story, *imported[len(ALL) :], *imported[:undone], *imported[undone + 1 : len(ALL)])
    assert not any(story.everything().values())


@sqlite_only
def test_what_came_from_one_source_is_repeated_beside_another(services: Services) -> None:
    """The one stands alone when it comes, and beside others when it comes again."""
    story, other = fresh(services), fresh(services)
    first, *_ = bring(story, [EXPORT, *ALL[1:], EXPORT])
    undo(story, first)
    bring(other, ALL)
    assert vault_of(story) == vault_of(other)


def test_a_gift_that_was_repeated_stays_hidden(story: Story) -> None:
    """With all that names it, also while it passes from one import to the other."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER))
    first, second = bring(story, [("shop", [ORDER, RING, ROPE]), ("shop", [RING, ORDER, LAMP])])
    hidden = story.hidden()
    assert len(hidden) == 2
    undo(story, first)
    assert story.hidden() == hidden
    assert vendor.names() == {"Lamp"}
    assert vendor.items(Kind.ORDER) == []
    undo(story, second)
    assert story.hidden() == set()


@sqlite_only
def test_a_mark_and_a_correction_by_hand_stay(story: Story) -> None:
    """They are the customer's, not the import's."""
    first, _ = bring(story, [JUNE, JUNE])
    ids = story.ids()
    story.mark(ids["Rope"])
    story.records.edit(story.vault, Kind.PURCHASE, ids["Lamp"], {"name": "Desk lamp"})
    hidden = story.hidden()
    undo(story, first)
    assert set(story.ids()) == {"Rope", "Desk lamp"}
    assert story.hidden() == hidden


@sqlite_only
def test_what_a_file_says_twice_no_other_import_has_said(story: Story) -> None:
    """Lines that are alike, and files that are, in one import: it is undone whole."""
    contents = [document(ROPE, ROPE, ORDER), document(ROPE, ORDER)]
    staged = story.imports.stage(story.vault, [("a.lines", one) for one in contents])
    story.imports.confirm(story.vault, staged.import_id)
    assert kept(story) == {}
    undo(story, staged.import_id)
    assert not any(story.everything().values())


@sqlite_only
def test_of_several_files_the_first_that_repeats_it_has_it(story: Story) -> None:
    """As if the undone import had never been."""
    first = story.bring_from("a", ROPE, LAMP)
    contents = [document(LAMP), document(ROPE, LAMP), document(ROPE, LAMP, ORDER)]
    files = [("a.lines", content) for content in contents]
    story.imports.confirm(story.vault, story.imports.stage(story.vault, files).import_id)
    undo(story, first)
    found = {one["name"]: one["source"]["fileDigest"] for one in story.everything()["purchases"]}
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    assert found == {"Lamp": digests[0], "Rope": digests[1]}


@sqlite_only
def test_what_was_deleted_by_hand_does_not_come_back(story: Story) -> None:
    """Only what came after it, and was repeated after it, stands."""
    bring(story, [MARCH, MARCH])
    for kind, records in ((Kind.PURCHASE, "purchases"), (Kind.ORDER, "orders")):
        ids = [one["id"] for one in story.everything()[records]]
        story.records.delete(story.vault, kind, ids)
    again, repeated = bring(story, [MARCH, MARCH])
    undo(story, repeated, again)
    assert not any(story.everything().values())


@sqlite_only
def test_a_filing_that_breaks_off_is_noted_once_it_is_done(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it repeated is kept with the records, or not at all."""
    [first] = bring(story, [MARCH])
    staged = story.stage_from(JUNE[0], *JUNE[1])
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(imports, "replace_summary", _interrupted)
        story.imports.confirm(story.vault, staged)
    assert kept(story) == {}
    assert story.imports.finish(story.vault) == 1
    assert list(kept(story)) == [bytes.fromhex(staged)]
    undo(story, first)
    assert set(story.ids()) == {"Rope", "Lamp"}


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@sqlite_only
def test_the_history_is_read_without_what_was_repeated(story: Story) -> None:
    """It may be many megabytes: rows come without it, and a repetition takes 12 bytes."""
    bring(story, [JUNE, JUNE])
    with story.database.read() as conn:
        rows = imports.rows(conn, story.vault.vault_id, ImportState.FILED)
    assert all("repeated" not in row._fields for row in rows)
    [packed] = kept(story).values()
    header, _, marks = packed.partition(b"\n")
    assert len(marks) == len(JUNE[1]) * 12
    assert b"Lamp" not in header


@sqlite_only
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=st.lists(documents(), min_size=1, max_size=4), data=st.data())
def test_any_imports_undone(services: Services, files: Sources, data: st.DataObject) -> None:
    """Random files, some of them again, and some undone: what is left is what the others give."""
    story, other = fresh(services), fresh(services)
    left: list[tuple[str, tuple[str, list[bytes]]]] = []
    for _ in range(data.draw(st.integers(2, 7))):
        if left and data.draw(st.integers(0, 2)) == 0:
            import_id, _ = left.pop(data.draw(st.integers(0, len(left) - 1)))
            undo(story, import_id)
        else:
            file = data.draw(st.sampled_from(files))
            left.append((bring(story, [file])[0], file))
    bring(other, [file for _, file in left])
    assert vault_of(story) == vault_of(other)
    undo(story, *(import_id for import_id, _ in left))
    assert not any(story.everything().values())
