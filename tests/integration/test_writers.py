"""One writer for each vault: its lease, its fence, and rows that nobody sees before the flip."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tests.conftest import sqlite_only
from tests.story import Story
from vault.composition import Services
from vault.domain.compartments import Compartment, Kind
from vault.domain.events import LedgerEvent
from vault.errors import Busy
from vault.services import edits
from vault.services import writing as long_writes
from vault.services.changes import Change
from vault.services.snapshots import snapshot
from vault.services.writing import writing
from vault.storage import segments
from vault.storage.vaults import LEASE_SECONDS

ADDED = LedgerEvent.RECORD_ADDED


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def some(count: int, name: str = "Thing") -> list[Change]:
    """New purchases."""
    return [Change(Kind.PURCHASE, os.urandom(16), {"name": f"{name} {n}"}) for n in range(count)]


def scalar(story: Story, query: str) -> int:
    """One number."""
    with story.database.read() as conn:
        return int(conn.execute(text(query)).scalar_one())


def test_many_at_once_lose_nothing(story: Story) -> None:
    """Each write happens once, in an order of its own; who is sent away may come again."""

    def add(number: int) -> None:
        while True:
            try:
                story.add(name=f"Thing {number}")
            except Busy:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    assert len(story.ids()) == 12
    assert scalar(story, "SELECT change FROM vaults") == 12
    assert story.verification.verify(story.vault).problems == []


def test_a_writer_that_lost_its_lease_writes_nothing(story: Story) -> None:
    """It was silent too long, another came first: its fence has passed, whenever it wakes up."""
    vendor = story.connect(story.terms(Kind.PURCHASE))

    def slow() -> Iterator[Change]:
        yield from some(1_000, "Late")
        story.clock.ahead += LEASE_SECONDS + 1
        story.add(name="First")
        yield from some(500, "Late")

    with pytest.raises(Busy), writing(story.store, story.vault) as (writer, _):
        writer.apply(slow(), ADDED, dict)
    assert set(story.ids()) == {"First"}
    assert vendor.names() == {"First"}
    assert scalar(story, "SELECT count(*) FROM records") == 1
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_a_writer_plans_on_nothing_that_another_has_written(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it lets its snapshot go and another comes first, it asks for no further change."""
    monkeypatch.setattr(long_writes, "_CHANGES_LOGGED", 1_000)
    renew = story.database.renew

    def late(conn: Connection) -> None:
        story.clock.ahead += LEASE_SECONDS + 1
        story.add(name="First")
        renew(conn)

    def slow() -> Iterator[Change]:
        yield from some(1_000, "Late")
        pytest.fail("planned on another's vault")

    monkeypatch.setattr(story.database, "renew", late)
    with pytest.raises(Busy), writing(story.store, story.vault) as (writer, _):
        writer.apply(slow(), ADDED, dict)
    assert set(story.ids()) == {"First"}


@sqlite_only
def test_the_log_of_a_long_write_is_emptied_on_the_way(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own snapshot does not keep all that it writes in the log until it ends."""
    monkeypatch.setattr(long_writes, "_CHANGES_LOGGED", 2_000)
    log = tmp_path / "vault.db-wal"
    sizes = []

    def watched() -> Iterator[Change]:
        for _ in range(6):
            yield from some(1_000)
            sizes.append(log.stat().st_size)

    with writing(story.store, story.vault) as (writer, _):
        writer.apply(watched(), ADDED, dict)
    assert max(sizes[1::2]) < 10_000 < min(sizes[::2])
    assert scalar(story, "SELECT change FROM vaults") == 6_000
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_a_long_write_comes_in_any_order_of_dates(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was put aside in runs is one index in the end, in order, and no run is left."""
    monkeypatch.setattr(edits, "_LINES_HELD", 1_000)
    days = [f"2{n * 7 % 1000:03}-01-01" for n in range(4_500)]
    coming = [
        Change(Kind.PURCHASE, os.urandom(16), {"name": day, "orderDate": day}) for day in days
    ]
    with writing(story.store, story.vault) as (writer, _):
        writer.apply(coming, ADDED, dict)
    with story.database.read() as conn:
        now = snapshot(conn, story.vault.ring)
        heads = segments.heads(conn, now.ring, Compartment.PURCHASES, now.horizon)
        lines = [line for head in heads for line in segments.read_all(conn, now.ring, head)]
    assert [line.listing.date for line in lines] == sorted(days)
    assert scalar(story, "SELECT count(*) FROM segments") == len(heads) == 4
    assert story.verification.verify(story.vault).problems == []


def test_nobody_sees_what_is_staged(story: Story) -> None:
    """Neither the owner's lists and export, nor a vendor, before all of it is there."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    story.add(name="Before")

    def watched() -> Iterator[Change]:
        yield from some(2_000)
        assert scalar(story, "SELECT count(*) FROM records") > 1_000
        assert set(story.ids()) == {"Before"}
        assert vendor.names() == {"Before"}
        yield from some(1, "Last")

    with writing(story.store, story.vault) as (writer, _):
        writer.apply(watched(), ADDED, dict)
    assert len(story.ids()) == 2_002
    assert len(vendor.items()) == 1_000
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_a_write_that_fails_leaves_no_trace_and_no_lease(story: Story) -> None:
    """What it had staged is dropped by the next writer, which need not wait."""

    def failing() -> Iterator[Change]:
        yield from some(1_500)
        raise RuntimeError("something broke")

    with (
        pytest.raises(RuntimeError, match="broke"),
        writing(story.store, story.vault) as (writer, _),
    ):
        writer.apply(failing(), ADDED, dict)
    assert story.ids() == {}
    story.add(name="Next")
    assert set(story.ids()) == {"Next"}
    assert scalar(story, "SELECT count(*) FROM records") == 1
    assert scalar(story, "SELECT count(*) FROM batches") == 1


@sqlite_only
def test_two_vaults_do_not_wait_for_each_other(services: Services, story: Story) -> None:
    """A lease is a vault's own."""
    other = Story(services, "bert")
    with writing(story.store, story.vault) as (writer, _):
        other.add(name="Mine")
        writer.apply(some(1), ADDED, dict)
    assert len(story.ids()) == len(other.ids()) == 1
