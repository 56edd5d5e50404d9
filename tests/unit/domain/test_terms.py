"""The algebra of terms: whatever is narrowed releases no more, and empty means nothing."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import SHAREABLE, Compartment, Kind
from vault.domain.policy import Allowed, Denied
from vault.domain.rules import ANY, PRIVATE_FIELDS, Rule, shareable_fields
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms

SELLERS = ("Amazon", "CDW", "Müller GmbH")
CATEGORIES = ("Books", "hardware  tools", "HARDWARE tools")
DAYS = ("2024-01-01", "2025-01-01", "2025-06-30", "2026-01-01")

kinds = st.sampled_from(SHAREABLE)
names = st.sampled_from(sorted(frozenset[str]().union(*map(shareable_fields, SHAREABLE))))
seller_sets = st.one_of(
    st.just(frozenset({ANY})),
    st.sets(st.sampled_from(SELLERS)).map(lambda some: frozenset().union(*map(keys_for, some))),
)
category_sets = st.one_of(
    st.just(frozenset({ANY})), st.frozensets(st.sampled_from(["books", "hardware tools"]))
)
days = st.one_of(st.none(), st.sampled_from(DAYS))
rules = st.builds(
    Rule,
    fields=st.frozensets(names, max_size=12),
    sellers=seller_sets,
    categories=category_sets,
    from_date=days,
    to_date=days,
    gifts=st.booleans(),
)
parties = st.fixed_dictionaries({}, optional={"name": st.sampled_from(SELLERS)}).map(
    lambda party: party or {"identifier": "4711"}
)
records = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(min_size=1, max_size=5),
        "seller": parties,
        "provider": parties,
        "category": st.sampled_from(CATEGORIES),
        "orderDate": st.sampled_from(DAYS),
        "issueDate": st.sampled_from(DAYS),
        "ownedFrom": st.sampled_from(DAYS),
        "price": st.just("1.00"),
        "isGift": st.booleans(),
        "source": st.just({"connector": "x"}),
        "links": st.just(["00"]),
        "edits": st.just(["name"]),
        "mismatches": st.just([{"field": "x"}]),
    },
)
all_terms = st.builds(
    Terms,
    rules=st.dictionaries(kinds, rules),
    purposes=st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple),
    expires_at=st.integers(0, 2**40),
    once=st.booleans(),
    agreed=st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True).map(
        lambda names: tuple(sorted(names))
    ),
)


def allows(rule: Rule, kind: Kind, record: dict[str, Any], *, gift: bool) -> bool:
    """Whether a rule releases a record."""
    return isinstance(rule.decide(kind, record, gift=gift), Allowed)


@given(one=rules, other=rules, kind=kinds, record=records, gift=st.booleans())
def test_narrowed_releases_just_what_both_release(
    one: Rule, other: Rule, kind: Kind, record: dict[str, Any], *, gift: bool
) -> None:
    """A record passes the narrowed rule only where it passes each, and shows no more fields."""
    narrowed = one.narrow(other)
    if allows(narrowed, kind, record, gift=gift):
        assert allows(one, kind, record, gift=gift)
        assert allows(other, kind, record, gift=gift)
    shown = narrowed.project(record, gift=gift).keys()
    assert shown <= one.project(record, gift=gift).keys()
    assert shown <= other.project(record, gift=gift).keys()


@st.composite
def less_than(draw: st.DrawFn, rule: Rule) -> Rule:
    """A rule with some things taken away from another: what a customer can do on the page."""
    subset = {
        name: frozenset(draw(st.sets(st.sampled_from(sorted(whole))))) if whole else whole
        for name, whole in (("fields", rule.fields), ("sellers", rule.sellers))
    }
    return replace(
        rule,
        **subset,
        from_date=max(filter(None, (rule.from_date, draw(days))), default=None),
        to_date=min(filter(None, (rule.to_date, draw(days))), default=None),
        gifts=rule.gifts and draw(st.booleans()),
    )


@given(data=st.data(), rule=rules, kind=kinds, record=records, gift=st.booleans())
def test_a_narrower_rule_never_releases_more(
    data: st.DataObject, rule: Rule, kind: Kind, record: dict[str, Any], *, gift: bool
) -> None:
    """Whatever is taken away, no record and no field appears that was not there before."""
    narrower = data.draw(less_than(rule))
    if allows(narrower, kind, record, gift=gift):
        assert allows(rule, kind, record, gift=gift)
        shown, before = (one.project(record, gift=gift) for one in (narrower, rule))
        assert shown.keys() <= before.keys()
        assert all(before[name] == value for name, value in shown.items())


@given(one=all_terms, other=all_terms, kind=kinds, record=records, gift=st.booleans())
def test_combining_terms_never_widens(
    one: Terms, other: Terms, kind: Kind, record: dict[str, Any], *, gift: bool
) -> None:
    """No record, no key, no purpose and no day that either of them does not give."""
    both = one.narrow(other)
    for terms in (one, other):
        if both.allows(kind, record, gift=gift):
            assert terms.allows(kind, record, gift=gift)
            assert both.rules[kind].fields <= terms.rules[kind].fields
        assert both.compartments() <= terms.compartments()
        assert {*both.purposes} <= {*terms.purposes}
        assert both.expires_at <= terms.expires_at
        assert both.once >= terms.once


@given(kinds, records, st.booleans())
def test_terms_of_nothing_release_nothing(
    kind: Kind,
    record: dict[str, Any],
    gift: bool,  # noqa: FBT001
) -> None:
    """No rule means no record and no key, and a rule without fields no more."""
    nothing = Rule(frozenset(), frozenset({ANY}), frozenset({ANY}), gifts=True)
    for rules_ in ({}, {kind: nothing}):
        terms = Terms(rules_, (), 2**40)
        assert not terms.allows(kind, record, gift=gift)


@given(rules, rules, rules)
def test_narrowing_has_no_order(one: Rule, other: Rule, third: Rule) -> None:
    """It is commutative, associative and idempotent: no way of choosing gets round a limit."""
    assert one.narrow(other) == other.narrow(one)
    assert one.narrow(other).narrow(third) == one.narrow(other.narrow(third))
    assert one.narrow(one) == one
    assert one.narrow(other).narrow(other) == one.narrow(other)


@given(
    rule=rules,
    kind=kinds,
    record=records,
    gift=st.booleans(),
    emptied=st.sampled_from(["fields", "sellers", "categories"]),
)
def test_an_empty_list_releases_nothing(
    rule: Rule, kind: Kind, record: dict[str, Any], emptied: str, *, gift: bool
) -> None:
    """No field, no seller or no category: nothing, never everything."""
    nothing: dict[str, Any] = {emptied: frozenset()}
    empty = replace(rule, **nothing)
    if emptied == "fields" or kind is not Kind.PREFERENCE:
        assert isinstance(empty.decide(kind, record, gift=gift), Denied)


@given(rules, kinds, records)
def test_a_gift_needs_the_word(rule: Rule, kind: Kind, record: dict[str, Any]) -> None:
    """Whatever else a rule allows, what stands in a gift twin needs `gifts`."""
    assert not allows(replace(rule, gifts=False), kind, record, gift=True)


@given(rules, records)
def test_only_granted_fields_are_shown(rule: Rule, record: dict[str, Any]) -> None:
    """And never how a record came to be here, or what it is linked with."""
    assert rule.project(record, gift=False).keys() <= rule.fields
    assert rule.project(record, gift=True).keys() <= rule.fields | {"isGift"}
    for kind in SHAREABLE:
        assert not shareable_fields(kind) & (PRIVATE_FIELDS | {"id", "isGift"})


@given(terms=all_terms, kind=kinds, record=records, gift=st.booleans())
def test_terms_release_only_the_kinds_that_they_name(
    terms: Terms, kind: Kind, record: dict[str, Any], *, gift: bool
) -> None:
    """A released record means: its kind was granted, its compartment's key is in the package."""
    allowed = terms.allows(kind, record, gift=gift)
    assert allowed is isinstance(terms.decide(kind, record, gift=gift), Allowed)
    if allowed:
        assert kind in terms.rules
        place = kind.gift_compartment if gift else kind.compartment
        assert place is None or place in terms.compartments()


@given(all_terms)
def test_a_package_opens_no_compartment_beyond_the_terms(terms: Terms) -> None:
    """Neither a kind that was not granted, nor a twin without `gifts`, nor the vault's own."""
    for compartment in terms.compartments():
        kind = compartment.kind
        assert kind is not None
        assert kind in terms.rules
        assert not compartment.is_gifts or terms.rules[kind].gifts
    own = {Compartment.ROOT, Compartment.INBOX, Compartment.LEDGER, Compartment.CONSENTS}
    assert not terms.compartments() & own


@given(all_terms)
def test_terms_come_back_from_json_as_they_were(terms: Terms) -> None:
    """Equal rules are equal bytes."""
    text = json.dumps(terms.to_json())
    again = Terms.from_json(json.loads(text))
    assert again == terms
    assert json.dumps(again.to_json()) == text


@given(rules, st.sampled_from(["fields", "sellers", "categories", "gifts"]))
def test_what_is_missing_in_json_means_nothing(rule: Rule, missing: str) -> None:
    """An older or damaged rule never grants more than it says."""
    data = rule.to_json()
    del data[missing]
    read = Rule.from_json(data)
    assert not getattr(read, missing)
    assert read.narrow(rule) == read


@given(all_terms)
def test_terms_from_before_there_was_a_roster_have_nothing_agreed_on(terms: Terms) -> None:
    """What was sealed without the field is read as it was meant."""
    data = terms.to_json()
    del data["agreed"]
    assert Terms.from_json(data) == replace(terms, agreed=())


@given(all_terms, all_terms)
def test_a_promise_outlives_narrowing(one: Terms, other: Terms) -> None:
    """Whoever may see less has promised no less."""
    assert {*one.narrow(other).agreed} == {*one.agreed, *other.agreed}
    assert one.narrow(one).agreed == one.agreed


@given(all_terms)
def test_the_details_say_everything_explicitly(terms: Terms) -> None:
    """What is granted comes back kind by kind, with all lists (RFC 9396)."""
    details = terms.authorization_details()
    assert [detail["datatypes"] for detail in details] == [
        [kind.plural] for kind in SHAREABLE if kind in terms.rules
    ]
    for detail in details:
        assert {
            "fields",
            "sellers",
            "categories",
            "gifts",
            "once",
            "purpose",
            "terms",
        } <= detail.keys()
    scope = terms.scope.split()
    assert ("gifts:read" in scope) is any(rule.gifts for rule in terms.rules.values())


def test_undated_records_are_withheld_by_any_limit_of_dates() -> None:
    """What states no date cannot be said to lie within one."""
    rule = Rule(frozenset({"name"}), frozenset({ANY}), frozenset({ANY}), from_date="2020-01-01")
    assert rule.decide(Kind.PURCHASE, {"name": "x"}, gift=False) == Denied("undated")
    dated = {"name": "x", "orderDate": "2020-01-01"}
    assert rule.decide(Kind.PURCHASE, dated, gift=False) == Allowed()
    assert rule.decide(Kind.PREFERENCE, {"subject": "x"}, gift=False) == Allowed()


def test_there_are_no_terms_for_payments() -> None:
    """What was paid has no field to grant, and no terms can be made, narrowed or read of it."""
    assert shareable_fields(Kind.PAYMENT) == frozenset()
    rule = Rule(fields=frozenset({"amount"}), sellers=frozenset({ANY}), categories=frozenset({ANY}))
    with pytest.raises(ValueError, match="owner's alone"):
        Terms(rules={Kind.PAYMENT: rule}, purposes=(), expires_at=0)
    stored = {"rules": {"payment": rule.to_json()}, "purposes": [], "expiresAt": 0, "once": False}
    with pytest.raises(ValueError, match="owner's alone"):
        Terms.from_json(stored)
