"""Narrowing and rotation at the token endpoint, as a vendor's library sees them."""

import json
from typing import Any

import httpx
import pytest

from tests.conftest import sqlite_only
from tests.served import Customer, Served, connected
from tests.vendor_client import VendorClient
from vault.domain.compartments import Kind

WIDE = "purchases:read orders:read"


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with a purchase and an order."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "Laptop", "seller": {"name": "CDW"}, "price": "9.00"})
    customer.keep(Kind.ORDER, {"orderNumber": "1"})
    return customer


def details(**limits: Any) -> str:
    """The parameter for purchases with some limits."""
    return json.dumps([{"type": "vrm_records", "datatypes": ["purchases"], **limits}])


def introspected(vendor: VendorClient) -> dict[str, Any]:
    """What introspection says of the access token."""
    answer: dict[str, Any] = vendor.post("/oauth/introspect", {"token": vendor.access_token}).json()
    return answer


@sqlite_only
def test_scope_narrows_one_access_token(server: Served, anna: Customer) -> None:
    """RFC 6749 section 6: the next refresh without a scope gives all that was granted."""
    vendor = connected(server, anna, scope=WIDE)
    assert vendor.refresh(scope="purchases:read").json()["scope"] == "purchases:read"
    assert introspected(vendor)["scope"] == "purchases:read"
    assert vendor.get("/api/v1/grant").json()["scope"] == "purchases:read"
    assert vendor.get("/api/v1/purchases").status_code == 200
    refused = vendor.get("/api/v1/orders")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert vendor.refresh().json()["scope"] == WIDE
    assert vendor.get("/api/v1/orders").status_code == 200


@sqlite_only
def test_authorization_details_narrow_at_either_grant(server: Served, anna: Customer) -> None:
    """RFC 9396 section 6: with the code and with the refresh token."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin(scope=WIDE))
    for response in (
        vendor.exchange(code, authorization_details=details(fields=["name"])),
        vendor.refresh(authorization_details=details(fields=["name"])),
    ):
        assert response.status_code == 200, response.text
        [detail] = response.json()["authorization_details"]
        assert detail["fields"] == ["name"]
        assert introspected(vendor)["authorization_details"] == [detail]
        [item] = vendor.get("/api/v1/purchases").json()["items"]
        assert item.keys() == {"id", "name"}


@sqlite_only
def test_the_details_of_the_answer_may_be_sent_back(server: Served, anna: Customer) -> None:
    """A client takes what was granted, strikes out what it does not need, and sends the rest."""
    vendor = connected(server, anna, scope=WIDE)
    granted = vendor.refresh().json()["authorization_details"]
    again = vendor.refresh(authorization_details=json.dumps(granted)).json()
    assert again["authorization_details"] == granted
    less = vendor.refresh(authorization_details=json.dumps(granted[:1])).json()
    assert less["authorization_details"] == granted[:1]
    assert less["scope"] == "purchases:read"


BEYOND: list[tuple[dict[str, str | None], str]] = [
    ({"scope": "invoices:read"}, "invalid_scope"),
    ({"scope": f"{WIDE} gifts:read"}, "invalid_scope"),
    ({"scope": " "}, "invalid_scope"),
    ({"scope": "openid"}, "invalid_scope"),
    ({"authorization_details": "[]"}, "invalid_authorization_details"),
    ({"authorization_details": details(fields=["x"])}, "invalid_authorization_details"),
    ({"authorization_details": details(gifts=True)}, "invalid_authorization_details"),
    ({"authorization_details": details(duration="P9Y")}, "invalid_authorization_details"),
    ({"authorization_details": details(purpose=["urn:x"])}, "invalid_authorization_details"),
    ({"scope": "orders:read", "authorization_details": details()}, "invalid_request"),
]  # fmt: skip


def refusal(response: httpx.Response) -> str:
    """The error of a refusal, which no cache may keep."""
    assert response.status_code == 400, response.text
    assert response.headers["Cache-Control"] == "no-store"
    error: str = response.json()["error"]
    return error


@sqlite_only
def test_more_than_was_granted_is_refused_and_costs_nothing(server: Served, anna: Customer) -> None:
    """Neither the code nor the refresh token is used up, and each refusal has its name."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin(scope=WIDE))
    for changes, error in BEYOND:
        assert refusal(vendor.exchange(code, **changes)) == error
    assert vendor.exchange(code).status_code == 200
    for changes, error in BEYOND:
        assert refusal(vendor.refresh(**changes)) == error
    assert vendor.get("/api/v1/orders").status_code == 200
    assert vendor.refresh().json()["scope"] == WIDE


@sqlite_only
def test_a_refused_narrowing_rotates_nothing(server: Served, anna: Customer) -> None:
    """Profile `basic`: the old refresh token is still the one."""
    vendor = server.basic_vendor()
    vendor.exchange(anna.allow(vendor.begin()))
    kept = vendor.refresh_token
    assert refusal(vendor.refresh(scope="orders:read")) == "invalid_scope"
    assert vendor.refresh(scope="purchases:read").status_code == 200
    assert vendor.refresh_token != kept
    assert vendor.get("/api/v1/purchases").status_code == 200


def test_a_basic_client_that_proves_a_key_rotates_too(server: Served, anna: Customer) -> None:
    """Its profile decides: the access token is bound to the key, the refresh token is replaced."""
    vendor = server.basic_vendor()
    vendor.exchange(anna.allow(vendor.begin()))
    first = vendor.refresh_token
    bound = _with_proof(vendor, first)
    assert bound["token_type"] == "DPoP"
    assert bound["refresh_token"] != first
    assert _with_proof(vendor, first)["refresh_token"] == bound["refresh_token"], "a retry"
    newest = _with_proof(vendor, bound["refresh_token"])
    assert newest["refresh_token"] not in (first, bound["refresh_token"])
    assert vendor.refresh(refresh_token=first).json()["error"] == "invalid_grant"
    assert vendor.refresh(refresh_token=newest["refresh_token"]).json()["error"] == "invalid_grant"


def _with_proof(vendor: VendorClient, refresh_token: str) -> dict[str, Any]:
    """Refresh with a DPoP proof beside the client's secret."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    for _ in range(2):
        headers = {"DPoP": vendor.proof("POST", "/oauth/token")}
        response = vendor.post("/oauth/token", form, headers=headers)
    answer: dict[str, Any] = response.json()
    assert response.status_code == 200, response.text
    return answer
