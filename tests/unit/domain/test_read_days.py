import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from vault.domain.read_days import EARLIER, KEPT, Counts, by_day, counted, first_day, records_in_all

TODAY = dt.date(2026, 11, 22)


def test_reads_of_one_day_are_added_up() -> None:
    """Each read counts once, with its records."""
    days = counted(counted({}, TODAY, 100), TODAY, 20)
    assert days == {"2026-11-22": [2, 120]}


def test_counting_changes_nothing_that_was_handed_in() -> None:
    """What was read from the database stays as it was read."""
    before: Counts = {"2026-11-22": [1, 5]}
    counted(before, TODAY, 1)
    assert before == {"2026-11-22": [1, 5]}


def test_days_without_a_read_are_shown_too() -> None:
    """A chart has a place for each of the ninety days, today the last."""
    shown = by_day({"2026-11-20": [1, 5], EARLIER: [9, 9]}, TODAY)
    assert [shown[0].day, shown[-1].day] == [first_day(TODAY), TODAY]
    assert len(shown) == KEPT
    assert [one for one in shown if one.reads] == [(dt.date(2026, 11, 20), 1, 5)]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1_000)), max_size=60))
def test_no_record_is_lost_and_no_more_than_ninety_days_stand_apart(
    reads: list[tuple[int, int]],
) -> None:
    """However long a consent runs, the totals hold and what is kept stays small."""
    days: Counts = {}
    today = TODAY
    for later, records in reads:
        today += dt.timedelta(days=later)
        days = counted(days, today, records)
    assert records_in_all(days) == sum(records for _, records in reads)
    assert sum(one for one, _ in days.values()) == len(reads)
    apart = days.keys() - {EARLIER}
    assert all(day >= first_day(today).isoformat() for day in apart)
