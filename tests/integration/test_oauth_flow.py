"""The whole way: a vendor asks, the customer decides, the vendor exchanges, reads, renews, ends."""

import pytest

from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served, connected, ticked
from tests.vendor_client import REDIRECT_URI, answer
from vault.domain.compartments import Kind
from vault.domain.rules import shareable_fields

LAPTOP = {
    "name": "Laptop",
    "seller": {"name": "CDW"},
    "orderDate": "2025-05-05",
    "price": "900.00",
    "priceCurrency": "USD",
}
BOOK = {"name": "A book", "seller": {"name": "Amazon"}, "orderDate": "2025-06-06"}


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with two purchases."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, LAPTOP, BOOK)
    return customer


def test_a_vendor_reads_what_its_customer_has_allowed(server: Served, anna: Customer) -> None:
    """PAR, consent, code, DPoP-bound token, page: the records come as they are, and no more."""
    vendor = connected(server, anna)
    page = vendor.get("/api/v1/purchases")
    assert page.status_code == 200, page.text
    items = page.json()["items"]
    assert [item["name"] for item in items] == ["Laptop", "A book"]
    assert all("source" not in item for item in items)
    assert page.headers["Cache-Control"] == "no-store"
    assert len(page.headers["Ledger-Head"]) == 64
    assert page.json()["has_more"] is False
    assert vendor.get("/api/v1/purchases", cursor=page.json()["next_cursor"]).json()["items"] == []


@sqlite_only
def test_the_answer_names_the_issuer_and_the_state(server: Served, anna: Customer) -> None:
    """RFC 9207: `iss` in success and in error, by 303."""
    vendor = server.vendor()
    allowed = anna.decide(vendor.begin(), "allow")
    declined = anna.decide(vendor.begin(), "decline")
    assert (allowed.status_code, declined.status_code) == (303, 303)
    good, bad = (answer(each.headers["Location"]) for each in (allowed, declined))
    assert good["iss"] == bad["iss"] == ISSUER
    assert good["state"] == bad["state"] == "state-of-the-vendor"
    assert bad["error"] == "access_denied"
    assert "code" not in bad
    assert allowed.headers["Location"].startswith(REDIRECT_URI)


@sqlite_only
def test_the_token_response_says_what_was_granted(server: Served, anna: Customer) -> None:
    """What is granted is explicit, and the customer's name is not in it."""
    vendor = server.vendor()
    response = vendor.exchange(anna.allow(vendor.begin()))
    token = response.json()
    assert token["token_type"] == "DPoP"
    assert token["expires_in"] <= 600
    assert token["scope"] == "purchases:read"
    [detail] = token["authorization_details"]
    assert detail["type"] == "vrm_records"
    assert detail["datatypes"] == ["purchases"]
    assert "name" in detail["fields"]
    assert "anna" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_the_customer_narrows_and_the_vendor_gets_no_more(server: Served, anna: Customer) -> None:
    """Fields unticked and sellers left out are not released."""
    vendor = server.vendor()
    code = anna.allow(
        vendor.begin(), fields=["purchases.name"], sellers=["*", "name:cdw"], days="7"
    )
    token = vendor.exchange(code).json()
    assert token["authorization_details"][0]["fields"] == ["name"]
    [item] = vendor.get("/api/v1/purchases").json()["items"]
    assert item.keys() == {"id", "name"}
    assert item["name"] == "Laptop"


@sqlite_only
def test_the_preview_shows_the_very_records(server: Served, anna: Customer) -> None:
    """*What they will see* follows the choice, before anything is allowed."""
    vendor = server.vendor()
    url = vendor.begin()
    before = anna.open(url).text
    assert "What they will see" in before
    assert "Laptop" not in before
    assert "Laptop" in anna.decide(url, "preview").text
    after = anna.decide(url, "preview", sellers=["name:amazon"]).text
    assert "A book" in after
    assert "Laptop" not in after


@sqlite_only
def test_nothing_is_ticked_beforehand(server: Served, anna: Customer) -> None:
    """Neither field nor cluster nor seller, and pressing the button at once allows nothing."""
    vendor = server.vendor()
    url = vendor.begin(scope="purchases:read orders:read gifts:read")
    stands = ticked(anna.open(url).text)
    assert stands == {"categories": ["*"], "from": [""], "to": [""], "days": ["180"]}
    refused = anna.decide(url, "allow", clusters=[], sellers=[])
    assert refused.status_code == 422
    assert anna.allow(url)


@sqlite_only
def test_the_page_says_who_asks_and_what_for(server: Served, anna: Customer) -> None:
    """Verified or not, new or since when, and each purpose in a sentence."""
    vendor = server.vendor()
    asked = (
        '[{"type":"vrm_records","datatypes":["purchases"],"purpose":'
        '["https://w3id.org/dpv#CustomerCare","https://shop.example/our-own"]}]'
    )
    url = vendor.begin(scope=None, authorization_details=asked)
    page = anna.open(url).text
    assert "To help you when something is wrong or unclear." in page
    assert "In its own words: “https://shop.example/our-own”" in page
    assert "Not verified." in page
    assert "New to this vault." in page
    vendor.exchange(anna.allow(url))
    assert "You have dealt with it here since" in anna.open(vendor.begin()).text


@sqlite_only
def test_a_cluster_a_field_or_all_of_it(server: Served, anna: Customer) -> None:
    """Shared are the fields of ticked clusters and single ticked fields, whichever way."""
    vendor = server.vendor()
    chosen = {"fields": ["purchases.name"], "clusters": ["purchases.cost"]}
    token = vendor.exchange(anna.allow(vendor.begin(), **chosen)).json()
    assert token["authorization_details"][0]["fields"] == [
        "lineTotal", "name", "price", "priceCurrency",
    ]  # fmt: skip
    token = vendor.exchange(anna.allow(vendor.begin(), fields=["purchases.name"])).json()
    assert token["authorization_details"][0]["fields"] == ["name"]
    token = vendor.exchange(anna.allow(vendor.begin())).json()
    assert set(token["authorization_details"][0]["fields"]) == shareable_fields(Kind.PURCHASE)


@sqlite_only
def test_a_choice_of_nothing_comes_back_with_why_and_as_it_was(
    server: Served, anna: Customer
) -> None:
    """Allowing nothing is no consent: the page says so, keeps the rest, and the request lives."""
    vendor = server.vendor()
    url = vendor.begin(scope="purchases:read gifts:read")
    sent = {"sellers": ["name:cdw"], "days": "30", "gifts": "yes", "once": "yes"}
    refused = anna.decide(url, "allow", fields=[], to="2026-01-31", **sent)
    assert refused.status_code == 422
    assert "Choose at least one thing" in refused.text
    assert ticked(refused.text) == {
        "sellers": ["name:cdw"],
        "categories": ["*"],
        "from": [""],
        "to": ["2026-01-31"],
        "days": ["30"],
        "gifts": ["yes"],
        "once": ["yes"],
    }
    unclear = anna.decide(url, "allow", sellers=[], clusters=["purchases.cost"])
    assert unclear.status_code == 422
    assert "Choose at least one seller" in unclear.text
    assert ticked(unclear.text)["clusters"] == ["purchases.cost"]
    assert anna.allow(url)


@sqlite_only
def test_more_than_was_asked_cannot_be_granted(server: Served, anna: Customer) -> None:
    """A form that names other fields, kinds, gifts or a longer time grants no more."""
    vendor = server.vendor()
    asked = '[{"type":"vrm_records","datatypes":["purchases"],"fields":["name"],"duration":"P7D"}]'
    url = vendor.begin(scope=None, authorization_details=asked)
    assert anna.decide(url, "allow", days="8").status_code == 422
    code = anna.allow(
        url, fields=["purchases.name", "purchases.price", "orders.orderNumber"], gifts="yes"
    )
    [detail] = vendor.exchange(code).json()["authorization_details"]
    assert detail["fields"] == ["name"]
    assert detail["gifts"] is False


@sqlite_only
def test_gifts_are_not_ticked_beforehand(server: Served, anna: Customer) -> None:
    """Gifts that are asked for go along only where the customer ticks them."""
    anna.keep(Kind.PURCHASE, {"name": "A watch", "isGift": True}, gift=True)
    vendor = server.vendor()
    scope = "purchases:read gifts:read"
    without = vendor.exchange(anna.allow(vendor.begin(scope=scope)))
    assert without.json()["scope"] == "purchases:read"
    assert "A watch" not in vendor.get("/api/v1/purchases").text
    vendor.exchange(anna.allow(vendor.begin(scope=scope), gifts="yes"))
    watch = vendor.get("/api/v1/purchases").json()["items"][-1]
    assert watch["isGift"] is True


def test_refresh_gives_another_token_and_keeps_the_refresh_token(
    server: Served, anna: Customer
) -> None:
    """FAPI 2.0 5.3.2.1: no routine rotation; the new token reads."""
    vendor = connected(server, anna)
    first, kept = vendor.access_token, vendor.refresh_token
    response = vendor.refresh()
    assert response.status_code == 200, response.text
    assert vendor.access_token != first
    assert vendor.refresh_token == kept
    assert vendor.get("/api/v1/purchases").status_code == 200


def test_after_withdrawal_neither_token_works(server: Served, anna: Customer) -> None:
    """Withdrawn means 401 at once, and no renewal."""
    vendor = connected(server, anna)
    [given] = server.services.consents.given(anna.vault())
    server.services.consents.withdraw(anna.vault(), given.grant_id)
    refused = vendor.get("/api/v1/purchases")
    assert refused.status_code == 401
    assert refused.json()["code"] == "invalid_token"
    assert vendor.refresh().json()["error"] == "invalid_grant"


def test_a_revoked_access_token_is_dead_and_its_sibling_lives(
    server: Served, anna: Customer
) -> None:
    """RFC 7009: revoking one access token ends that token."""
    vendor = connected(server, anna)
    assert vendor.revoke(vendor.access_token).status_code == 200
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert vendor.refresh().status_code == 200
    assert vendor.get("/api/v1/purchases").status_code == 200


def test_a_revoked_refresh_token_ends_the_consent(server: Served, anna: Customer) -> None:
    """The vendor wants no more: both tokens die."""
    vendor = connected(server, anna)
    assert vendor.revoke(vendor.refresh_token).status_code == 200
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert vendor.refresh().json()["error"] == "invalid_grant"


def test_two_vendors_know_the_customer_by_different_names(server: Served, anna: Customer) -> None:
    """`sub` and ids on the wire differ from vendor to vendor."""
    one, two = connected(server, anna), connected(server, anna)
    subjects = {each.get("/api/v1/grant").json()["sub"] for each in (one, two)}
    ids = {each.get("/api/v1/purchases").json()["items"][0]["id"] for each in (one, two)}
    assert len(subjects) == len(ids) == 2


@sqlite_only
def test_a_locked_customer_unlocks_first_and_comes_back(server: Served) -> None:
    """The way back is an address of the vault's own making, front-channel extras left out."""
    url = server.vendor().begin()
    response = server.http.get(url + "&next=https://evil.example&scope=orders:read")
    assert response.status_code == 303
    location = response.headers["Location"]
    assert location.startswith("/unlock?next=/oauth/authorize")
    assert "evil" not in location
    assert "orders" not in location


def test_a_basic_client_reads_with_a_bearer_token_and_rotates(
    server: Served, anna: Customer
) -> None:
    """Profile `basic`: a secret, PKCE, bearer tokens, a new refresh token each time.

    Until one of the new tokens is used, asking again gives the same refresh token.
    """
    vendor = server.basic_vendor()
    response = vendor.exchange(anna.allow(vendor.begin()))
    assert response.json()["token_type"] == "Bearer"
    assert vendor.get("/api/v1/purchases").status_code == 200
    first = vendor.refresh_token
    assert vendor.refresh().status_code == 200
    second = vendor.refresh_token
    assert second != first
    assert vendor.refresh(refresh_token=first).json()["refresh_token"] == second
    assert vendor.get("/api/v1/purchases").status_code == 200
    assert vendor.refresh(refresh_token=first).json()["error"] == "invalid_grant"


@sqlite_only
def test_a_basic_client_may_ask_by_the_front_channel(server: Served, anna: Customer) -> None:
    """Its parameters are pushed for it, checked as any."""
    vendor = server.basic_vendor()
    request = server.http.build_request(
        "GET", f"{ISSUER}/oauth/authorize", params=vendor.request_parameters()
    )
    response = server.http.send(request)
    assert response.status_code == 303
    code = anna.allow(ISSUER + response.headers["Location"])
    assert vendor.exchange(code).status_code == 200
