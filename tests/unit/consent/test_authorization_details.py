"""Rich authorization requests: what the schema does not know it refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.consent import authorization_details
from vault.consent.errors import InvalidAuthorizationDetails

GOOD: dict[str, Any] = {
    "type": "vrm_records",
    "datatypes": ["purchases"],
    "actions": ["read"],
    "fields": ["name", "seller", "orderDate"],
    "sellers": ["self"],
    "categories": ["Laptops"],
    "from": "2025-01-01",
    "to": "2025-12-31",
    "gifts": False,
    "once": False,
    "purpose": ["https://w3id.org/dpv#CustomerCare"],
    "duration": "P6M",
    "terms": ["https://vendor.example/terms"],
}


def test_the_example_of_the_interfaces_is_accepted() -> None:
    """Every member that is offered can be used."""
    assert authorization_details.parse(json.dumps([GOOD])) == [GOOD]


def test_absent_is_none() -> None:
    """No parameter asks by scope alone."""
    assert authorization_details.parse(None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"type": "openid_credential"},
        {"type": None},
        {"datatypes": []},
        {"datatypes": ["gifts"]},
        {"datatypes": ["payments"]},
        {"datatypes": ["purchases", "payments"]},
        {"datatypes": "purchases"},
        {"datatypes": None},
        {"actions": ["write"]},
        {"actions": []},
        {"fields": []},
        {"fields": [1]},
        {"fields": "name"},
        {"sellers": []},
        {"sellers": [""]},
        {"sellers": [{"name": "x"}]},
        {"categories": []},
        {"from": "yesterday"},
        {"from": "2025-13-01"},
        {"from": 20250101},
        {"from": "2026-01-01"},
        {"gifts": "yes"},
        {"gifts": 1},
        {"once": "false"},
        {"purpose": []},
        {"purpose": ["javascript:alert(1)"]},
        {"purpose": ["https://a b"]},
        {"purpose": "https://w3id.org/dpv#CustomerCare"},
        {"duration": "6 months"},
        {"duration": "P"},
        {"duration": "PT5M"},
        {"duration": 6},
        {"terms": [""]},
        {"locations": ["https://vault.example"]},
        {"unknown": 1},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(change: dict[str, Any]) -> None:
    """Wrong values, wrong types and unknown members are refused by name."""
    detail = {name: value for name, value in (GOOD | change).items() if value is not None}
    with pytest.raises(InvalidAuthorizationDetails) as refusal:
        authorization_details.parse(json.dumps([detail]))
    assert refusal.value.error == "invalid_authorization_details"


@pytest.mark.parametrize(
    "text", ["", "x", "{}", "[]", "[1]", "null", '["x"]', json.dumps([GOOD] * 11), "[" * 100_000]
)
def test_what_is_no_list_of_details_is_refused(text: str) -> None:
    """Other JSON, and what is no JSON, is refused; depth does not crash."""
    with pytest.raises(InvalidAuthorizationDetails):
        authorization_details.parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.dictionaries(st.sampled_from([*GOOD]) | st.text(), JSON, max_size=3))
def test_no_json_crashes_the_door(value: Any, changes: dict[str, Any]) -> None:
    """Whatever is sent is either accepted or refused by name."""
    for sent in (value, [value], [GOOD | changes]):
        try:
            authorization_details.parse(json.dumps(sent))
        except InvalidAuthorizationDetails:
            continue
