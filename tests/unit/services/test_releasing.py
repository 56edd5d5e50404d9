"""What a page makes of open rows and tombstones, with neither database nor keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import Compartment, Kind
from vault.services.access.releasing import Changes, Release, Released, changes
from vault.storage.records import StoredRecord
from vault.storage.tombstones import Tombstone

X, Y = b"x" * 16, b"y" * 16


@dataclass
class FakeRelease:
    """Open rows by the change that opened them."""

    rows: dict[int, bytes]
    horizon: int = 100

    def visible(self, _kind: Kind, after: int, _wanted: int) -> Iterator[Released]:
        """Those above a change."""
        for change, record_id in sorted(self.rows.items()):
            if after < change <= self.horizon:
                record = StoredRecord(Compartment.PURCHASES, change, record_id, 1, {})
                yield Released(record, {"id": record_id.hex()})


def page(rows: dict[int, bytes], tombs: list[Tombstone], after: int, limit: int = 10) -> Changes:
    """A page of purchases."""
    release = cast("Release", FakeRelease(rows))
    return changes(release, tombs, Kind.PURCHASE, after, limit)


def tomb(change: int, record_id: bytes, since: int, *, continues: bool = False) -> Tombstone:
    """A row that closed."""
    return Tombstone(b"g" * 16, 1, change, record_id, since, continues)


def test_what_was_there_at_the_cursor_and_closed_is_gone() -> None:
    """And what opened and closed above the cursor never was there."""
    assert page({}, [tomb(8, X, 5)], after=6).gone == [X]
    assert page({}, [tomb(8, X, 7)], after=6).gone == []


def test_what_stands_in_its_place_is_shown_instead() -> None:
    """A changed record is one item, and not gone."""
    found = page({8: X}, [tomb(8, X, 5, continues=True)], after=6)
    assert ([one.record.change for one in found.released], found.gone) == ([8], [])


def test_changed_and_then_gone_is_gone_once() -> None:
    """Whether both fall on one page or not."""
    tombs = [tomb(8, X, 5, continues=True), tomb(12, X, 8)]
    assert page({}, tombs, after=6).gone == [X]
    assert page({}, tombs[1:], after=8).gone == [X]


def test_gone_and_back_on_one_page_is_shown() -> None:
    """A record that came back before the vendor looked was never away."""
    found = page({12: X}, [tomb(8, X, 5)], after=6)
    assert ([one.record.change for one in found.released], found.gone) == ([12], [])


def test_a_page_ends_where_the_next_one_begins() -> None:
    """At the last change that it tells of; the last page reaches the horizon."""
    first = page({3: X, 7: Y}, [], after=0, limit=1)
    assert (first.upto, first.more) == (3, True)
    last = page({3: X, 7: Y}, [], after=3, limit=1)
    assert (last.upto, last.more) == (100, False)


@given(
    st.dictionaries(st.integers(1, 40), st.integers(0, 5).map(lambda n: bytes([n]) * 16)),
    st.integers(1, 5),
)
def test_pages_together_bring_every_row_once(rows: dict[int, bytes], limit: int) -> None:
    """Whatever the limit; each page has at most that many."""
    latest = {record_id: change for change, record_id in sorted(rows.items())}
    rows = {change: record_id for record_id, change in latest.items()}
    seen: list[int] = []
    after, more = 0, True
    while more:
        found = page(rows, [], after, limit)
        assert len(found.released) <= limit
        seen += [one.record.change for one in found.released]
        after, more = found.upto, found.more
    assert seen == sorted(rows)
