"""Vendors register themselves: RFC 7591 and RFC 7592, and what of it is refused, by name."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from limits import parse
from sqlalchemy import select

from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served
from tests.vendor_client import REDIRECT_URI, VendorClient, ec_key, public
from vault.consent import authorize, throttle
from vault.consent.throttle import REGISTRATIONS
from vault.settings import Admission, Settings
from vault.storage.schema import clients, vendor_invitations

KEY = ec_key()
METADATA = {
    "client_name": "Kettle Club",
    "redirect_uris": [REDIRECT_URI],
    "jwks": {"keys": [public(KEY)]},
    "token_endpoint_auth_method": "private_key_jwt",
}


@pytest.fixture
def server(settings: Settings) -> Iterator[Served]:
    """A server at which any vendor may register."""
    server = Served(replace(settings, registration=Admission.OPEN))
    yield server
    server.close()


@pytest.fixture
def by_invitation(settings: Settings) -> Iterator[Served]:
    """A server at which vendors need an invitation."""
    server = Served(replace(settings, registration=Admission.INVITE))
    yield server
    server.close()


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer."""
    return server.customer("anna")


def register(server: Served, token: str | None = None, **changes: Any) -> httpx.Response:
    """Send a registration; a change to None leaves a field out."""
    body = {name: value for name, value in {**METADATA, **changes}.items() if value is not None}
    return server.http.post(f"{ISSUER}/oauth/register", json=body, headers=bearer(token))


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def test_a_vendor_registers_itself_and_goes_the_whole_way(server: Served, anna: Customer) -> None:
    """What comes back is enough to begin; the client is unverified and of the profile `fapi`."""
    response = register(server, scope="purchases:read", logo_uri="https://evil.example/x.png")
    assert response.status_code == 201, response.text
    assert response.headers["Cache-Control"] == "no-store"
    client = response.json()
    assert client["verified"] is False
    assert client["profile"] == "fapi"
    assert client["dpop_bound_access_tokens"] is True
    assert client["registration_access_token"].startswith("vra_")
    assert len(client["registration_access_token"]) == 47
    assert "logo_uri" not in client
    vendor = VendorClient(server.http, ISSUER, client["client_id"], KEY)
    assert vendor.exchange(anna.allow(vendor.begin())).status_code == 200
    assert "Nobody has checked that this is really Kettle Club" in anna.open(vendor.begin()).text


@sqlite_only
def test_published_keys_authenticate(server: Served, anna: Customer) -> None:
    """A client with a `jwks_uri` authenticates by what stands there, and not when it is gone."""
    uri = "https://keys.vendor.example/jwks"
    published = {uri: {"keys": [public(KEY)]}}

    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=published[str(request.url)])

    server.services.key_sets._http = httpx.Client(transport=httpx.MockTransport(serve))
    client = register(server, jwks=None, jwks_uri=uri).json()
    assert client["jwks_uri"] == uri
    vendor = VendorClient(server.http, ISSUER, client["client_id"], KEY)
    assert vendor.exchange(anna.allow(vendor.begin())).status_code == 200
    other = register(server, jwks=None, jwks_uri=uri).json()
    published[uri] = {"keys": [public(ec_key())]}
    stranger = VendorClient(server.http, ISSUER, other["client_id"], KEY)
    assert stranger.push().json()["error"] == "invalid_client"


@sqlite_only
def test_registering_fetches_nothing(server: Served) -> None:
    """No field is looked at on the network, `jwks_uri` only when its client authenticates."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was fetched")

    server.services.key_sets._http = httpx.Client(transport=httpx.MockTransport(refuse))
    response = register(
        server,
        jwks=None,
        jwks_uri="https://keys.vendor.example/jwks",
        policy_uri="https://vendor.example/privacy",
        logo_uri="https://vendor.example/logo",
        client_uri="https://vendor.example/",
        sector_identifier_uri="https://vendor.example/sector",
    )
    assert response.status_code == 201


@sqlite_only
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://vendor.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://vendor.example/cb#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["com.vendor.app:/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://vendor.example/*"] * 21}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_client_metadata"),
        ({"redirect_uris": "https://vendor.example/cb"}, "invalid_client_metadata"),
        ({"client_name": None}, "invalid_client_metadata"),
        ({"client_name": " "}, "invalid_client_metadata"),
        ({"client_name": "CDW\u202e"}, "invalid_client_metadata"),
        ({"client_name": "CDW\x1b[2J"}, "invalid_client_metadata"),
        ({"client_name": {"en": "CDW"}}, "invalid_client_metadata"),
        ({"jwks": None}, "invalid_client_metadata"),
        ({"jwks": "{}"}, "invalid_client_metadata"),
        ({"jwks": {"keys": []}}, "invalid_client_metadata"),
        ({"jwks": {"keys": [ec_key().as_dict(private=True)]}}, "invalid_client_metadata"),
        ({"jwks_uri": "https://keys.vendor.example/"}, "invalid_client_metadata"),
        ({"jwks": None, "jwks_uri": "http://localhost/jwks"}, "invalid_client_metadata"),
        ({"jwks": None, "jwks_uri": "https://169.254.169.254/"}, "invalid_client_metadata"),
        ({"jwks": None, "jwks_uri": "https://0x7f.1/"}, "invalid_client_metadata"),
        ({"policy_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"policy_uri": "data:text/html,x"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_signing_alg": "RS256"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"dpop_bound_access_tokens": False}, "invalid_client_metadata"),
        ({"require_pushed_authorization_requests": False}, "invalid_client_metadata"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(
    server: Served, changes: dict[str, Any], error: str
) -> None:
    """Public clients, secrets, foreign grants, doubtful addresses and names: each by its name."""
    response = register(server, **changes)
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error
    assert server.services.vendors.list() == []


@sqlite_only
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"client_name=CDW", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"\xff", "application/json"),
        (b"", "application/json"),
    ],
)
def test_what_is_no_json_object_is_refused(server: Served, body: bytes, content_type: str) -> None:
    """The endpoint takes JSON alone."""
    response = server.http.post(
        f"{ISSUER}/oauth/register", content=body, headers={"Content-Type": content_type}
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


@sqlite_only
def test_a_large_body_is_refused(server: Served) -> None:
    """64 KB are enough for any client."""
    assert register(server, software_statement="x" * 70_000).status_code == 413


def test_an_invitation_registers_one_client(by_invitation: Served) -> None:
    """Without one, with a made-up, used or old one nobody is registered; a failure costs none."""
    server = by_invitation
    token = server.services.registrations.invite(days=1)
    assert token.startswith("vin_")
    assert len(token) == 47
    for wrong in (None, "", "vin_", "vin_" + "A" * 43, token + "x"):
        refused = register(server, wrong)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert register(server, token, redirect_uris=[]).status_code == 400
    registered = register(server, token)
    assert registered.status_code == 201
    assert register(server, token).status_code == 401
    assert len(server.services.vendors.list()) == 1
    with server.store.database.read() as connection:
        row = connection.execute(select(vendor_invitations)).one()
    assert row.client_id == registered.json()["client_id"]
    assert token.encode() not in row.token_hash


@sqlite_only
def test_an_old_invitation_is_refused(by_invitation: Served) -> None:
    """It ends with its days."""
    server = by_invitation
    token = server.services.registrations.invite(days=1)
    server.services.registrations._clock = lambda: server.clock() + 86_401
    assert register(server, token).status_code == 401


@sqlite_only
def test_where_registration_is_closed_nobody_registers_and_nothing_is_advertised(
    settings: Settings,
) -> None:
    """The metadata names the endpoint only where it works; what was registered is managed still."""
    address = f"{ISSUER}/.well-known/oauth-authorization-server"
    for admission, offered in ((Admission.OPEN, True), (Admission.CLOSED, False)):
        server = Served(replace(settings, registration=admission))
        assert ("registration_endpoint" in server.http.get(address).json()) is offered
        response = register(server)
        assert response.status_code == (201 if offered else 403)
        if offered:
            client = response.json()
        else:
            own = server.http.get(
                client["registration_client_uri"],
                headers=bearer(client["registration_access_token"]),
            )
            assert own.status_code == 200
        server.close()


def test_a_client_reads_and_deletes_its_registration(server: Served, anna: Customer) -> None:
    """RFC 7592: with its own token alone; after that its tokens are refused."""
    client = register(server).json()
    where, token = client["registration_client_uri"], client["registration_access_token"]
    assert where == f"{ISSUER}/oauth/register/{client['client_id']}"
    assert token not in where
    assert server.http.get(where, headers=bearer(token)).json() == client
    vendor = VendorClient(server.http, ISSUER, client["client_id"], KEY)
    vendor.exchange(anna.allow(vendor.begin()))
    assert server.http.delete(where, headers=bearer(token)).status_code == 204
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert vendor.push().json()["error"] == "invalid_client"
    assert server.http.get(where, headers=bearer(token)).status_code == 401


@sqlite_only
def test_a_registration_is_its_clients_own(server: Served) -> None:
    """Without its token, with another's or in the address nobody reads, changes or deletes it."""
    mine, other = register(server).json(), register(server).json()
    operators = server.vendor().client_id
    where = mine["registration_client_uri"]
    token = mine["registration_access_token"]
    wrong: list[dict[str, str]] = [
        {},
        bearer(other["registration_access_token"]),
        bearer(token + "x"),
        {"Authorization": f"Basic {token}"},
    ]
    for headers in wrong:
        for method in ("GET", "PUT", "DELETE"):
            refused = server.http.request(method, where, headers=headers, json=METADATA)
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert server.http.get(f"{where}?access_token={token}").status_code == 401
    for client_id in (operators, "vendor-0", "x" * 500):
        unknown = server.http.get(f"{ISSUER}/oauth/register/{client_id}", headers=bearer(token))
        assert unknown.status_code == 401
    with server.store.database.read() as connection:
        stored = repr(connection.execute(select(clients)).all())
    assert token not in stored


@sqlite_only
@pytest.mark.parametrize(
    "change",
    [
        {"client_name": "Amazon"},
        {"redirect_uris": ["https://vendor.example/other"]},
        {"jwks": {"keys": [public(ec_key())]}},
        {"policy_uri": "https://vendor.example/privacy"},
    ],
    ids="-".join,
)
def test_a_change_takes_the_verification_away(server: Served, change: dict[str, Any]) -> None:
    """An update that changes nothing keeps it; any other needs the operator again."""
    client = register(server).json()
    where, token = client["registration_client_uri"], client["registration_access_token"]
    server.services.vendors.verify(client["client_id"], ["cdw.com"])
    body = {**METADATA, "client_id": client["client_id"]}
    same = server.http.put(where, headers=bearer(token), json=body)
    assert same.json()["seller_identifiers"] == ["cdw.com"]
    changed = server.http.put(where, headers=bearer(token), json={**body, **change})
    assert changed.status_code == 200, changed.text
    assert changed.json()["verified"] is False
    found = server.services.vendors.get(client["client_id"])
    assert (found.sellers, found.verified) == ((), False)


@sqlite_only
def test_an_update_sets_nothing_that_is_the_servers(server: Served) -> None:
    """RFC 7592 section 2.2: its own id and nothing of the server's; no field verifies."""
    client = register(server).json()
    where, token = client["registration_client_uri"], client["registration_access_token"]
    body = {**METADATA, "client_id": client["client_id"]}
    for wrong in (
        METADATA,
        {**body, "client_id": "vendor-0"},
        {**body, "registration_access_token": token},
        {**body, "client_id_issued_at": 0},
        {**body, "redirect_uris": ["http://evil.example/"]},
    ):
        assert server.http.put(where, headers=bearer(token), json=wrong).status_code == 400
    sly = {**body, "verified": True, "seller_identifiers": ["amazon.com"], "profile": "basic"}
    assert server.http.put(where, headers=bearer(token), json=sly).json() == client


@sqlite_only
def test_a_changed_address_no_longer_leads_back_to_the_old_one(
    server: Served, anna: Customer
) -> None:
    """A request that waits is checked against the addresses of today."""
    client = register(server).json()
    vendor = VendorClient(server.http, ISSUER, client["client_id"], KEY)
    url = vendor.begin()
    server.http.put(
        client["registration_client_uri"],
        headers=bearer(client["registration_access_token"]),
        json={
            **METADATA,
            "client_id": client["client_id"],
            "redirect_uris": ["https://vendor.example/new"],
        },
    )
    assert anna.open(url).status_code == 400
    assert vendor.push().json()["error"] == "invalid_request"


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@sqlite_only
def test_whatever_a_vendor_says_of_itself_is_text(server: Served, anna: Customer) -> None:
    """Escaped on the page of consent, among the consents and in the activity."""
    client = register(
        server,
        client_name=HOSTILE,
        policy_uri='https://vendor.example/"><script>alert(3)</script>',
        redirect_uris=[f"{REDIRECT_URI}?x='><script>alert(4)</script>"],
    )
    assert client.status_code == 201, client.text
    vendor = VendorClient(
        server.http,
        ISSUER,
        client.json()["client_id"],
        KEY,
        redirect_uri=f"{REDIRECT_URI}?x='><script>alert(4)</script>",
    )
    url = vendor.begin()
    pages = [anna.open(url).text]
    assert vendor.exchange(anna.allow(url)).status_code == 200
    vendor.get("/api/v1/purchases")
    pages += [anna.open(f"{ISSUER}{path}").text for path in ("/consents", "/activity", "/")]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "}49" not in page
    assert all("&lt;script&gt;alert(1)" in page for page in pages[:2])


@sqlite_only
def test_registrations_are_limited_by_address(server: Served) -> None:
    """A stranger fills the table slowly; others are not held up."""
    for _ in range(REGISTRATIONS.item.amount):
        assert register(server, redirect_uris=[]).status_code == 400
    slowed = register(server)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) > 0
    elsewhere = httpx.WSGITransport(app=server.app, remote_addr="192.0.2.7")
    server.http = httpx.Client(transport=elsewhere)
    assert register(server).status_code == 201


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many failures and visits are allowed here, so that the tests are quick."""
    few = 5
    for name in ("FAILURES", "VISITS"):
        limit = replace(getattr(throttle, name), item=parse(f"{few} per minute"))
        monkeypatch.setattr(throttle, name, limit)
    monkeypatch.setattr(authorize, "VISITS", throttle.VISITS)
    return few


@sqlite_only
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/par", "/oauth/introspect"])
def test_failures_are_limited_by_address(server: Served, few: int, path: str) -> None:
    """After many refusals an address waits, at every endpoint."""
    for _ in range(few):
        form = {"token": "x", "grant_type": "refresh_token"}
        assert server.http.post(ISSUER + path, data=form).status_code == 401
    slowed = server.vendor().push()
    assert slowed.status_code == 429
    assert slowed.json()["error"] == "temporarily_unavailable"
    assert int(slowed.headers["Retry-After"]) > 0


@sqlite_only
def test_success_and_challenges_for_a_nonce_are_no_failures(
    server: Served, anna: Customer, few: int
) -> None:
    """A vendor's server speaks for many customers, and begins each time without a nonce."""
    vendor = server.vendor()
    for _ in range(few):
        code = anna.allow(vendor.begin())
        vendor.nonce = None
        assert vendor.exchange(code).status_code == 200


@sqlite_only
def test_visits_are_limited_by_address(server: Served, few: int) -> None:
    """A client's id is no secret: who sends browsers by the hundred fills no table."""
    vendor = server.basic_vendor()
    url = f"{ISSUER}/oauth/authorize"
    answers = [
        server.http.get(url, params=vendor.request_parameters()).status_code for _ in range(few + 1)
    ]
    assert answers == [303] * few + [429]
