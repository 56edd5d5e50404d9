"""Pending requests: what was shown waits for its customer, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from sqlalchemy import select

from tests.asked import begin_again, elsewhere, own_address, parameters, press, refused, waiting
from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served
from tests.vendor_client import REDIRECT_URI, VendorClient, answer
from vault.domain.compartments import Kind
from vault.services.consents.pending import LIFETIME, MOST, Backchannel, PendingRequest, write
from vault.services.vendors.vendors import registration_of
from vault.settings import Settings
from vault.storage import vaults
from vault.storage.schema import inbox


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "Laptop", "seller": {"name": "CDW"}})
    return customer


@pytest.fixture
def vendor(server: Served) -> VendorClient:
    """A vendor that asks."""
    return server.vendor()


# --- it waits ---


@sqlite_only
def test_reading_slowly_loses_nothing(anna: Customer, vendor: VendorClient) -> None:
    """From its first display a request waits for an hour, though its URI lived ten minutes."""
    url = vendor.begin()
    for ahead in range(0, LIFETIME, 600):
        anna.server.clock.ahead = ahead
        assert anna.open(url).status_code == 200
    assert vendor.exchange(anna.allow(url)).status_code == 200


@sqlite_only
def test_a_vault_that_locked_itself_meanwhile_loses_nothing(
    anna: Customer, vendor: VendorClient
) -> None:
    """After half an hour its button asks for the passphrase, and the page is back."""
    url = vendor.begin()
    anna.open(url)
    token, session = anna.csrf_token, anna.session
    form = {"csrf_token": token, "action": "allow", **parameters(url)}
    anna.server.clock.ahead = 1_800
    own = urlsplit(own_address(url)).path
    for address, back in ((f"{ISSUER}/oauth/authorize", "/oauth/authorize?"), (ISSUER + own, own)):
        anna.browser.cookies.set("vault", session, domain="127.0.0.1")
        locked = anna.browser.post(address, data=form)
        assert locked.status_code == 303
        assert unquote(locked.headers["Location"]).startswith(f"/unlock?next={back}")
    assert anna.browser.get(url).status_code == 303
    begin_again(anna)
    assert anna.allow(url)


@sqlite_only
def test_after_an_hour_it_is_gone(anna: Customer, vendor: VendorClient) -> None:
    """Neither shown, nor listed, nor decided."""
    url = vendor.begin()
    anna.open(url)
    assert waiting(anna) == 1
    anna.server.clock.ahead = LIFETIME
    begin_again(anna)
    assert waiting(anna) == 0
    assert refused(anna.open(url))
    assert refused(press(anna, url))
    assert refused(press(anna, own_address(url)))
    assert anna.server.services.consents.given(anna.vault()) == []


@sqlite_only
def test_who_unlocks_first_changes_nothing(anna: Customer, vendor: VendorClient) -> None:
    """While nobody has seen it, a URI leads any number of strangers to the unlock page."""
    url = vendor.begin()
    for _ in range(3):
        stranger = anna.server.connection().get(url)
        assert stranger.status_code == 303
        assert "Set-Cookie" not in stranger.headers or "asked" not in stranger.headers["Set-Cookie"]
    assert anna.open(url).status_code == 200


@sqlite_only
def test_sign_up_on_the_way_leads_on_to_it(server: Served, vendor: VendorClient) -> None:
    """A customer who had no vault yet stands before the request with a new one."""
    browser, url = server.connection(), vendor.begin()
    to_unlock = browser.get(url).headers["Location"]
    to_sign_up = to_unlock.replace("/unlock", "/signup", 1)
    new = Customer(server, "clara", "")
    new.browser = browser
    new.open(ISSUER + to_sign_up)
    form = {"username": "clara", "passphrase": "tulip harbour quartz violin"}
    form["csrf_token"] = new.csrf_token
    assert browser.post(ISSUER + to_sign_up, data=form).status_code == 200
    server.clock.ahead = 400  # copying the recovery code takes its time
    assert vendor.exchange(new.allow(url)).status_code == 200


@sqlite_only
def test_a_waiting_request_is_listed_and_answered_from_there(
    anna: Customer, vendor: VendorClient
) -> None:
    """Consents and home name who asks; the page behind the link decides like the vendor's own."""
    url = vendor.begin()
    anna.open(url)
    assert "Shop asks to see a part of your vault" in anna.open(f"{ISSUER}/").text
    listed = anna.open(f"{ISSUER}/consents").text
    assert "Waiting for your answer" in listed
    address = own_address(url)
    assert address.removeprefix(ISSUER) in listed
    page = anna.open(address)
    assert "What they will see" in page.text
    assert f'action="{address.removeprefix(ISSUER)}"' in page.text
    assert "form-action 'self' http://localhost:9000" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert "Choose at least one thing" in press(anna, address, fields=[]).text
    allowed = press(anna, address)
    assert allowed.headers["Location"].startswith(REDIRECT_URI)
    assert vendor.exchange(answer(allowed.headers["Location"])["code"]).status_code == 200
    assert waiting(anna) == 0


@sqlite_only
def test_two_requests_wait_side_by_side(anna: Customer, vendor: VendorClient) -> None:
    """A later one does not take an earlier one's place; home counts them."""
    one, two = vendor.begin(), vendor.begin()
    first = vendor.verifier
    anna.open(one)
    anna.open(two)
    assert waiting(anna) == 2
    assert "2 requests wait for your answer" in anna.open(f"{ISSUER}/").text
    assert first
    assert anna.decide(one, "decline").status_code == 303
    assert anna.allow(two)


@sqlite_only
def test_of_too_many_the_oldest_gives_way(anna: Customer, vendor: VendorClient) -> None:
    """Twenty wait; what came while the customer was away does not make room for others."""
    away = came_while_away(anna, vendor)
    urls = []
    for number in range(MOST):
        anna.server.clock.ahead = number
        urls.append(vendor.begin())
        assert anna.open(urls[-1]).status_code == 200
    assert waiting(anna) == MOST
    assert refused(anna.open(own_address(urls[0])))
    assert anna.open(own_address(urls[1])).status_code == 200
    services = anna.server.services
    assert services.pending.find(anna.vault(), away, None).client_id == vendor.client_id


def came_while_away(customer: Customer, vendor: VendorClient) -> bytes:
    """A request that no browser has brought; its id."""
    store, vault_id, now = customer.server.store, customer.vault().vault_id, customer.server.clock()
    away = Backchannel(b"a public key", b"a look-up value")
    kept = {"scope": "purchases:read"}
    pending = PendingRequest(b"r" * 16, vendor.client_id, kept, now, now + 900, None, away)
    with store.database.write() as conn:
        vaults.lock(conn, vault_id)
        write(conn, store, vault_id, pending)
    return pending.request_id


@sqlite_only
def test_what_came_while_away_is_bound_to_no_browser(anna: Customer, vendor: VendorClient) -> None:
    """It is found with what its answer needs, from any browser of this customer's alone."""
    request_id = came_while_away(anna, vendor)
    assert waiting(anna) == waiting(elsewhere(anna)) == 1
    found = anna.server.services.pending.find(anna.vault(), request_id, None)
    assert found.backchannel == Backchannel(b"a public key", b"a look-up value")
    assert waiting(anna.server.customer("bert")) == 0


# --- for nobody else ---


def test_the_first_display_takes_the_uri(server: Served, anna: Customer) -> None:
    """After it every other vault, browser and client is refused alike, and a stranger too."""
    vendor, other = server.vendor(), server.vendor()
    bert = server.customer("bert")
    url = vendor.begin()
    assert anna.open(url).status_code == 200
    stolen = other.authorize_url(parameters(url)["request_uri"])
    pages = [
        bert.open(url),
        elsewhere(anna).open(url),
        anna.open(stolen),
        server.connection().get(url),
        bert.open(own_address(url)),
        elsewhere(anna).open(own_address(url)),
    ]
    assert all(map(refused, pages))
    assert anna.open(url).status_code == 200
    assert (waiting(anna), waiting(bert), waiting(elsewhere(anna))) == (1, 0, 0)


@sqlite_only
def test_an_address_with_another_client_takes_nothing(server: Served, anna: Customer) -> None:
    """Who joins a foreign client's id to the URI is refused, and the request is still unseen."""
    vendor, other = server.vendor(), server.vendor()
    url = vendor.begin()
    stolen = other.authorize_url(parameters(url)["request_uri"])
    assert refused(server.customer("bert").open(stolen))
    assert anna.open(url).status_code == 200


@sqlite_only
def test_nobody_else_decides(server: Served, anna: Customer, vendor: VendorClient) -> None:
    """A form sent by another customer, from another browser, or for another client."""
    bert, other = server.customer("bert"), elsewhere(anna)
    url, spare = vendor.begin(), vendor.begin()
    anna.open(url)
    bert.open(spare)  # each of them has a cookie, and a token of their forms
    other.open(vendor.begin())
    for customer in (bert, other):
        form = {"csrf_token": customer.csrf_token, "action": "allow", "sellers": "*"}
        form |= {"fields": "purchases.name", "categories": "*"}
        assert refused(customer.browser.post(own_address(url), data=form))
        form |= parameters(url)
        assert refused(customer.browser.post(f"{ISSUER}/oauth/authorize", data=form))
    form |= {"csrf_token": anna.csrf_token, "client_id": server.vendor().client_id}
    assert refused(anna.browser.post(f"{ISSUER}/oauth/authorize", data=form))
    assert anna.allow(url)


@sqlite_only
def test_what_was_not_shown_cannot_be_decided(anna: Customer, vendor: VendorClient) -> None:
    """A form for a request that nobody has looked at is refused, and costs the request nothing."""
    anna.open(vendor.begin())
    url = vendor.begin()
    assert anna.decide_quietly(url) == 400
    assert anna.allow(url)


def test_of_parallel_first_displays_one_vault_gets_it(server: Served, anna: Customer) -> None:
    """The URI is taken by one conditional statement, under the lock of the vault that gets it."""
    url = server.vendor().begin()
    customers = [anna, server.customer("bert"), elsewhere(anna)]
    with ThreadPoolExecutor(3) as pool:
        pages = list(pool.map(lambda one: one.browser.get(url), customers))
    assert sorted(page.status_code for page in pages) == [200, 400, 400]
    with server.store.database.read() as conn:
        assert len(conn.execute(select(inbox)).all()) == 1


def test_a_browser_that_asks_twice_at_once_gets_it_twice(server: Served, anna: Customer) -> None:
    """Of two displays in one browser the slower one finds what the faster one has stored."""
    anna.open(server.vendor().begin())  # from now on it has its cookie
    url = server.vendor().begin()
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: anna.browser.get(url).status_code, range(4)))
    assert pages == [200] * 4


def test_of_parallel_decisions_at_both_addresses_one_counts(server: Served, anna: Customer) -> None:
    """Whichever page it was decided on, the request is spent with it."""
    url = server.vendor().begin()
    anna.open(url)
    form = {"csrf_token": anna.csrf_token, "sellers": "*", "fields": "purchases.name"}
    form["categories"] = "*"
    form |= parameters(url)

    def decide(turn: int) -> int:
        action = "allow" if turn % 3 else "decline"
        address = own_address(url) if turn % 2 else f"{ISSUER}/oauth/authorize"
        return anna.browser.post(address, data=form | {"action": action}).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(decide, range(6)))
    assert sorted(answers) == [303] + [400] * 5
    assert refused(press(anna, url))
    assert refused(press(anna, own_address(url)))


@sqlite_only
def test_a_client_that_has_changed_meanwhile_is_checked_anew(
    server: Served, anna: Customer
) -> None:
    """Display and decision hold the request against the client as it is now."""
    vendor, removed = server.vendor(), server.vendor("Gone")
    url, other = vendor.begin(), removed.begin()
    anna.open(url)
    anna.open(other)
    vendors = server.services.vendors
    known = registration_of(vendors.get(vendor.client_id))
    moved = replace(known, redirect_uris=("http://localhost:9000/elsewhere",))
    vendors.update(vendor.client_id, moved)
    vendors.remove(removed.client_id)
    form = {"csrf_token": anna.csrf_token, "action": "decline"}
    for address in (url, own_address(url)):
        assert refused(anna.open(address))
        assert refused(anna.browser.post(address, data=form | parameters(url)))
    assert anna.open(other).status_code == anna.open(own_address(other)).status_code == 400
    assert "Gone" not in anna.open(f"{ISSUER}/consents").text


@sqlite_only
@pytest.mark.parametrize("junk", ["x", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "%00" * 32, "..%2f"])
def test_an_address_that_is_none_is_not_found(anna: Customer, junk: str) -> None:
    """With the vault open or locked."""
    for browser in (anna.browser, anna.server.connection()):
        assert browser.get(f"{ISSUER}/requests/{junk}").status_code == 404


@sqlite_only
def test_an_address_needs_an_open_vault_and_its_form_a_token(
    anna: Customer, vendor: VendorClient
) -> None:
    """Locked, both ways of calling it lead to the unlock page; a foreign site presses nothing."""
    url = vendor.begin()
    anna.open(url)
    address = own_address(url)
    locked = anna.server.connection().get(address)
    assert locked.status_code == 303
    assert locked.headers["Location"] == f"/unlock?next={address.removeprefix(ISSUER)}"
    assert anna.browser.post(address, data={"action": "allow"}).status_code == 400
    assert refused(anna.open(f"{ISSUER}/requests/{'0' * 32}"))
    assert waiting(anna) == 1


# --- the browser's cookie ---


def cookie(response: httpx.Response, name: str = "asked") -> str:
    """The line that sets the cookie, or nothing."""
    lines = response.headers.get_list("Set-Cookie")
    return next((line for line in lines if line.startswith(f"{name}=")), "")


@sqlite_only
def test_the_cookie_is_the_browsers_for_an_hour(anna: Customer, vendor: VendorClient) -> None:
    """Script and other sites' forms never see it; the same value serves all requests."""
    first = cookie(anna.open(vendor.begin()))
    value, *attributes = first.split("; ")
    assert len(value) == len("asked=") + 43
    assert set(attributes) > {"HttpOnly", "SameSite=Lax", f"Max-Age={LIFETIME}", "Path=/"}
    assert "Domain" not in first
    assert cookie(anna.open(vendor.begin())).startswith(value)


@sqlite_only
def test_the_cookie_is_set_with_a_request_alone(anna: Customer, vendor: VendorClient) -> None:
    """Not for a locked visitor, not with a refusal, not on other pages."""
    url = vendor.begin()
    assert not cookie(anna.server.connection().get(url))
    assert not cookie(anna.open(url.replace("vrq_", "vrq_x")))
    assert not cookie(anna.open(f"{ISSUER}/consents"))
    assert cookie(anna.open(url))


@sqlite_only
def test_a_cookie_of_ones_own_making_is_replaced(anna: Customer, vendor: VendorClient) -> None:
    """What does not look like 256 random bits binds nothing."""
    anna.browser.cookies.set("asked", "short", domain="127.0.0.1")
    assert len(cookie(anna.open(vendor.begin())).split(";")[0]) == len("asked=") + 43


@sqlite_only
def test_by_https_the_cookie_is_this_hosts_alone(settings: Settings) -> None:
    """`__Host-` and Secure: no neighbour can plant it."""
    server = Served(replace(settings, base_url="https://vault.example"))
    vendor, session = server.vendor(), server.customer("anna").session
    vendor.issuer = "https://vault.example"
    uri, _ = server.services.requests.push(vendor.client_id, vendor.request_parameters())
    http = server.connection()
    http.headers["Cookie"] = f"__Host-vault={session}"
    line = cookie(http.get(vendor.authorize_url(uri)), "__Host-asked")
    assert {"Secure", "Path=/", "HttpOnly"} <= set(line.split("; "))
    server.close()
