"""What is changed where one authorization waits beside another: what its vendor can still use."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.story import PASSPHRASE, Story, Vendor
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.terms import Terms
from vault.errors import Conflict
from vault.services.amending import Amending
from vault.services.decisions import CODE_SECONDS
from vault.services.presented import InvalidGrant
from vault.storage.schema import holders

NAME = frozenset({"name"})


@pytest.fixture
def story(services: Services) -> Iterator[Story]:
    """A customer with a purchase and an order; whatever happens, the vault verifies."""
    story = Story(services)
    story.add(name="Kettle")
    story.add(Kind.ORDER, orderNumber="O-1")
    yield story
    story.session = story.customers.unlock(story.name, PASSPHRASE).token
    assert story.activity.verify(story.vault).problems == []


def amend(vendor: Vendor, terms: Terms) -> None:
    """Change the vendor's consent."""
    Amending(vendor.story.store).amend(vendor.story.vault, vendor.grant_id, terms)


def test_no_key_is_given_to_an_authorization_that_has_ended(story: Story) -> None:
    """Allowed twice and then changed: who holds the second code gets the change."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    amend(vendor, story.terms(Kind.PURCHASE, fields=NAME))
    with story.database.read() as conn:
        ended = holders.c.ended_at.is_not(None), holders.c.package.is_not(None)
        assert conn.execute(select(holders.c.holder_id).where(*ended)).all() == []
    vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_what_its_vendor_let_lapse_is_not_changed(story: Story) -> None:
    """Allowed twice and never taken up: it has ended, though nobody has swept it yet."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    story.clock.ahead += CODE_SECONDS + 1
    with pytest.raises(Conflict):
        amend(vendor, story.terms(Kind.PURCHASE, fields=NAME))


def test_saved_as_it_is_what_waits_has_ended(story: Story) -> None:
    """The page has said: it sees what was chosen, and nothing else."""
    vendor = story.connect(story.terms(Kind.PURCHASE, fields=NAME))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    standing = Amending(story.store).find(story.vault, vendor.grant_id).terms
    amend(vendor, standing)
    with pytest.raises(InvalidGrant):
        vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_what_was_for_once_and_read_is_not_what_is_changed(story: Story) -> None:
    """The one that waits is, since nothing else leads anywhere."""
    vendor = story.connect(story.terms(Kind.PURCHASE, once=True))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    vendor.catch_up()
    shown = Amending(story.store).find(story.vault, vendor.grant_id)
    assert shown.terms.rules.keys() == {Kind.PURCHASE, Kind.ORDER}
    amend(vendor, story.terms(Kind.PURCHASE, fields=NAME))
    vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]
