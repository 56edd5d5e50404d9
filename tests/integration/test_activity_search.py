"""The activity by vendor, day and event: what is found, and how little is opened for it."""

import datetime as dt

import pytest

from tests.conftest import sqlite_only
from tests.story import DAY, PASSPHRASE, Story, Vendor
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.errors import NotFound
from vault.services.access.bearers import InvalidToken
from vault.services.activity import search as activity_search
from vault.services.activity.search import Wanted
from vault.storage import ledger

READS = Wanted(events=frozenset({LedgerEvent.DISCLOSURE}))


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with two purchases."""
    story = Story(services)
    for name in ("Kettle", "Ring"):
        story.add(name=name)
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that has read them once."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.items()
    return vendor


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the entries that are opened from now on."""
    numbers: list[int] = []
    open_entry = ledger.open_entry

    def noted(conn: object, ring: object, row: object) -> ledger.Entry:
        numbers.append(row.number)  # type: ignore[attr-defined]
        return open_entry(conn, ring, row)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "open_entry", noted)
    return numbers


def next_day(story: Story) -> None:
    """Let a day pass, and unlock again."""
    story.clock.ahead += DAY
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token


def day_of(story: Story) -> dt.date:
    """The vault's today."""
    return dt.datetime.fromtimestamp(story.clock(), dt.UTC).date()


def test_entries_are_found_by_vendor_consent_and_event(story: Story, vendor: Vendor) -> None:
    """And those of another vendor are not among them."""
    other = story.connect(story.terms(Kind.PURCHASE), "Other")
    other.items()
    story.consents.withdraw(story.vault, vendor.grant_id)
    with pytest.raises(InvalidToken):
        vendor.items()
    of_vendor = Wanted(client_id=vendor.client.client_id)
    found = story.activity.page(story.vault, wanted=of_vendor).entries
    assert [one.what for one in found] == [
        "refusal",
        "consent_withdrawn",
        "disclosure",
        "consent_given",
    ]
    assert story.activity.of_consent(story.vault, vendor.grant_id, 10) == found
    reads = story.activity.page(story.vault, wanted=READS).entries
    assert [one.vendor for one in reads] == ["Other", "Shop"]
    assert story.activity.reads(story.vault, 5) == reads


def test_a_day_is_found_without_opening_any_other(
    story: Story, vendor: Vendor, opened: list[int]
) -> None:
    """Its page names the nearest days on which something happened."""
    first = day_of(story)
    for _ in range(2):
        next_day(story)
    third = day_of(story)
    vendor.refresh()
    vendor.items()
    opened.clear()
    page = story.activity.page(story.vault, wanted=Wanted(day=first))
    assert {dt.datetime.fromtimestamp(one.at, dt.UTC).date() for one in page.entries} == {first}
    assert sorted(opened) == sorted(one.number for one in page.entries)
    assert page.later in (first + dt.timedelta(days=1), third)
    assert page.earlier is None
    empty = story.activity.page(story.vault, wanted=Wanted(day=first - dt.timedelta(days=9)))
    assert (empty.entries, empty.later) == ([], first)


@sqlite_only
def test_a_search_stops_and_says_where_it_goes_on(
    story: Story, vendor: Vendor, opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the ledger is, one page opens a bounded part of it."""
    monkeypatch.setattr(activity_search, "MOST_OPENED", 4)
    for number in range(9):
        story.add(name=f"Thing {number}")
    opened.clear()
    wanted = Wanted(client_id=vendor.client.client_id)
    page = story.activity.page(story.vault, limit=3, wanted=wanted)
    assert (page.entries, len(opened)) == ([], 5)
    assert page.stopped_at is not None
    found = []
    while page.next is not None:
        page = story.activity.page(story.vault, page.next, limit=3, wanted=wanted)
        found += [one.what for one in page.entries]
    assert found == ["disclosure", "consent_given"]
    assert page.stopped_at is None


@sqlite_only
def test_the_latest_reads_are_found_at_once_however_long_ago(
    story: Story, vendor: Vendor, opened: list[int]
) -> None:
    """The time of the last one stands in clear: what came after it is not opened."""
    story.clock.ahead += 60
    for number in range(9):
        story.add(name=f"Thing {number}")
    opened.clear()
    [read] = story.activity.reads(story.vault, 1)
    assert read.what == LedgerEvent.DISCLOSURE
    assert len(opened) <= 2
    opened.clear()
    assert story.activity.of_consent(story.vault, vendor.grant_id, 1) == [read]
    assert len(opened) <= 2


@sqlite_only
def test_nobody_having_read_opens_nothing(story: Story, opened: list[int]) -> None:
    """Home of a customer without any vendor costs no search."""
    opened.clear()
    assert story.activity.reads(story.vault, 5) == []
    assert opened == []


@sqlite_only
def test_an_entry_opens_to_the_very_records(story: Story, vendor: Vendor) -> None:
    """Those since marked as gifts say so, those since deleted are gone, all in their order."""
    assert vendor.pages
    ids = story.ids()
    story.mark(ids["Ring"])
    story.records.delete(story.vault, Kind.PURCHASE, [ids["Kettle"]])
    [read] = story.activity.page(story.vault, wanted=READS).entries
    entry = story.activity.entry(story.vault, read.number)
    assert entry.event == read
    assert [one.id for one in entry.records] == read.records
    by_id = {one.id: one for one in entry.records}
    ring, kettle = by_id[ids["Ring"]], by_id[ids["Kettle"]]
    assert (ring.kind, ring.gift) == (Kind.PURCHASE, True)
    assert ring.listing is not None
    assert ring.listing.title == "Ring"
    assert (kettle.kind, kettle.listing) == (None, None)
    first = story.activity.entry(story.vault, read.number, limit=1)
    assert (first.records, first.next) == (entry.records[:1], 1)
    rest = story.activity.entry(story.vault, read.number, after=1, limit=1)
    assert (rest.records, rest.next) == (entry.records[1:], None)
    with pytest.raises(NotFound):
        story.activity.entry(story.vault, 9_999)


@sqlite_only
def test_everything_is_taken_along_in_order_and_that_is_an_entry_too(
    story: Story, vendor: Vendor
) -> None:
    """Numbers without a gap, the last saying that it was done; its hash is the head."""
    assert vendor.pages
    entries = story.activity.everything(story.vault)
    story.add(name="Written while it is downloaded")
    told = list(entries)
    assert [one.number for one in told] == list(range(1, len(told) + 1))
    assert told[-1].what == LedgerEvent.ACTIVITY_EXPORTED
    [added, exported] = story.activity.page(story.vault, limit=2).entries
    assert (added.what, exported) == ("record_added", told[-1])
