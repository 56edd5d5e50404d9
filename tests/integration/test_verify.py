"""Verification: with and without the passphrase, across renewals and a new key of the server."""

import pytest

from tests.conftest import sqlite_only
from tests.story import PASSPHRASE, Story
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import InvalidInput, NotFound

pytestmark = sqlite_only


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with three purchases."""
    story = Story(services)
    for name in ("Kettle", "Lamp", "Ring"):
        story.add(name=name)
    return story


def test_the_chain_is_checked_without_the_passphrase(story: Story) -> None:
    """Its entries are counted, and nothing is opened."""
    result = story.verification.verify_chain(story.vault.vault_id)
    assert (result.holds, result.entries, result.records) == (True, 5, 0)


def test_records_are_counted_across_twins_and_epochs(story: Story) -> None:
    """Gifts, what was written before and after a renewal, and under an older passphrase."""
    story.mark(story.ids()["Ring"])
    vendor = story.connect(story.terms(Kind.PURCHASE))
    story.consents.withdraw(story.vault, vendor.grant_id)
    story.add(name="Cup")
    changed = story.rekeying.change_passphrase(story.vault, PASSPHRASE, PASSPHRASE + "!")
    story.session = changed.session.token
    story.add(name="Hat")
    result = story.verification.verify(story.vault)
    assert (result.records, result.problems) == (5, [])


def test_every_head_that_ever_was_is_in_the_chain(story: Story) -> None:
    """And one that never was is not."""
    head = story.activity.page(story.vault).head
    story.add(name="Cup")
    for given in (head, head.upper(), f" {head}\n", "", None, "00" * 32):
        assert story.verification.verify(story.vault, given).holds
    assert not story.verification.verify(story.vault, "11" * 32).holds


@pytest.mark.parametrize("head", ["zz", "11", "11" * 33])
def test_what_is_no_head_is_refused(story: Story, head: str) -> None:
    """Rather than said to be missing."""
    with pytest.raises(InvalidInput):
        story.verification.verify(story.vault, head)


def test_entries_of_a_retired_server_key_still_verify(story: Story) -> None:
    """Old public keys stay, each signed by its successor."""
    story.store.keys.rotate()
    story.add(name="Cup")
    assert story.verification.verify(story.vault).problems == []


def test_an_unknown_vault_is_not_there(story: Story) -> None:
    """Nothing is said of it."""
    with pytest.raises(NotFound):
        story.verification.verify_chain(b"0" * 16)
