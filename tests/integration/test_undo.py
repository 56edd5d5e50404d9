"""One undo for a whole import: the vault is as it was before."""

from typing import Any

import pytest

from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Conflict
from vault.services.importing.filing import Outcome

ROPE = line(Kind.PURCHASE, "a/2", ("o",), name="Rope", orderNumber="7", seller=AMAZON)
RING = line(Kind.PURCHASE, "a/1", ("o",), name="Ring", orderNumber="7", seller=AMAZON, isGift=True)
ORDER = line(Kind.ORDER, "o", orderNumber="7", seller=AMAZON, totalPrice="12.00")


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def undo(story: Story, *lines: bytes) -> Outcome:
    """Bring lines in and take them back."""
    staged = story.stage(*lines)
    story.imports.confirm(story.vault, staged)
    return story.imports.undo(story.vault, staged)


def placed(story: Story) -> tuple[dict[str, Any], set[bytes]]:
    """The export less the ledger's head, and what stands in gift twins."""
    return story.everything(), story.hidden()


def test_an_undone_import_leaves_the_vault_as_it_was(story: Story) -> None:
    """Added records are erased, changed ones are as before, hidden ones are back."""
    story.bring(ORDER, ROPE, line(Kind.PURCHASE, "b", name="Lamp"))
    story.add(Kind.PREFERENCE, subject="Tea", topic="likes")
    before = placed(story)
    changed = line(Kind.PURCHASE, "b", name="Big lamp")
    assert undo(story, ORDER, RING, changed, line(Kind.PURCHASE, "c", name="Cup")) == Outcome(
        added=2, changed=1
    )
    assert placed(story) == before
    assert story.verification.verify(story.vault).problems == []


def test_undoing_a_first_import_leaves_nothing(story: Story) -> None:
    """And it can be undone once."""
    staged = story.stage(RING, ROPE, ORDER)
    story.imports.confirm(story.vault, staged)
    story.imports.undo(story.vault, staged)
    assert all(not found for found in story.everything().values())
    with pytest.raises(Conflict):
        story.imports.undo(story.vault, staged)
    with story.database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM records").scalar() == 0
        assert conn.exec_driver_sql("SELECT count(*) FROM segments").scalar() == 0


def test_a_vendor_sees_an_import_go(story: Story) -> None:
    """What it had read is deleted for it, what was changed is changed back."""
    story.bring(line(Kind.PURCHASE, "b", name="Lamp"))
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.catch_up()
    before = dict(vendor.mirror[Kind.PURCHASE])
    staged = story.stage(ROPE, line(Kind.PURCHASE, "b", name="Big lamp"))
    story.imports.confirm(story.vault, staged)
    assert len(vendor.catch_up()) == 2
    story.imports.undo(story.vault, staged)
    assert vendor.catch_up() == before


@sqlite_only
def test_what_was_edited_since_keeps_the_edit(story: Story) -> None:
    """The customer's own correction is not taken back with the import."""
    story.bring(line(Kind.PURCHASE, "b", name="Lamp"))
    staged = story.stage(line(Kind.PURCHASE, "b", name="Lamp", brand="Acme"))
    story.imports.confirm(story.vault, staged)
    [record_id] = story.ids().values()
    story.records.edit(story.vault, Kind.PURCHASE, record_id, {"name": "Desk lamp"})
    story.imports.undo(story.vault, staged)
    assert set(story.ids()) == {"Desk lamp"}


@sqlite_only
def test_what_another_gift_hides_stays_hidden(story: Story) -> None:
    """A gift of another import names the same order."""
    story.bring(ORDER, RING)
    before = placed(story)
    other = line(Kind.PURCHASE, "a/9", name="Hat", orderNumber="7", seller=AMAZON, isGift=True)
    undo(story, other)
    assert placed(story) == before


@sqlite_only
def test_an_order_that_is_restored_and_comes_back_is_one_record(story: Story) -> None:
    """The import changed it and named a gift in it, while another gift held it in the twin."""
    hat = line(Kind.PURCHASE, "h", name="Hat", orderNumber="7", seller=AMAZON)
    story.bring(ORDER, hat)
    before = story.everything()
    hat_id = story.ids()["Hat"]
    story.mark(hat_id)
    staged = story.stage(RING, ORDER.replace(b"12.00", b"13.00"))
    story.imports.confirm(story.vault, staged)
    story.unmark(hat_id)
    assert len(story.hidden()) == 2
    story.imports.undo(story.vault, staged)
    assert story.hidden() == set()
    assert story.everything() == before
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_bringing_an_undone_file_in_again_stores_it_again(story: Story) -> None:
    """Undone is not forbidden."""
    undo(story, ROPE, ORDER)
    assert story.bring(ROPE, ORDER) == Outcome(added=2)
