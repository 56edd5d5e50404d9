"""Reads of a consent by day: how often its vendor read, and how many records in all of it.

Kept as JSON `{ISO day (UTC): [reads, records]}` for the last 90 days; what is older is summed up
under `earlier`, so that the total stays true.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

KEPT = 90
"""Days, today included."""
EARLIER = "earlier"

Counts = Mapping[str, Sequence[int]]


class DayOfReads(NamedTuple):
    """What a vendor read on one day."""

    day: dt.date
    reads: int
    records: int


def counted(days: Counts, today: dt.date, records: int) -> Counts:
    """The counts with one more read, of so many records."""
    key = today.isoformat()
    reads, known = days.get(key, (0, 0))
    more = {**days, key: [reads + 1, known + records]}
    # Only a new day can push an old one out.
    return more if key in days else _summed(more, first_day(today))


def first_day(today: dt.date) -> dt.date:
    """The oldest day that stands on its own."""
    return today - dt.timedelta(days=KEPT - 1)


def by_day(days: Counts, today: dt.date) -> list[DayOfReads]:
    """Each of the days kept, oldest first, those without a read too."""
    first = first_day(today)
    span = (first + dt.timedelta(days=number) for number in range(KEPT))
    return [DayOfReads(day, *days.get(day.isoformat(), (0, 0))) for day in span]


def records_in_all(days: Counts) -> int:
    """How many records were read since the consent was given, each as often as it was read."""
    return sum(records for _, records in days.values())


def _summed(days: Counts, first: dt.date) -> Counts:
    """The counts with those before a day put under `earlier`."""
    old = {name for name in days if name != EARLIER and name < first.isoformat()}
    if not old:
        return days
    gone = [days[name] for name in (*old, EARLIER) if name in days]
    total = [sum(one[0] for one in gone), sum(one[1] for one in gone)]
    kept = {name: days[name] for name in days if name not in old}
    return {**kept, EARLIER: total}
