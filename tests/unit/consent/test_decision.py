"""The customer's choice: whatever the form says, it only ever narrows what was asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from vault.consent.decision import AS_IT_IS, Choice, Unclear
from vault.consent.offer import Offer, durations
from vault.domain.clusters import CLUSTERS
from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.requested import Request
from vault.domain.rules import ANY, shareable_fields
from vault.domain.sellers import keys_for
from vault.errors import InvalidInput

NOW = 1_800_000_000
WIDE = Request.parse("purchases:read preferences:read gifts:read")
NAME = {"fields": ["purchases.name"], "categories": ["*"]}


def detailed(**changes: Any) -> Request:
    """A request by authorization details."""
    return Request.parse("", [{"datatypes": ["purchases"], **changes}])


def form(**fields: Any) -> MultiDict[str, str]:
    """A form as it is sent."""
    return MultiDict(fields)


def offered(request: Request, *names: str) -> list[str]:
    """The sellers that are offered to a customer who has some."""
    offer = Offer.of(request, Choice.beforehand(request), names, [], [])
    return [one.label for one in offer.sellers]


def test_nothing_is_ticked_beforehand() -> None:
    """Neither fields nor clusters nor gifts, and no seller unless the request names it."""
    choice = Choice.beforehand(WIDE)
    assert not choice.fields | choice.clusters | choice.sellers
    assert not choice.gifts
    assert choice.categories == {ANY}
    with pytest.raises(Unclear, match="at least one thing"):
        choice.terms(WIDE, NOW)
    assert Choice.beforehand(detailed(sellers=["CDW"])).sellers == keys_for("CDW")
    assert Choice.beforehand(detailed(categories=["Books"])).categories == {"books"}


def test_every_field_is_shared_by_its_cluster() -> None:
    """Ticking every cluster of a kind shares all of it."""
    ticked = [cluster.name for cluster in CLUSTERS[Kind.PURCHASE]]
    choice = Choice.sent(WIDE, form(clusters=ticked, sellers=["*"], categories=["*"]))
    assert not choice.fields
    assert choice.terms(WIDE, NOW).rules[Kind.PURCHASE].fields == shareable_fields(Kind.PURCHASE)


def test_a_cluster_shares_no_field_that_was_not_asked_for() -> None:
    """Of a cluster that a request asks for in part, that part."""
    request = detailed(fields=["price", "name"])
    sent = form(clusters=["purchases.cost", "orders.cost"], sellers=["*"], categories=["*"])
    choice = Choice.sent(request, sent)
    assert choice.clusters == {"purchases.cost"}
    assert choice.terms(request, NOW).rules[Kind.PURCHASE].fields == {"price"}


def test_a_consent_lasts_a_year_at_most_unless_chosen() -> None:
    """A vendor that asks for ten years gets one, if the customer does not say more."""
    request = detailed(duration="P10Y")
    assert Choice.beforehand(request).days == 365
    assert Choice.sent(request, form(**NAME, sellers=["*"])).days == 365
    assert Choice.sent(request, form(**NAME, sellers=["*"], days="3000")).days == 3000
    assert durations(request.days, 365) == [1, 7, 30, 90, 180, 365, 3650]
    assert durations(90, AS_IT_IS) == [1, 7, 30, 90]


def test_who_an_unverified_vendor_is_must_be_chosen() -> None:
    """`self` of a vendor whom nobody verified: no seller is ticked, and all is no answer."""
    request = detailed(sellers=["self"])
    assert request.picks_sellers
    assert not Choice.beforehand(request).sellers
    with pytest.raises(InvalidInput, match="seller"):
        Choice.sent(request, form(**NAME, sellers=["*"])).terms(request, NOW)
    chosen = Choice.sent(request, form(**NAME, sellers=["name:cdw"]))
    assert chosen.terms(request, NOW).rules[Kind.PURCHASE].sellers == {"name:cdw", "id:cdw"}


def test_single_ones_win_over_all_of_them() -> None:
    """Whoever ticks one seller, or one category, means that one."""
    sent = form(fields=["purchases.name"], sellers=["*", "name:cdw"], categories=["*", "books"])
    rule = Choice.sent(WIDE, sent).terms(WIDE, NOW).rules[Kind.PURCHASE]
    assert ANY not in rule.sellers
    assert rule.categories == {"books"}


def test_sellers_that_were_not_asked_for_are_not_offered() -> None:
    """A request about one seller does not let the customer add another by mistake."""
    request = detailed(sellers=["CDW"])
    assert offered(request, "CDW", "Amazon") == ["CDW"]
    assert offered(request) == ["Cdw"]
    assert offered(WIDE, "CDW", "Amazon") == ["CDW", "Amazon"]
    sent = form(**NAME, sellers=["name:amazon"])
    with pytest.raises(Unclear, match="Nothing that it asks for"):
        Choice.sent(request, sent).terms(request, NOW)


def test_the_vendor_itself_comes_first_among_the_sellers() -> None:
    """Where the operator has verified which seller it is, it is found at once."""
    offer = Offer.of(WIDE, Choice.beforehand(WIDE), ["Amazon", "CDW"], [], ["CDW"])
    assert [(one.label, one.own) for one in offer.sellers] == [("CDW", True), ("Amazon", False)]


def test_categories_are_those_of_the_customer_that_were_asked_for() -> None:
    """Of a request about some categories no other is offered; without any, there is no choice."""
    request = detailed(categories=["Books", "Tools"])
    choice = Choice.beforehand(request)
    offer = Offer.of(request, choice, [], ["books ", "Toys"], [])
    assert [(one.value, one.label) for one in offer.categories] == [
        ("books", "books "),
        ("tools", "Tools"),
    ]
    assert not offer.any_category
    assert Offer.of(WIDE, Choice.beforehand(WIDE), [], [], []).categories == []


def test_no_category_is_none_and_not_all() -> None:
    """Whoever unticks all of them is asked."""
    sent = form(fields=["purchases.name"], sellers=["*"])
    with pytest.raises(Unclear, match="category") as unclear:
        Choice.sent(WIDE, sent).terms(WIDE, NOW)
    assert unclear.value.place == "categories"


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
        {"from": "2025-02-01", "to": "2025-01-01"},
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
    with pytest.raises(Unclear):
        Choice.sent(WIDE, form(**NAME, sellers=["*"], **fields)).terms(WIDE, NOW)


VALUES = st.lists(st.text(max_size=8) | st.sampled_from(["*", "name:cdw", "id:cdw"]), max_size=4)
FIELDS = st.lists(
    st.sampled_from(
        [f"{kind.plural}.{name}" for kind in SHAREABLE for name in ("name", "price", "key")]
    )
    | st.text(max_size=12),
    max_size=6,
)
DAYS = st.sampled_from(["", "1", "90", "180"])
DATES = st.sampled_from(["", "2025-02-01", "2025-03-01"])
MIXED = Request.parse(
    "",
    [
        {"datatypes": ["purchases"], "from": "2025-02-10", "sellers": ["CDW", "Amazon"]},
        {"datatypes": ["orders"], "categories": ["books"], "gifts": True},
    ],
)
REQUESTS = st.sampled_from(
    [
        WIDE,
        MIXED,
        detailed(fields=["name"], sellers=["CDW"]),
        detailed(sellers=["self"], gifts=True),
        detailed(**{"from": "2025-02-10", "to": "2025-02-20"}),
    ]
)


CHOICES = st.fixed_dictionaries(
    {
        "fields": FIELDS,
        "clusters": st.lists(
            st.sampled_from([one.name for kind in SHAREABLE for one in CLUSTERS[kind]]), max_size=4
        ),
        "sellers": VALUES,
        "categories": st.lists(st.sampled_from(["*", "books", "tools"]), max_size=2),
        "days": DAYS,
        "from": DATES,
        "to": DATES,
        "gifts": st.sampled_from(["", "yes"]),
    }
)


@given(REQUESTS, CHOICES)
def test_what_stands_is_chosen_again_as_it_was(request: Request, sent: dict[str, Any]) -> None:
    """Opening a consent to change it, and saving it untouched, changes nothing."""
    try:
        terms = Choice.sent(request, form(**sent)).terms(request, NOW)
    except InvalidInput:
        return
    again = Choice.standing(request, terms)
    assert again.terms(request, NOW + 5, terms.expires_at) == terms


@given(REQUESTS, CHOICES)
def test_no_form_grants_more_than_was_asked(request: Request, sent: dict[str, Any]) -> None:
    """Granted is at most asked, field by field, seller by seller, day by day."""
    try:
        terms = Choice.sent(request, form(**sent)).terms(request, NOW)
    except InvalidInput:
        return
    assert terms.rules.keys() <= request.rules.keys()
    assert terms.expires_at <= NOW + request.days * 86_400
    for kind, rule in terms.rules.items():
        assert request.rules[kind].narrow(rule) == rule
