"""Reads by day: counted where a read is written down, and shown to the customer."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.conftest import sqlite_only
from tests.story import DAY, PASSPHRASE, Story, Vendor
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import NotFound
from vault.services.consents.consents import GivenConsent


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with three purchases."""
    story = Story(services)
    for name in ("Kettle", "Lamp", "Ring"):
        story.add(name=name)
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that may read them."""
    return story.connect(story.terms(Kind.PURCHASE))


def standing(vendor: Vendor) -> GivenConsent:
    """The vendor's consent as its customer sees it."""
    return vendor.story.consents.one(vendor.story.vault, vendor.grant_id)


def test_a_read_counts_on_its_day_with_its_records(story: Story, vendor: Vendor) -> None:
    """Page by page, one record alone, and again on the next day."""
    page = vendor.page(limit=2)
    vendor.page(cursor=page.next_cursor)
    story.disclosure.one(vendor.token, Kind.PURCHASE, page.items[0]["id"], None)
    assert (standing(vendor).reads, standing(vendor).records) == (3, 4)
    story.clock.ahead += DAY
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    vendor.refresh()
    vendor.items()
    shown = standing(vendor).by_day(story.clock())
    assert [(one.reads, one.records) for one in shown[-3:]] == [(0, 0), (3, 4), (1, 3)]
    assert standing(vendor).records == 7


@sqlite_only
def test_counting_by_day_costs_a_read_no_statement(story: Story, vendor: Vendor) -> None:
    """One statement writes the grant's row: the time, the reads, how far, and the day."""
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(story.database.engine, "before_cursor_execute", note)
    vendor.items()
    event.remove(story.database.engine, "before_cursor_execute", note)
    assert len([one for one in said if one.startswith("UPDATE grants")]) == 1
    assert "days=?" in next(one for one in said if one.startswith("UPDATE grants"))


@sqlite_only
def test_what_waits_to_be_taken_up_is_told_beside_what_is_in_force(
    story: Story, vendor: Vendor
) -> None:
    """And no longer once the vendor has taken it up, or the code for it has run out."""
    assert standing(vendor).changed_at is None
    vendor.allow(story.terms(Kind.ORDER))
    waiting = standing(vendor).waiting
    assert waiting is not None
    assert set(waiting.rules) == {Kind.ORDER}
    assert set(standing(vendor).terms.rules) == {Kind.PURCHASE}
    assert standing(vendor).changed_at == pytest.approx(story.clock(), abs=5)
    story.clock.ahead += 600
    assert standing(vendor).waiting is None
    vendor.allow(story.terms(Kind.ORDER))
    vendor.redeem()
    assert standing(vendor).waiting is None
    assert set(standing(vendor).terms.rules) == {Kind.ORDER}


@sqlite_only
def test_a_consent_of_another_vault_is_not_found(
    services: Services, story: Story, vendor: Vendor
) -> None:
    """Whoever knows its id learns nothing by it."""
    other = Story(services, "boris")
    with pytest.raises(NotFound):
        other.consents.one(other.vault, vendor.grant_id)
    with pytest.raises(NotFound):
        story.consents.one(story.vault, "no id")
