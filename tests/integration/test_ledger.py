"""The ledger: every read, refusal, decision, filing, sign-in and key change, in one chain."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import sqlite_only
from tests.story import PASSPHRASE, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Busy
from vault.services.access.bearers import InvalidToken
from vault.services.records.lists import Query


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def told(story: Story) -> list[str]:
    """What the ledger's entries are called, oldest first."""
    entries = story.activity.page(story.vault, limit=1_000).entries
    return [str(entry.what) for entry in reversed(entries)]


@sqlite_only
def test_everything_that_happens_is_an_entry(story: Story) -> None:
    """In its order, with numbers that leave none out."""
    staged = story.stage(line(Kind.PURCHASE, "1", name="Ring"))
    story.imports.confirm(story.vault, staged)
    ring = story.records.page(story.vault, Kind.PURCHASE, Query()).lines[0].id
    story.mark(ring)
    story.unmark(ring)
    app = story.add(Kind.LICENSE, name="App", keys=["AAAA-1"])
    story.records.license_keys(story.vault, app)
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.page()
    story.consents.withdraw(story.vault, vendor.grant_id)
    with pytest.raises(InvalidToken):
        vendor.page()
    story.records.delete(story.vault, Kind.LICENSE, [app])
    story.imports.undo(story.vault, staged)
    story.session = story.rekeying.change_passphrase(
        story.vault, PASSPHRASE, "another sample passphrase"
    ).session.token
    assert told(story) == [
        "vault_created",
        "unlocked",
        "import_filed",
        "gifts_marked",
        "gifts_unmarked",
        "record_added",
        "license_keys_shown",
        "consent_given",
        "disclosure",
        "consent_withdrawn",
        "refusal",
        "keys_renewed",
        "records_deleted",
        "import_undone",
        "passphrase_changed",
        "keys_renewed",
    ]
    numbers = [entry.number for entry in story.activity.page(story.vault).entries]
    assert numbers == list(range(len(numbers), 0, -1))


def test_readers_at_once_make_one_chain(story: Story) -> None:
    """Entries of parallel reads follow one another; each answer's head is in the chain."""
    story.add(name="Kettle")
    vendors = [story.connect(story.terms(Kind.PURCHASE), f"V{n}") for n in range(4)]

    def read(number: int) -> str:
        while True:
            try:
                return vendors[number % 4].page().ledger_head
            except Busy:
                continue

    with ThreadPoolExecutor(4) as pool:
        heads = list(pool.map(read, range(16)))
    assert len(set(heads)) == 16
    assert len(story.events("disclosure")) == 16
    for head in heads[::5]:
        assert story.verification.verify(story.vault, head).problems == []


@sqlite_only
def test_refusals_are_counted_by_the_hour(story: Story) -> None:
    """The first of each hour is an entry, so that a dead token cannot flood the ledger."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    story.consents.withdraw(story.vault, vendor.grant_id)
    for hour in range(2):
        story.clock.ahead = hour * 3_600
        for _ in range(4):
            with pytest.raises(InvalidToken):
                vendor.page()
    story.clock.ahead = 0
    assert [event.repeated for event in story.events("refusal")] == [3, 3]


@sqlite_only
def test_pages_of_the_activity_leave_nothing_out(story: Story) -> None:
    """From the newest to the first, whatever the size of a page."""
    for number in range(7):
        story.add(name=f"Thing {number}")
    seen: list[int] = []
    before: int | None = None
    while True:
        page = story.activity.page(story.vault, before, limit=4)
        seen += [entry.number for entry in page.entries]
        before = page.next
        if before is None:
            break
    assert seen == list(range(9, 0, -1))
