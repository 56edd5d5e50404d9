"""Whose a key is, once licenses were one for a while, or its license is there no more."""

import csv
import io
import zipfile

import pytest

from tests.conftest import sqlite_only
from tests.story import Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.services.importing.same_sellers import SameSellers


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with a license of each of two sellers, under one number, each with its key."""
    story = Story(services)
    for name in ("one", "two"):
        seller = {"name": name}
        story.bring_from(
            name,
            line(Kind.LICENSE, "l", name="Soft", licenseNumber="N", seller=seller),
            line(Kind.LICENSE_KEY, "k", ("l",), key=f"key of {name}"),
        )
    return story


def keys_of(story: Story) -> dict[str, list[str]]:
    """The keys of each license by its seller."""
    licenses = story.everything()["licenses"]
    return {one["seller"]["name"]: sorted(one.get("keys", [])) for one in licenses}


APART = {"one": ["key of one"], "two": ["key of two"]}


@sqlite_only
def test_each_key_returns_to_its_license_where_sellers_part(story: Story) -> None:
    """Joined they have both keys; apart each has its own again."""
    sellers = SameSellers(story.store)
    sellers.join(story.vault, "name:one", "name:two")
    assert list(keys_of(story).values()) == [["key of one", "key of two"]]
    [answer] = sellers.answers(story.vault)
    sellers.separate(story.vault, answer.link_id)
    assert keys_of(story) == APART


@sqlite_only
def test_each_key_returns_to_its_license_where_an_import_is_undone(story: Story) -> None:
    """The import had made the two licenses one."""
    both = [
        line(Kind.LICENSE, "z", name="Soft", licenseNumber="N", seller={"name": name})
        for name in ("one", "two")
    ]
    last = story.bring_from("three", *both)
    assert len(keys_of(story)) == 1
    story.imports.undo(story.vault, last)
    assert keys_of(story) == APART


@sqlite_only
def test_a_key_that_came_without_its_license_spoils_no_export(story: Story) -> None:
    """It belongs to a license of another file: the others' keys are exported as before."""
    story.bring_from("four", line(Kind.LICENSE_KEY, "k", ("elsewhere",), key="key of none"))
    assert keys_of(story) == APART
    [stray] = story.everything()["license_keys"]
    assert (stray["key"], stray["source"]["connector"]) == ("key of none", "four")


@sqlite_only
def test_a_key_added_by_hand_is_exported_once_its_license_is_undone(story: Story) -> None:
    """With the name and the numbers of the license, as JSON and as a table; never lost."""
    last = story.bring_from(
        "five", line(Kind.LICENSE, "l", name="Hard", orderNumber="PO-7", seller={"name": "Shop"})
    )
    record_id = story.ids(Kind.LICENSE)["Hard"]
    stated = {"name": "Hard", "orderNumber": "PO-7", "seller": {"name": "Shop"}}
    added = {**stated, "keys": ["key by hand"]}
    story.records.edit(story.vault, Kind.LICENSE, record_id, added)
    assert story.everything()["license_keys"] == []
    assert story.records.stray_keys(story.vault) == 0
    story.imports.undo(story.vault, last)
    assert keys_of(story) == APART
    assert story.records.stray_keys(story.vault) == 1
    [stray] = story.everything()["license_keys"]
    assert stray == {"id": stray["id"], "key": "key by hand", **stated}
    out = io.BytesIO()
    story.exports.write(story.vault, "csv", out)
    with zipfile.ZipFile(out) as archive:
        table = io.StringIO(archive.read("license_keys.csv").decode("utf-8-sig"))
    [row] = csv.DictReader(table)
    assert (row["key"], row["name"], row["orderNumber"]) == ("key by hand", "Hard", "PO-7")
