"""The customer's choice: whatever the form says, it only ever narrows what was asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from vault.consent.decision import Choice, asked_fields, offered
from vault.domain.compartments import Kind
from vault.domain.requested import Request
from vault.domain.terms import ANY
from vault.errors import InvalidInput

NOW = 1_800_000_000
WIDE = Request.parse("purchases:read preferences:read gifts:read")


def detailed(**changes: Any) -> Request:
    """A request by authorization details."""
    return Request.parse("", [{"datatypes": ["purchases"], **changes}])


def form(**fields: Any) -> MultiDict[str, str]:
    """A form as it is sent."""
    return MultiDict(fields)


def test_what_was_asked_stands_ticked_and_gifts_do_not() -> None:
    """Fields and sellers as asked; gifts are the customer's own to add."""
    choice = Choice.beforehand(WIDE)
    terms = choice.terms(WIDE, NOW)
    assert terms.rules[Kind.PURCHASE].fields == WIDE.rules[Kind.PURCHASE].fields
    assert terms.rules[Kind.PURCHASE].sellers == {ANY}
    assert not any(rule.gifts for rule in terms.rules.values())


def test_a_consent_lasts_a_year_at_most_unless_chosen() -> None:
    """A vendor that asks for ten years gets one, if the customer does not say more."""
    request = detailed(duration="P10Y")
    assert Choice.beforehand(request).days == 365
    fields = {"fields": ["purchases.name"], "sellers": ["*"]}
    assert Choice.sent(request, form(**fields)).days == 365
    assert Choice.sent(request, form(**fields, days="3000")).days == 3000


def test_who_an_unverified_vendor_is_must_be_chosen() -> None:
    """`self` of a vendor whom nobody verified: no seller is ticked, and all is no answer."""
    request = detailed(sellers=["self"])
    assert request.picks_sellers
    with pytest.raises(InvalidInput, match="seller"):
        Choice.beforehand(request).terms(request, NOW)
    with pytest.raises(InvalidInput, match="seller"):
        Choice.sent(request, form(fields=["purchases.name"], sellers=["*"])).terms(request, NOW)
    chosen = Choice.sent(request, form(fields=["purchases.name"], sellers=["name:cdw"]))
    assert chosen.terms(request, NOW).rules[Kind.PURCHASE].sellers == {"name:cdw", "id:cdw"}


def test_single_sellers_win_over_all_of_them() -> None:
    """Whoever ticks one seller means that one."""
    sent = form(fields=["purchases.name"], sellers=["*", "name:cdw"])
    rule = Choice.sent(WIDE, sent).terms(WIDE, NOW).rules[Kind.PURCHASE]
    assert ANY not in rule.sellers


def test_sellers_that_were_not_asked_for_are_not_offered() -> None:
    """A request about one seller does not let the customer add another by mistake."""
    request = detailed(sellers=["CDW"])
    assert offered(request, ["CDW", "Amazon"]) == ["CDW"]
    assert offered(WIDE, ["CDW", "Amazon"]) == ["CDW", "Amazon"]
    sent = form(fields=["purchases.name"], sellers=["name:amazon"])
    assert Choice.sent(request, sent).terms(request, NOW).rules[Kind.PURCHASE].sellers == set()


def test_a_preference_needs_no_seller() -> None:
    """Preferences name none, so none must be ticked."""
    request = Request.parse("preferences:read")
    sent = form(fields=["preferences.topic"])
    assert Choice.sent(request, sent).terms(request, NOW).rules.keys() == {Kind.PREFERENCE}


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "yesterday"},
        {"to": "2025-13-40"},
        {"days": "0"},
        {"days": "181"},
        {"days": "-1"},
        {"days": "9" * 30},
        {"days": "²"},
    ],
    ids=str,
)
def test_a_senseless_form_is_refused(fields: dict[str, str]) -> None:
    """Dates that are none, and times that were not asked for."""
    with pytest.raises(InvalidInput):
        Choice.sent(WIDE, form(**fields))


def test_the_page_lists_each_kinds_fields_once() -> None:
    """The fields asked for, kind by kind."""
    listed = asked_fields(detailed(fields=["name", "price", "unknown"]))
    assert listed == {Kind.PURCHASE: ("name", "price")}


VALUES = st.lists(st.text(max_size=8) | st.sampled_from(["*", "name:cdw", "id:cdw"]), max_size=4)
FIELDS = st.lists(
    st.sampled_from([f"{kind.plural}.{name}" for kind in Kind for name in ("name", "price", "key")])
    | st.text(max_size=12),
    max_size=6,
)
DAYS = st.sampled_from(["", "1", "90", "180"])
DATES = st.sampled_from(["", "2025-02-01", "2025-03-01"])
REQUESTS = st.sampled_from(
    [
        WIDE,
        detailed(fields=["name"], sellers=["CDW"]),
        detailed(sellers=["self"], gifts=True),
        detailed(**{"from": "2025-02-10", "to": "2025-02-20"}),
    ]
)


@given(REQUESTS, FIELDS, VALUES, DAYS, DATES, DATES, st.sampled_from(["", "yes"]))
def test_no_form_grants_more_than_was_asked(
    request: Request,
    fields: list[str],
    sellers: list[str],
    days: str,
    since: str,
    until: str,
    gifts: str,
) -> None:
    """Granted is at most asked, field by field, seller by seller, day by day."""
    sent = form(fields=fields, sellers=sellers, days=days, to=until, gifts=gifts)
    sent["from"] = since
    try:
        terms = Choice.sent(request, sent).terms(request, NOW)
    except InvalidInput:
        return
    assert terms.rules.keys() <= request.rules.keys()
    assert terms.expires_at <= NOW + request.days * 86_400
    for kind, rule in terms.rules.items():
        assert request.rules[kind].narrow(rule) == rule
