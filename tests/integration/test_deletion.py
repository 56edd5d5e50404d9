"""Deletion: owed when a consent has ended, told at the next call, acknowledged once."""

from typing import Any

import httpx
import pytest

from tests.asked import begin_again
from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served, connected
from tests.story import DAY
from tests.vendor_client import VendorClient, ec_key
from vault.domain.compartments import Kind
from vault.domain.notices import NoticeKind
from vault.services.consents.consents import GivenConsent

PATH = "/api/v1/grant/deletion"


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A kettle"})
    return customer


@pytest.fixture
def shop(server: Served, anna: Customer) -> VendorClient:
    """A vendor with her consent, which has read under it."""
    vendor = connected(server, anna)
    assert vendor.get("/api/v1/purchases").status_code == 200
    return vendor


def consent(customer: Customer) -> GivenConsent:
    """Her one consent."""
    [given] = customer.server.services.consents.given(customer.vault())
    return given


def withdraw(customer: Customer) -> str:
    """Withdraw it; its id."""
    grant_id = consent(customer).grant_id
    customer.server.services.consents.withdraw(customer.vault(), grant_id)
    return grant_id


def by_token(vendor: VendorClient, **changes: Any) -> httpx.Response:
    """Acknowledge with the access token and its proof, a second time with the nonce."""
    for _ in range(2):
        headers = {
            "Authorization": f"DPoP {vendor.access_token}",
            "DPoP": vendor.proof("POST", PATH, vendor.access_token),
        }
        answer = vendor.http.post(ISSUER + PATH, headers=headers | changes)
        vendor._remember(answer)
        if answer.status_code != 401 or answer.json()["code"] != "use_dpop_nonce":
            break
    return answer


def by_assertion(vendor: VendorClient, grant_id: str) -> httpx.Response:
    """Acknowledge as a client."""
    return vendor.post(PATH, {"grant_id": grant_id})


def acknowledgments(customer: Customer) -> int:
    """How often that stands in her activity."""
    page = customer.server.services.activity.page(customer.vault())
    return sum(entry.what == "deletion_acknowledged" for entry in page.entries)


def test_a_vendor_is_told_and_acknowledges_by_its_ended_token(
    anna: Customer, shop: VendorClient
) -> None:
    """At any read; afterwards it is told no more, and the customer sees it everywhere."""
    withdraw(anna)
    refused = shop.get("/api/v1/purchases")
    assert (refused.status_code, refused.json()["deletion_owed"]) == (401, True)
    assert by_token(shop).status_code == 204
    assert "deletion_owed" not in shop.get("/api/v1/purchases").json()
    assert consent(anna).deleted_at is not None
    assert acknowledgments(anna) == 1
    told = {one.kind: one for one in anna.server.services.notices.unseen(anna.vault())}
    assert told[NoticeKind.DELETION].vendor == "Shop"
    assert "says that it has deleted what it had read" in anna.open(f"{ISSUER}/activity").text


def test_a_vendor_acknowledges_by_its_client_authentication(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """Days later, when nobody knows the token any more; the status of the grant tells it."""
    grant_id = withdraw(anna)
    server.clock.ahead += 3 * DAY
    begin_again(anna)
    told = shop.http.get(
        f"{ISSUER}/oauth/grants/{grant_id}",
        headers={"Authorization": f"Bearer {shop.assertion()}"},
    ).json()
    assert (told["status"], told["deletion_owed"]) == ("withdrawn", True)
    assert by_assertion(shop, grant_id).status_code == 204
    told = shop.http.get(
        f"{ISSUER}/oauth/grants/{grant_id}",
        headers={"Authorization": f"Bearer {shop.assertion()}"},
    ).json()
    assert "deletion_owed" not in told
    assert told["deleted_at"] == consent(anna).deleted_at


def test_it_counts_once(server: Served, anna: Customer, shop: VendorClient) -> None:
    """However often it is sent, and in which way: the first time stands."""
    grant_id = withdraw(anna)
    assert by_token(shop).status_code == 204
    first = consent(anna).deleted_at
    server.clock.ahead += 60
    for answer in (by_token(shop), by_assertion(shop, grant_id), by_assertion(shop, grant_id)):
        assert answer.status_code == 204, answer.text
    assert consent(anna).deleted_at == first
    assert acknowledgments(anna) == 1


def test_a_refresh_tells_it_too(anna: Customer, shop: VendorClient) -> None:
    """In words, since OAuth's errors have no other place."""
    withdraw(anna)
    refused = shop.refresh().json()
    assert refused["error"] == "invalid_grant"
    assert "deletion_owed" in refused["error_description"]
    by_token(shop)
    assert "deletion_owed" not in shop.refresh().json()["error_description"]


def test_it_is_owed_when_the_time_is_over(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """Also before the sweep has ended the consent."""
    given = consent(anna)
    server.clock.ahead += given.terms.expires_at - server.clock() + 1
    assert "deletion_owed" in shop.refresh().json()["error_description"]
    assert by_assertion(shop, given.grant_id).status_code == 204
    begin_again(anna)
    assert consent(anna).state.name == "EXPIRED"
    assert consent(anna).deleted_at is not None


def test_who_gave_it_back_is_not_told(anna: Customer, shop: VendorClient) -> None:
    """It has ended the consent itself, and may say all the same that it has deleted."""
    assert shop.revoke(shop.refresh_token).status_code == 200
    assert "deletion_owed" not in shop.get("/api/v1/purchases").json()
    assert by_token(shop).status_code == 204
    assert consent(anna).deleted_at is not None


def test_a_consent_in_force_owes_nothing(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """An old access token means nothing by itself, and there is nothing to acknowledge."""
    for answer in (by_token(shop), by_assertion(shop, consent(anna).grant_id)):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    server.clock.ahead += 900
    assert "deletion_owed" not in shop.get("/api/v1/purchases").json()
    begin_again(anna)
    assert consent(anna).deleted_at is None


def test_nobody_else_acknowledges(server: Served, anna: Customer, shop: VendorClient) -> None:
    """Neither with the token and another key, nor without proof, nor as another client."""
    grant_id = withdraw(anna)
    thief = VendorClient(shop.http, ISSUER, shop.client_id, ec_key())
    thief.access_token = shop.access_token
    refused = by_token(thief)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")
    assert "deletion_owed" not in thief.get("/api/v1/purchases").json()
    bearer = {"Authorization": f"Bearer {shop.access_token}"}
    assert shop.http.post(ISSUER + PATH, headers=bearer).status_code == 401
    assert by_assertion(server.vendor("Other"), grant_id).status_code == 404
    for unknown in ("", "xyz", "00" * 16, grant_id[:-2]):
        assert by_assertion(shop, unknown).status_code == 404
    forged = VendorClient(shop.http, ISSUER, shop.client_id, ec_key())
    refused = by_assertion(forged, grant_id)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_client")
    nobody = shop.http.post(ISSUER + PATH, data={"grant_id": grant_id})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "invalid_client")
    nothing = shop.http.post(ISSUER + PATH)
    assert (nothing.status_code, nothing.json()["code"]) == (401, "authentication_required")
    assert consent(anna).deleted_at is None
    assert acknowledgments(anna) == 0


@sqlite_only
def test_a_proof_counts_once(anna: Customer, shop: VendorClient) -> None:
    """Here as at any read."""
    withdraw(anna)
    proof = shop.proof("POST", PATH, shop.access_token)
    assert by_token(shop, DPoP=proof).status_code == 204
    assert by_token(shop, DPoP=proof).json()["code"] == "invalid_dpop_proof"


@sqlite_only
def test_a_client_of_the_profile_basic_acknowledges_too(server: Served, anna: Customer) -> None:
    """With its secret, or with the bearer token that has ended."""
    vendor = server.basic_vendor()
    assert vendor.exchange(anna.allow(vendor.begin())).status_code == 200
    grant_id = withdraw(anna)
    headers = {"Authorization": f"Bearer {vendor.access_token}"}
    told = vendor.get("/api/v1/purchases").json()
    assert told["deletion_owed"] is True
    assert vendor.http.post(ISSUER + PATH, headers=headers).status_code == 204
    assert by_assertion(vendor, grant_id).status_code == 204
    assert acknowledgments(anna) == 1
