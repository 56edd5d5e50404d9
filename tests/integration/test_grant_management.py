"""Grants as resources for their vendor: status, and the way to give one back."""

import httpx
import pytest

from tests.conftest import both_databases, sqlite_only
from tests.served import ISSUER, Customer, Served, connected
from tests.vendor_client import ASSERTION_TYPE, VendorClient


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer."""
    return server.customer()


def call(vendor: VendorClient, method: str, grant_id: str) -> httpx.Response:
    """Call a grant's address, authenticated in the header."""
    headers = {"Authorization": f"Bearer {vendor.assertion()}"}
    return vendor.http.request(method, f"{ISSUER}/oauth/grants/{grant_id}", headers=headers)


def grant_of(server: Served, anna: Customer) -> str:
    """The customer's only consent."""
    [given] = server.services.consents.given(anna.vault())
    grant_id: str = given.grant_id
    return grant_id


@both_databases
def test_a_vendor_sees_and_ends_its_grant(server: Served, anna: Customer) -> None:
    """Its state and times, without a token; after DELETE no token works."""
    vendor = connected(server, anna)
    grant_id = grant_of(server, anna)
    told = call(vendor, "GET", grant_id)
    assert told.status_code == 200
    assert told.headers["Cache-Control"] == "no-store"
    assert told.json().keys() == {"grant_id", "status", "created_at", "expires_at"}
    assert told.json()["status"] == "given"
    assert vendor.get("/api/v1/purchases").status_code == 200
    assert call(vendor, "DELETE", grant_id).status_code == 204
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert call(vendor, "DELETE", grant_id).status_code == 204
    told = call(vendor, "GET", grant_id)
    assert told.json()["status"] == "revoked"
    assert "ended_at" in told.json()


@sqlite_only
def test_a_vendor_learns_of_the_end_of_its_grant(server: Served, anna: Customer) -> None:
    """Withdrawn by the customer, or run out."""
    vendor, other = connected(server, anna), connected(server, anna)
    for given in server.services.consents.given(anna.vault()):
        if given.client_id == vendor.client_id:
            withdrawn = given.grant_id
            server.services.consents.withdraw(anna.vault(), given.grant_id)
        else:
            standing = given.grant_id
    assert call(vendor, "GET", withdrawn).json()["status"] == "withdrawn"
    server.clock.ahead = 400 * 86_400
    assert call(other, "GET", standing).json()["status"] == "expired"


@sqlite_only
def test_the_assertion_may_stand_in_a_form(server: Served, anna: Customer) -> None:
    """As at the token endpoint."""
    vendor = connected(server, anna)
    address = f"{ISSUER}/oauth/grants/{grant_of(server, anna)}"
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": vendor.assertion()}
    told = vendor.http.request("GET", address, data=form)
    assert told.json()["status"] == "given"


@sqlite_only
def test_a_client_with_a_secret_may_ask_too(server: Served, anna: Customer) -> None:
    """By HTTP Basic, as everywhere."""
    vendor = server.basic_vendor()
    assert vendor.exchange(anna.allow(vendor.begin())).status_code == 200
    address = f"{ISSUER}/oauth/grants/{grant_of(server, anna)}"
    auth = httpx.BasicAuth(vendor.client_id, vendor.secret or "")
    assert vendor.http.get(address, auth=auth).json()["status"] == "given"
    wrong = httpx.BasicAuth(vendor.client_id, "wrong")
    assert vendor.http.get(address, auth=wrong).status_code == 401


@sqlite_only
def test_unknown_and_foreign_grants_are_refused_alike(server: Served, anna: Customer) -> None:
    """Nobody learns whose grant it is, or ends another's."""
    vendor, other = connected(server, anna), server.vendor("Mallory")
    grant_id = grant_of(server, anna)
    refusals = {
        (answer.status_code, answer.text)
        for method in ("GET", "DELETE")
        for wanted in (grant_id, "00" * 16, "00", "zz", grant_id + "00")
        for answer in [call(other, method, wanted)]
    }
    assert {status for status, _ in refusals} == {404}
    assert len(refusals) == 1
    assert vendor.get("/api/v1/purchases").status_code == 200


@sqlite_only
def test_nobody_asks_without_authentication(server: Served, anna: Customer) -> None:
    """No credentials, a used assertion, an access token, an assertion in the address."""
    vendor = connected(server, anna)
    address = f"{ISSUER}/oauth/grants/{grant_of(server, anna)}"
    assertion = vendor.assertion()
    used = {"Authorization": f"Bearer {assertion}"}
    assert vendor.http.get(address, headers=used).status_code == 200
    assert vendor.http.get(address, headers=used).status_code == 401
    assert vendor.http.get(address).status_code == 401
    token = {"Authorization": f"Bearer {vendor.access_token}"}
    assert vendor.http.get(address, headers=token).status_code == 401
    in_address = {"client_assertion": vendor.assertion()}
    assert vendor.http.delete(address, params=in_address).status_code == 400
    assert vendor.get("/api/v1/purchases").status_code == 200
