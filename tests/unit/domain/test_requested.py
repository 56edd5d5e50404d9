"""Requests: an absent list asks for all, and no choice of the customer's goes beyond it."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.requested import (
    MAX_DAYS,
    InvalidAuthorizationDetails,
    InvalidRequest,
    InvalidScope,
    Request,
    parse_duration,
    parse_scope,
)
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.sellers import keys_for

fields = st.frozensets(st.sampled_from(["name", "seller", "price", "orderDate", "no such"]))
sellers = st.sampled_from([frozenset({ANY}), frozenset(), keys_for("CDW"), keys_for("Amazon")])
days = st.sampled_from([None, "2024-01-01", "2025-01-01"])
rules = st.builds(
    Rule,
    fields=fields,
    sellers=sellers,
    categories=st.sampled_from([frozenset({ANY}), frozenset({"books"}), frozenset()]),
    from_date=days,
    to_date=days,
    gifts=st.booleans(),
)
by_kind = st.dictionaries(st.sampled_from(SHAREABLE), rules)
requests = st.builds(Request, rules=by_kind, once=st.booleans())


@given(request=requests, chosen=by_kind, once=st.sampled_from([None, False, True]))
def test_a_grant_never_exceeds_the_request(
    request: Request, chosen: dict[Kind, Rule], *, once: bool | None
) -> None:
    """Kind by kind it is what both the vendor asked and the customer chose."""
    terms = request.grant(chosen, expires_at=1, once=once)
    assert terms.rules.keys() <= request.rules.keys() & chosen.keys()
    for kind, rule in terms.rules.items():
        assert rule == rule.narrow(request.rules[kind]) == rule.narrow(chosen[kind])
        assert rule.fields
    assert terms.once or not request.once
    assert terms.purposes == request.purposes


@given(requests, by_kind)
def test_granting_again_what_was_granted_changes_nothing(
    request: Request, chosen: dict[Kind, Rule]
) -> None:
    """So the use case can check terms against the request by granting them once more."""
    terms = request.grant(chosen, expires_at=1)
    assert request.grant(terms.rules, expires_at=1, once=terms.once) == terms


def test_a_scope_alone_asks_for_everything_of_its_kinds() -> None:
    """Explicitly: all fields, any seller; gifts only with their word."""
    request = Request.parse("purchases:read preferences:read")
    assert request.kinds == {Kind.PURCHASE, Kind.PREFERENCE}
    rule = request.rules[Kind.PURCHASE]
    assert rule.fields == shareable_fields(Kind.PURCHASE)
    assert rule.sellers == {ANY}
    assert not request.gifts
    with_gifts = Request.parse("purchases:read preferences:read gifts:read")
    assert with_gifts.rules[Kind.PURCHASE].gifts
    assert not with_gifts.rules[Kind.PREFERENCE].gifts, "a preference is never a gift"


@pytest.mark.parametrize("scope", ["", " ", "gifts:read", "purchases", "purchases:write", "openid"])
def test_a_scope_that_asks_for_nothing_known_is_refused(scope: str) -> None:
    """Nothing, gifts alone, and unknown words."""
    with pytest.raises(InvalidScope):
        Request.parse(scope)


@pytest.mark.parametrize("missing", ["fields", "sellers", "categories"])
def test_an_absent_list_asks_for_all_and_an_empty_one_for_nothing(missing: str) -> None:
    """In a request; in a grant an absent list would mean nothing."""
    detail: dict[str, Any] = {"datatypes": ["purchases"]}
    assert getattr(Request.parse("", [detail]).rules[Kind.PURCHASE], missing)
    detail[missing] = []
    assert getattr(Request.parse("", [detail]).rules[Kind.PURCHASE], missing) == frozenset()


def test_unknown_fields_are_not_granted() -> None:
    """Neither private ones nor such as do not exist."""
    asked = ["name", "source", "links", "isGift", "id", "password"]
    request = Request.parse("", [{"datatypes": ["purchases"], "fields": asked}])
    assert request.rules[Kind.PURCHASE].fields == {"name"}


def test_self_means_the_sellers_that_the_operator_verified() -> None:
    """For any other client the customer picks."""
    detail = {"datatypes": ["purchases"], "sellers": ["self"]}
    verified = Request.parse("", [detail], ["CDW"])
    assert verified.rules[Kind.PURCHASE].sellers == keys_for("CDW")
    assert not verified.picks_sellers
    unverified = Request.parse("", [detail])
    assert unverified.picks_sellers


def test_scope_and_details_must_ask_for_the_same() -> None:
    """Where both are sent (RFC 9396)."""
    detail = {"datatypes": ["purchases"]}
    assert Request.parse("purchases:read", [detail]).kinds == {Kind.PURCHASE}
    for scope in ("orders:read", "purchases:read orders:read", "purchases:read gifts:read"):
        with pytest.raises(InvalidRequest):
            Request.parse(scope, [detail])


@pytest.mark.parametrize(
    "details",
    [
        [{}],
        [{"datatypes": []}],
        [{"datatypes": ["gifts"]}],
        [{"datatypes": ["purchases", "purchases"]}],
        [{"datatypes": ["purchases"]}, {"datatypes": ["purchases"]}],
        [{"datatypes": ["purchases"], "duration": "P0D"}],
        [{"datatypes": ["purchases"], "duration": "PT1H"}],
        [{"datatypes": ["purchases"], "duration": "forever"}],
    ],
)
def test_details_that_cannot_be_read_are_refused(details: list[dict[str, Any]]) -> None:
    """No kind, an unknown one, one twice, or no time in days."""
    with pytest.raises(InvalidAuthorizationDetails):
        Request.parse("", details)


@pytest.mark.parametrize(
    ("text", "days_"), [("P6M", 180), ("P1Y", 365), ("P2W", 14), ("P90D", 90), ("P1Y2M3W4D", 450)]
)
def test_durations_are_whole_days(text: str, days_: int) -> None:
    """A year counts 365 days, a month 30."""
    assert parse_duration(text) == days_


@given(st.text(max_size=12))
def test_a_duration_is_read_or_refused(text: str) -> None:
    """Nothing else happens, whatever is sent."""
    with suppress(InvalidAuthorizationDetails):
        assert 1 <= parse_duration(text) <= MAX_DAYS


def test_every_offered_scope_is_understood() -> None:
    """One word for each kind."""
    for kind in SHAREABLE:
        assert parse_scope(f"{kind.plural}:read") == (frozenset({kind}), False)
