"""What sources disagree about, once the customer has chosen."""

from typing import Any

import pytest

from tests.conftest import sqlite_only
from tests.integration.test_sources import bring
from tests.story import AMAZON, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Conflict, NotFound

pytestmark = sqlite_only

TIED: dict[str, Any] = {"orderNumber": "S-7", "seller": AMAZON}


def lamp(price: str, quantity: str = "1") -> bytes:
    """A purchase as a source states it."""
    return line(
        Kind.PURCHASE, "i", (), name="Lamp", sku="L1", price=price, quantity=quantity, **TIED
    )


@pytest.fixture
def story(services: Services) -> Story:
    """A customer whose sources disagree about a lamp's price and quantity."""
    story = Story(services)
    bring(story, [("a", [lamp("10.00")]), ("b", [lamp("11.00", "2")])])
    return story


def test_the_choice_stands_and_nothing_else_changes(story: Story) -> None:
    """The other conflict is still open; what is brought in later opens this one no more."""
    [before] = story.everything()["purchases"]
    assert [one["field"] for one in before["conflicts"]] == ["price", "quantity"]
    story.records.choose(story.vault, Kind.PURCHASE, before["id"], "price", "11.00")
    [after] = story.everything()["purchases"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"price", "conflicts"}
    assert [one["field"] for one in after["conflicts"]] == ["quantity"]
    bring(story, [("c", [lamp("12.00")]), ("a", [lamp("13.00")])])
    [later] = story.everything()["purchases"]
    assert later["price"] == "11.00"
    assert [one["field"] for one in later["conflicts"]] == ["quantity"]


def test_the_value_that_stands_can_be_chosen(story: Story) -> None:
    """It stays as it is, and the question is gone."""
    [before] = story.everything()["purchases"]
    story.records.choose(story.vault, Kind.PURCHASE, before["id"], "price", before["price"])
    [after] = story.everything()["purchases"]
    assert after["price"] == before["price"]
    assert [one["field"] for one in after["conflicts"]] == ["quantity"]


def test_only_what_a_source_states_can_be_chosen(story: Story) -> None:
    """Neither another value, nor a field without a conflict, nor of a record that is none."""
    record_id = story.ids()["Lamp"]
    for field, value in (("price", "12.00"), ("name", "Lamp"), ("edits", "x")):
        with pytest.raises(Conflict):
            story.records.choose(story.vault, Kind.PURCHASE, record_id, field, value)
    with pytest.raises(NotFound):
        story.records.choose(story.vault, Kind.ORDER, record_id, "price", "11.00")


def test_a_gift_stays_one_and_a_vendor_gets_the_new_version(story: Story) -> None:
    """Where it stands is untouched; who may see gifts reads the value chosen."""
    record_id = story.ids()["Lamp"]
    story.mark(record_id)
    blind = story.connect(story.terms(Kind.PURCHASE))
    trusted = story.connect(story.terms(Kind.PURCHASE, gifts=True), name="Friend")
    trusted.catch_up()
    story.records.choose(story.vault, Kind.PURCHASE, record_id, "price", "11.00")
    assert blind.items() == []
    assert [one["price"] for one in trusted.catch_up().values()] == ["11.00"]


def test_undone_the_choice_stands_without_its_source(story: Story) -> None:
    """What was chosen is the customer's own word."""
    record_id = story.ids()["Lamp"]
    story.records.choose(story.vault, Kind.PURCHASE, record_id, "price", "11.00")
    newest = story.imports.history(story.vault)[0].import_id
    story.imports.undo(story.vault, newest)
    [left] = story.everything()["purchases"]
    assert left["price"] == "11.00"


def test_the_keys_of_a_license_outlive_another_source(story: Story) -> None:
    """Keys that were added by hand stay with a license that several sources come to know."""
    said: dict[str, Any] = {"name": "Editor", "licenseNumber": "L-1", "seller": AMAZON}
    story.bring_from("a", line(Kind.LICENSE, "l", (), **said))
    record_id = story.ids(Kind.LICENSE)["Editor"]
    story.records.edit(
        story.vault, Kind.LICENSE, record_id, {**said, "metric": "seat", "keys": ["K-1"]}
    )
    vendor = story.connect(story.terms(Kind.LICENSE, Kind.LICENSE_KEY))
    assert [one["keys"] for one in vendor.items(Kind.LICENSE)] == [["K-1"]]
    story.bring_from("b", line(Kind.LICENSE, "m", (), quantityOwned="5", **said))
    [license_] = story.everything()["licenses"]
    assert (license_["quantityOwned"], license_["hasKey"]) == ("5", True)
    assert [one["keys"] for one in vendor.items(Kind.LICENSE)] == [["K-1"]]
    assert story.records.license_keys(story.vault, license_["id"]) == ["K-1"]


def test_keys_that_were_imported_are_a_licenses_own(story: Story) -> None:
    """They are shown with it, to whoever may see keys too, and erased with it."""
    story.bring(
        line(Kind.LICENSE, "l", (), name="Editor", licenseNumber="L-1", hasKey=True),
        line(Kind.LICENSE_KEY, "k", ("l",), key="K-1"),
    )
    record_id = story.ids(Kind.LICENSE)["Editor"]
    assert story.records.license_keys(story.vault, record_id) == ["K-1"]
    trusted = story.connect(story.terms(Kind.LICENSE, Kind.LICENSE_KEY))
    blind = story.connect(story.terms(Kind.LICENSE), name="Other")
    assert [one["keys"] for one in trusted.items(Kind.LICENSE)] == [["K-1"]]
    assert "keys" not in blind.items(Kind.LICENSE)[0]
    story.records.delete(story.vault, Kind.LICENSE, [record_id])
    with story.database.read() as conn:
        left = conn.exec_driver_sql("SELECT count(*) FROM records WHERE compartment IN (5, 15)")
        assert left.scalar() == 0
