"""Asking a customer who is away: OpenID CIBA Core 1.0 in poll mode, over HTTP."""

from dataclasses import replace
from typing import Any

import pytest
from limits import parse
from sqlalchemy import update

from tests.asking import allow, asked, press, refusal, verified, waiting
from tests.conftest import sqlite_only
from tests.served import ISSUER, PASSPHRASE, Customer, Served, everything
from tests.vendor_client import CIBA, REDIRECT_URI, VendorClient, ec_key, public
from vault.consent import throttle
from vault.domain.compartments import Kind
from vault.services.upkeep.sweeping import Sweeping
from vault.storage.schema import clients

BOOK = {"name": "A book", "seller": {"name": "Amazon"}, "orderDate": "2025-06-06"}
LAPTOP = {"name": "Laptop", "seller": {"name": "CDW"}, "orderDate": "2025-05-05"}
RING = {"name": "A ring", "seller": {"name": "Amazon"}, "orderDate": "2025-07-07"}
DAY = 86_400


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with two purchases."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, LAPTOP, BOOK)
    return customer


@pytest.fixture
def shop(server: Served) -> VendorClient:
    """A vendor whom the operator has verified."""
    return verified(server)


def test_a_vendor_asks_the_customer_who_is_away_and_reads(
    anna: Customer, shop: VendorClient
) -> None:
    """Asked, approved hours later, polled: a bound token that reads, and renews, like any other."""
    response = shop.ask("anna", binding_message="About your order 302")
    assert response.json() == {
        "auth_req_id": response.json()["auth_req_id"],
        "expires_in": 3 * DAY,
        "interval": 5,
    }
    assert response.headers["Cache-Control"] == "no-store"
    auth_req_id = response.json()["auth_req_id"]
    assert refusal(shop.poll(auth_req_id)) == "authorization_pending"
    [url] = waiting(anna)
    page = anna.open(url).text
    assert "Shop" in page
    assert "About your order 302" in page
    assert "A book" in press(anna, url, "preview").text
    allow(anna)
    assert waiting(anna) == []
    tokens = shop.poll(auth_req_id)
    assert tokens.status_code == 200, tokens.text
    assert tokens.json()["token_type"] == "DPoP"
    assert tokens.json()["scope"] == "purchases:read"
    names = [one["name"] for one in shop.get("/api/v1/purchases").json()["items"]]
    assert names == ["Laptop", "A book"]
    assert shop.refresh().status_code == 200
    assert shop.get("/api/v1/purchases").status_code == 200


@sqlite_only
def test_details_are_asked_and_narrowed_as_ever(anna: Customer, shop: VendorClient) -> None:
    """Authorization details count, the customer takes away from them, and gifts stay out."""
    anna.keep(Kind.PURCHASE, RING, gift=True)
    details = '[{"type":"vrm_records","datatypes":["purchases"],"gifts":true}]'
    auth_req_id = asked(shop, scope=None, authorization_details=details)
    allow(anna, fields=["purchases.name"], sellers=["name:amazon"])
    granted = shop.poll(auth_req_id).json()["authorization_details"][0]
    assert granted["fields"] == ["name"]
    assert granted["gifts"] is False
    items = shop.get("/api/v1/purchases").json()["items"]
    assert [item["name"] for item in items] == ["A book"]


def test_the_token_is_bound_to_the_key_of_the_poll(anna: Customer, shop: VendorClient) -> None:
    """A client whose tokens are bound needs a proof to poll; nothing is used up without one."""
    auth_req_id = asked(shop)
    allow(anna)
    form = {"grant_type": CIBA, "auth_req_id": auth_req_id}
    assert refusal(shop.post("/oauth/token", form)) == "invalid_dpop_proof"
    assert shop.poll(auth_req_id).status_code == 200


@sqlite_only
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login_hint": None}, "invalid_request"),
        ({"login_hint_token": "ey"}, "invalid_request"),
        ({"id_token_hint": "ey"}, "invalid_request"),
        ({"login_hint": "a" * 65}, "invalid_request"),
        ({"login_hint": "a\x00b"}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"authorization_details": "[{}]"}, "invalid_authorization_details"),
        ({"binding_message": "a" * 81}, "invalid_binding_message"),
        ({"binding_message": "a\nb"}, "invalid_binding_message"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "-5"}, "invalid_request"),
        ({"requested_expiry": "1.5"}, "invalid_request"),
        ({"requested_expiry": "²"}, "invalid_request"),
        ({"request": "ey"}, "request_not_supported"),
    ],
)
def test_a_faulty_request_is_refused_by_name(
    server: Served, shop: VendorClient, changes: dict[str, str | None], error: str
) -> None:
    """Section 13; the same whether there is such a customer or not, since nobody was looked up."""
    assert refusal(shop.ask(**{"login_hint": "anna", **changes})) == error
    server.customer("anna")
    assert refusal(shop.ask(**{"login_hint": "anna", **changes})) == error


@sqlite_only
def test_the_time_that_is_asked_for_is_given_up_to_a_week(shop: VendorClient) -> None:
    """`requested_expiry` counts in seconds; `user_code` is ignored."""
    assert shop.ask("x", requested_expiry="60").json()["expires_in"] == 60
    assert shop.ask("x", requested_expiry="999999999").json()["expires_in"] == 7 * DAY
    assert shop.ask("x", user_code="1234").status_code == 200


@sqlite_only
def test_only_a_verified_vendor_may_ask(server: Served, anna: Customer, shop: VendorClient) -> None:
    """An unverified one is refused, and one that is verified no longer cannot take the answer."""
    stranger = server.vendor("Stranger")
    assert refusal(stranger.ask("anna")) == "unauthorized_client"
    assert waiting(anna) == []
    auth_req_id = asked(shop)
    allow(anna)
    with server.store.database.write() as conn:
        conn.execute(update(clients).values(verified_at=None))
    assert refusal(shop.poll(auth_req_id)) == "unauthorized_client"


@sqlite_only
def test_asking_needs_authentication(server: Served, shop: VendorClient) -> None:
    """Whoever is not authenticated is told so, and nothing else."""
    form = {"login_hint": "anna", "scope": "purchases:read", "client_id": shop.client_id}
    response = server.http.post(f"{ISSUER}/oauth/bc-authorize", data=form)
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert server.http.get(f"{ISSUER}/oauth/bc-authorize").status_code == 405


@sqlite_only
def test_declined_is_declined(anna: Customer, shop: VendorClient) -> None:
    """The vendor hears `access_denied`, and a decision counts once."""
    auth_req_id = asked(shop)
    [url] = waiting(anna)
    assert press(anna, url, "decline").status_code == 303
    assert refusal(shop.poll(auth_req_id)) == "access_denied"
    assert anna.open(url).status_code == 400
    assert waiting(anna) == []


def test_withdrawn_before_the_poll_is_withdrawn(anna: Customer, shop: VendorClient) -> None:
    """A consent that was withdrawn before the vendor came for it gives no token."""
    auth_req_id = asked(shop)
    allow(anna)
    [grant] = anna.server.services.consents.given(anna.vault())
    anna.server.services.consents.withdraw(anna.vault(), grant.grant_id)
    assert refusal(shop.poll(auth_req_id)) == "access_denied"


def test_an_answer_that_comes_too_late_is_none(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """After its time the request is gone from the page, and the vendor hears `expired_token`."""
    auth_req_id = asked(shop, requested_expiry="60")
    [url] = waiting(anna)
    server.clock.ahead = 61
    assert waiting(anna) == []
    assert anna.open(url).status_code == 400
    assert refusal(shop.poll(auth_req_id)) == "expired_token"


def test_polling_too_fast_is_told_so(server: Served, shop: VendorClient) -> None:
    """Within five seconds the answer is `slow_down`, and a poll in time is pending again."""
    auth_req_id = asked(shop)
    answers = [refusal(shop.poll(auth_req_id)) for _ in range(2)]
    server.clock.ahead = 6
    answers.append(refusal(shop.poll(auth_req_id)))
    assert answers == ["authorization_pending", "slow_down", "authorization_pending"]


@sqlite_only
def test_waiting_is_no_failure(
    server: Served, shop: VendorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor that polls for many customers is not taken for one that tries keys."""
    few = 5
    limit = replace(throttle.FAILURES, item=parse(f"{few} per minute"))
    monkeypatch.setattr(throttle, "FAILURES", limit)
    auth_req_id = asked(shop)
    for _ in range(few + 1):
        server.clock.ahead += 5
        last = refusal(shop.poll(auth_req_id))
    assert last == "authorization_pending"


@sqlite_only
def test_an_auth_req_id_is_its_clients_own(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """Another client's, an unknown or a used one is `invalid_grant`; a second use ends nothing."""
    other = verified(server, "Other")
    auth_req_id = asked(shop)
    allow(anna)
    assert refusal(other.poll(auth_req_id)) == "invalid_grant"
    assert refusal(shop.poll("var_" + "A" * 43)) == "invalid_grant"
    assert refusal(shop.poll("nonsense")) == "invalid_grant"
    assert shop.poll(auth_req_id).status_code == 200
    assert refusal(shop.poll(auth_req_id)) == "invalid_grant"
    assert shop.get("/api/v1/purchases").status_code == 200


def test_of_two_requests_the_later_counts(anna: Customer, shop: VendorClient) -> None:
    """One waits for each vendor and customer; the former ends, whoever it was for."""
    for name in ("anna", "nobody"):
        former, later = asked(shop, name), asked(shop, name)
        assert refusal(shop.poll(former)) == "access_denied"
        assert refusal(shop.poll(later)) == "authorization_pending"
    assert len(waiting(anna)) == 1


def test_what_is_read_cannot_be_exchanged_under_the_reader(
    anna: Customer, shop: VendorClient
) -> None:
    """A page that shows a narrow request allows nothing once a wide one has taken its place."""
    asked(shop)
    [narrow] = waiting(anna)
    page = anna.open(narrow)
    wide = asked(shop, scope="purchases:read invoices:read license_keys:read licenses:read")
    data = {**everything(page.text), "csrf_token": anna.csrf_token, "action": "allow"}
    assert anna.browser.post(narrow, data=data).status_code == 400
    assert refusal(shop.poll(wide)) == "authorization_pending"
    [url] = waiting(anna)
    assert url != narrow


@sqlite_only
def test_dont_ask_again(anna: Customer, shop: VendorClient) -> None:
    """A blocked vendor hears what all hear, reaches nobody, and may ask again when let."""
    auth_req_id = asked(shop)
    [url] = waiting(anna)
    assert press(anna, url, "block").status_code == 303
    assert refusal(shop.poll(auth_req_id)) == "access_denied"
    again = asked(shop)
    assert refusal(shop.poll(again)) == "authorization_pending"
    assert waiting(anna) == []
    page = anna.open(f"{ISSUER}/consents").text
    assert "Let it ask again" in page
    unblock = f"{ISSUER}/consents/blocked/{shop.client_id}/unblock"
    assert anna.browser.post(unblock, data={"csrf_token": anna.csrf_token}).status_code == 302
    asked(shop)
    assert len(waiting(anna)) == 1
    told = [one.what for one in anna.server.services.activity.page(anna.vault()).entries]
    assert told[:3] == ["vendor_unblocked", "vendor_blocked", "consent_refused"]


def test_a_blocked_vendor_is_heard_when_its_customer_comes_from_it(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """Only asking while away is dropped: who comes from the vendor's site decides there."""
    client = server.services.vendors.get(shop.client_id)
    server.services.blocking.block(anna.vault(), client)
    assert shop.exchange(anna.allow(shop.begin())).status_code == 200


@sqlite_only
def test_the_button_is_for_requests_while_away(anna: Customer, shop: VendorClient) -> None:
    """A request with which the customer came cannot be blocked, by the page or past it."""
    url = shop.begin()
    assert "Don’t ask again" not in anna.open(url).text
    assert anna.decide(url, "block").status_code == 400


def test_another_customers_request_is_not_found(server: Served, shop: VendorClient) -> None:
    """Its address opens for the customer who was asked, and for nobody else."""
    anna, berta = server.customer("anna"), server.customer("berta")
    asked(shop)
    [url] = waiting(anna)
    assert waiting(berta) == []
    assert berta.open(url).status_code == 400
    data = {"csrf_token": berta.csrf_token, "action": "allow"}
    assert berta.browser.post(url, data=data).status_code == 400


def test_one_consent_is_amended_while_away(anna: Customer, shop: VendorClient) -> None:
    """What was allowed holds until the vendor comes for the amendment, which then ends it."""
    first = asked(shop)
    allow(anna)
    shop.poll(first)
    before = shop.access_token
    second = asked(shop, scope="purchases:read preferences:read")
    allow(anna)
    assert shop.get("/api/v1/purchases").status_code == 200
    assert shop.poll(second).status_code == 200
    assert shop.get("/api/v1/preferences").status_code == 200
    shop.access_token = before
    assert shop.get("/api/v1/purchases").status_code == 401
    assert len(anna.server.services.consents.given(anna.vault())) == 1


def test_the_sweep_leaves_an_approval_its_time(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """What was approved waits for the vendor as long as its `auth_req_id` lives, and then ends."""
    early, late = asked(shop), asked(other := verified(server, "Other"))
    for url in waiting(anna):
        assert press(anna, url, "allow").status_code == 303
    server.clock.ahead = 3 * DAY - 60
    Sweeping(server.store).run()
    assert shop.poll(early).status_code == 200
    server.clock.ahead = 3 * DAY + 300
    assert Sweeping(server.store).run().grants == 1
    assert refusal(other.poll(late)) == "expired_token"
    assert shop.refresh().status_code == 200


def test_an_erased_vault_is_an_unknown_one(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """With the vault its requests are erased, and the vendor that waits is told nothing."""
    auth_req_id = asked(shop)
    server.services.customers.erase(anna.vault(), PASSPHRASE)
    assert refusal(shop.poll(auth_req_id)) == "authorization_pending"
    again = asked(shop)
    assert refusal(shop.poll(auth_req_id)) == "access_denied"
    assert refusal(shop.poll(again)) == "authorization_pending"


@sqlite_only
def test_asking_is_limited_by_address(shop: VendorClient) -> None:
    """120 a minute: each request is rows for days."""
    answers = {shop.ask(f"customer{number}").status_code for number in range(121)}
    assert answers == {200, 429}


@sqlite_only
def test_it_is_advertised(server: Served) -> None:
    """CIBA Core section 4: where to ask, that one polls, and that there is no user code."""
    document = server.http.get(f"{ISSUER}/.well-known/oauth-authorization-server").json()
    assert document["backchannel_authentication_endpoint"] == f"{ISSUER}/oauth/bc-authorize"
    assert document["backchannel_token_delivery_modes_supported"] == ["poll"]
    assert document["backchannel_user_code_parameter_supported"] is False
    assert CIBA in document["grant_types_supported"]


@sqlite_only
@pytest.mark.parametrize(
    ("asked_for", "status"),
    [
        ({"grant_types": ["authorization_code", CIBA]}, 201),
        ({"backchannel_token_delivery_mode": "poll"}, 201),
        ({"backchannel_token_delivery_mode": "ping"}, 400),
        ({"backchannel_user_code_parameter": True}, 400),
    ],
)
def test_a_client_may_register_for_it(
    server: Served, asked_for: dict[str, Any], status: int
) -> None:
    """Section 4: poll mode without a user code; the grant type is there once it is verified."""
    token = server.services.registrations.invite(1)
    body = {
        "client_name": "Shop",
        "redirect_uris": [REDIRECT_URI],
        "jwks": {"keys": [public(ec_key())]},
        **asked_for,
    }
    headers = {"Authorization": f"Bearer {token}"}
    answer = server.http.post(f"{ISSUER}/oauth/register", json=body, headers=headers)
    assert answer.status_code == status
    if status == 201:
        client_id = answer.json()["client_id"]
        assert CIBA not in answer.json()["grant_types"]
        client = server.services.vendors.verify(client_id)
        assert client.check_grant_type(CIBA)
