"""The parcels of an order: a promised day gives way to the parcel that came of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import Kind
from vault.domain.merging import merge
from vault.domain.parcels import Data, Told, joined
from vault.domain.statements import Statement

EARLY: Data = {"expectedArrivalUntil": "2026-03-10"}
LATE: Data = {"expectedArrivalUntil": "2026-03-20"}
ONE: Data = {"trackingNumber": "1Z1", "provider": "UPS"}
TWO: Data = {"trackingNumber": "1Z2", "expectedArrivalUntil": "2026-03-09"}
BY_ADDRESS: Data = {"trackingUrl": "https://carrier.example/1"}
NAMELESS: Data = {"provider": "UPS", "expectedArrivalUntil": "2026-03-10"}


def told(day: int, *parcels: Data, **more: bool) -> Told:
    """What a document of a day in March states; day 0 is no day."""
    when = datetime(2026, 3, day, 9, tzinfo=UTC) if day else None
    return Told(parcels, when, **more)


@pytest.mark.parametrize("parcel", [ONE, TWO, BY_ADDRESS])
@pytest.mark.parametrize("days", [(1, 5), (5, 5), (0, 5), (5, 0), (0, 0)])
def test_a_promise_gives_way_to_the_parcel_that_came(parcel: Data, days: tuple[int, int]) -> None:
    """The confirmation's day is gone; also where a document does not say when it speaks."""
    promised, came = days
    assert joined([told(promised, EARLY), told(came, parcel)]) == [parcel]


def test_a_promise_stands_until_then() -> None:
    """Nothing else is known of when it comes."""
    assert joined([told(1, EARLY), told(2, LATE)]) == [EARLY, LATE]


def test_a_promise_made_after_a_parcel_is_of_something_else() -> None:
    """What is on back order is promised while the first parcel is known."""
    assert joined([told(5, ONE), told(6, LATE)]) == [ONE, LATE]
    assert joined([told(5, ONE), told(6, LATE), told(9, TWO)]) == [ONE, TWO]


def test_a_parcel_that_is_heard_of_again_is_not_a_new_one() -> None:
    """A later word on the first parcel does not keep the promise of the second."""
    again = told(8, ONE | {"expectedArrivalUntil": "2026-03-09"})
    assert joined([told(5, ONE), told(6, LATE), again])[-1] == LATE


def test_what_one_document_states_side_by_side_stays() -> None:
    """It says that one is there and another is to come."""
    both = told(5, ONE, LATE)
    assert joined([both]) == joined([told(1, LATE), both]) == [ONE, LATE]
    assert joined([both, told(9, TWO)]) == [ONE, TWO]


def test_each_parcel_keeps_one_promise_the_earliest_first() -> None:
    """The rest of a divided order is still to come by the day that was said."""
    assert joined([told(1, EARLY, LATE), told(5, ONE)]) == [ONE, LATE]
    assert joined([told(1, EARLY, LATE), told(5, ONE), told(6, TWO)]) == [ONE, TWO]


def test_an_order_that_was_sent_whole_keeps_every_promise() -> None:
    """One parcel brings what was promised line by line, but not what is promised after it."""
    sent = told(5, ONE, all_sent=True)
    assert joined([told(1, EARLY, LATE), sent]) == [ONE]
    assert joined([told(1, EARLY), told(6, LATE), sent]) == [ONE, LATE]


def test_what_is_more_than_a_bare_day_is_a_parcel() -> None:
    """One with a carrier, one that a ship notice announces, one that has arrived: none is lost."""
    for parcel in (NAMELESS, {"deliveredAt": "2026-03-08"}, {"provider": "DHL"}):
        assert parcel in joined([told(1, parcel), told(5, ONE, all_sent=True)])
    assert EARLY in joined([told(1, EARLY, notice=True), told(5, ONE, all_sent=True)])


documents = st.builds(
    told,
    st.sampled_from([0, 1, 5, 9]),
    st.sampled_from([EARLY, LATE, ONE, NAMELESS]),
    st.sampled_from([EARLY, LATE, TWO, BY_ADDRESS]),
    notice=st.booleans(),
    all_sent=st.booleans(),
)


@given(st.lists(documents, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_what_is_told_says_nothing(found: list[Told], random: Any) -> None:
    """Nor does it matter that a document comes twice."""
    shuffled = [*found, *random.sample(found, 1)]
    random.shuffle(shuffled)
    assert joined(shuffled) == joined(found)


@given(st.lists(documents, min_size=1, max_size=5))
def test_only_promises_ever_give_way_and_each_to_a_number(found: list[Told]) -> None:
    """Every parcel that is more than a day stands, and without any number every day does too."""
    stated = [parcel for one in found for parcel in one.parcels]
    result = joined(found)
    numbers = {one.get("trackingNumber") or one.get("trackingUrl") for one in stated} - {None}
    assert {one.get("trackingNumber") or one.get("trackingUrl") for one in result} >= numbers
    assert NAMELESS not in stated or NAMELESS in result
    if not numbers:
        assert all(parcel in result for parcel in stated)
    assert result


def _order(source_id: str, as_of: str, status: str, *parcels: Data) -> Statement:
    stated = {"orderNumber": "7", "orderStatus": status, "deliveries": list(parcels)}
    return Statement(Kind.ORDER, "einvoice", source_id, stated, as_of=as_of)


@pytest.mark.parametrize("order", [1, -1])
def test_a_merged_order_shows_the_parcels_that_came(order: int) -> None:
    """A confirmation's day, then a notice: by their statements, in either order."""
    confirmed = _order("response/1", "2026-03-01", "confirmed", EARLY, LATE)
    sent = _order("despatch/1", "2026-03-01", "shipped", ONE)
    part = _order("despatch/1", "2026-03-01", "confirmed", ONE)
    announced = _order("despatch/2", "2026-03-01", "shipped", EARLY)
    merged: Callable[..., Any] = lambda *some: merge(Kind.ORDER, some[::order])[0]["deliveries"]  # noqa: E731
    assert merged(confirmed, sent) == [ONE]
    assert merged(confirmed, part) == [ONE, LATE]
    assert merged(announced, sent) == [ONE, EARLY]


def test_thousands_of_parcels_take_no_time() -> None:
    """Lists may have 20,000 elements; promises and parcels are not compared one by one."""
    days = [{"expectedArrivalUntil": f"{2000 + n // 300}-01-01T00:00:{n}"} for n in range(5_000)]
    numbers = [{"trackingNumber": str(n)} for n in range(5_000)]
    assert len(joined([told(9, *days), told(5, *numbers)])) == 10_000
    assert len(joined([told(1, *days), told(5, *numbers)])) == 5_000
