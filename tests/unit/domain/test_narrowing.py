"""Narrowing: what a token is for is named, and nothing that was not granted can be."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.test_terms import all_terms, kinds, records
from vault.domain.compartments import Kind
from vault.domain.narrowing import Narrowing
from vault.domain.requested import (
    DAY,
    InvalidAuthorizationDetails,
    InvalidRequest,
    InvalidScope,
)
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms

NOW = 1_000_000
CARE = "https://w3id.org/dpv#CustomerCare"
FIELDS = frozenset({"name", "price", "orderDate"})
LIMITED = Rule(FIELDS, keys_for("CDW"), frozenset({"books"}), "2025-01-01", "2025-12-31")
TERMS = Terms(
    rules={
        Kind.PURCHASE: LIMITED,
        Kind.ORDER: Rule(
            shareable_fields(Kind.ORDER), frozenset({ANY}), frozenset({ANY}), gifts=True
        ),
    },
    purposes=(CARE,),
    expires_at=NOW + 30 * DAY,
)

# Purposes in one order, so that terms with the same ones are equal.
terms = st.builds(
    replace,
    all_terms,
    purposes=st.sets(st.sampled_from(["a", "b", "c"])).map(lambda some: tuple(sorted(some))),
)
detail_members = st.fixed_dictionaries(
    {"datatypes": st.lists(kinds.map(lambda kind: kind.plural), min_size=1, max_size=3)},
    optional={
        "fields": st.lists(st.sampled_from(["name", "seller", "price", "orderDate", "id"])),
        "sellers": st.lists(st.sampled_from(["CDW", "Amazon", "self", ANY, "name:cdw"])),
        "categories": st.lists(st.sampled_from(["books", "Hardware  Tools", ANY])),
        "from": st.sampled_from(["2024-01-01", "2025-06-30"]),
        "to": st.sampled_from(["2025-06-30", "2026-01-01"]),
        "gifts": st.booleans(),
        "once": st.booleans(),
        "purpose": st.lists(st.sampled_from(["a", "b", "c", "d"])),
        "duration": st.sampled_from(["P1D", "P1Y"]),
    },
)
narrowings = st.builds(
    Narrowing,
    scope=st.lists(st.sampled_from(["purchases:read", "orders:read", "gifts:read"])).map(" ".join),
    details=st.none() | st.lists(detail_members, min_size=1, max_size=2),
    client_sellers=st.sampled_from([(), ("CDW",)]),
)


def detail(*plurals: str, **limits: Any) -> Narrowing:
    """A narrowing by one detail."""
    return Narrowing(details=[{"datatypes": list(plurals or ("purchases",)), **limits}])


@given(one=terms, other=terms)
def test_narrowed_terms_have_no_order_and_are_stable(one: Terms, other: Terms) -> None:
    """Commutative and idempotent: no order of narrowing and amending gets round a limit."""
    assert one.narrow(other) == other.narrow(one)
    assert one.narrow(other).narrow(other) == one.narrow(other)
    assert one.narrow(other).narrow(one) == one.narrow(other)


@given(one=terms, other=terms, kind=kinds, record=records, gift=st.booleans())
def test_narrowed_terms_release_no_more_than_either(
    one: Terms, other: Terms, kind: Kind, record: dict[str, Any], *, gift: bool
) -> None:
    """No record, no field, no compartment, no purpose and no day that one of them lacks."""
    narrowed = one.narrow(other)
    for wider in (one, other):
        if narrowed.allows(kind, record, gift=gift):
            assert wider.allows(kind, record, gift=gift)
            shown = narrowed.rules[kind].project(record, gift=gift).items()
            assert shown <= wider.rules[kind].project(record, gift=gift).items()
        assert narrowed.compartments() <= wider.compartments()
        assert set(narrowed.purposes) <= set(wider.purposes)
        assert narrowed.expires_at <= wider.expires_at
        assert narrowed.once or not wider.once


@given(granted=terms, asked=narrowings)
def test_a_narrowing_is_never_wider_than_the_terms(granted: Terms, asked: Narrowing) -> None:
    """Whatever is asked: it is refused, or it lies within what was granted."""
    granted = replace(
        granted,
        rules={kind: rule for kind, rule in granted.rules.items() if rule.fields},
        expires_at=NOW + 30 * DAY,
    )
    try:
        narrowed = asked.of(granted, NOW)
    except (InvalidScope, InvalidAuthorizationDetails, InvalidRequest):
        return
    assert narrowed.rules
    assert granted.narrow(narrowed) == narrowed
    for kind, rule in narrowed.rules.items():
        assert granted.rules[kind].narrow(rule) == rule


@given(terms)
def test_what_was_granted_may_be_asked_for_word_for_word(granted: Terms) -> None:
    """The details of the token response, sent back, are the terms themselves."""
    rules = {
        kind: replace(
            rule,
            fields=(rule.fields & shareable_fields(kind)) or shareable_fields(kind),
            sellers=rule.sellers or frozenset({ANY}),
            categories=rule.categories or frozenset({ANY}),
            gifts=rule.gifts and kind.gift_compartment is not None,
        )
        for kind, rule in granted.rules.items()
    }
    granted = replace(granted, rules=rules)
    if not rules:
        return
    details = json.loads(json.dumps(granted.authorization_details()))
    assert Narrowing(details=details).of(granted, NOW) == granted
    assert Narrowing(granted.scope, details).of(granted, NOW) == granted
    assert Narrowing(granted.scope).of(granted, NOW) == granted


def test_what_a_detail_leaves_out_is_as_it_was_granted() -> None:
    """An absent list asks for what is granted; gifts must be named, as in any request."""
    narrowed = detail().of(TERMS, NOW)
    assert narrowed == replace(TERMS, rules={Kind.PURCHASE: LIMITED})
    assert not detail("orders").of(TERMS, NOW).rules[Kind.ORDER].gifts
    assert detail("orders", gifts=True).of(TERMS, NOW).rules[Kind.ORDER].gifts


def test_each_limit_can_be_drawn_closer() -> None:
    """Fields, sellers, categories, dates, purposes, duration and once."""
    asked = detail(
        fields=["name", "id"], sellers=["cdw"], categories=["BOOKS"], purpose=[CARE],
        once=True, duration="P7D", **{"from": "2025-02-02", "to": "2025-03-03"},
    )  # fmt: skip
    assert asked.of(TERMS, NOW) == Terms(
        rules={
            Kind.PURCHASE: Rule(
                frozenset({"name"}), LIMITED.sellers, LIMITED.categories, "2025-02-02", "2025-03-03"
            )
        },
        purposes=(CARE,),
        expires_at=NOW + 7 * DAY,
        once=True,
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"datatypes": ["invoices"]},
        {"fields": ["name", "seller"]},
        {"fields": ["password"]},
        {"fields": ["id"]},
        {"sellers": ["Amazon"]},
        {"sellers": ["CDW", "Amazon"]},
        {"sellers": [ANY]},
        {"categories": ["tools"]},
        {"categories": [ANY]},
        {"from": "2024-12-31"},
        {"to": "2026-01-01"},
        {"gifts": True},
        {"purpose": ["https://w3id.org/dpv#Marketing"]},
        {"duration": "P31D"},
    ],
    ids=str,
)
def test_naming_what_was_not_granted_is_refused(limits: dict[str, Any]) -> None:
    """The whole narrowing, not only the part that goes too far."""
    with pytest.raises(InvalidAuthorizationDetails):
        detail(**{"datatypes": ["purchases"], **limits}).of(TERMS, NOW)


def test_more_than_once_is_refused_where_once_was_granted() -> None:
    """Left out it is as granted; said to be false it is asked for."""
    once = replace(TERMS, once=True)
    assert detail().of(once, NOW).once
    with pytest.raises(InvalidAuthorizationDetails):
        detail(once=False).of(once, NOW)


@pytest.mark.parametrize(
    "scope",
    [
        "invoices:read",
        "purchases:read invoices:read",
        "purchases:read gifts:read",
        "gifts:read",
        "x",
    ],
)
def test_a_scope_that_was_not_granted_is_refused(scope: str) -> None:
    """Another kind, gifts where none were granted for the kinds named, unknown words."""
    with pytest.raises(InvalidScope):
        Narrowing(scope).of(TERMS, NOW)


def test_scope_and_details_must_narrow_alike() -> None:
    """Where both are sent (RFC 9396)."""
    with pytest.raises(InvalidRequest):
        Narrowing("orders:read", [{"datatypes": ["purchases"]}]).of(TERMS, NOW)


def test_self_is_who_the_vendor_was_verified_to_be() -> None:
    """A verified vendor's own identifiers, within the grant; for any other all that was granted."""
    own = [{"datatypes": ["purchases"], "sellers": ["self"]}]
    assert Narrowing(details=own).of(TERMS, NOW).rules[Kind.PURCHASE] == LIMITED
    verified = Narrowing(details=own, client_sellers=("CDW",))
    assert verified.of(TERMS, NOW).rules[Kind.PURCHASE].sellers == keys_for("CDW")
    with pytest.raises(InvalidAuthorizationDetails):
        replace(verified, client_sellers=("Amazon",)).of(TERMS, NOW)
