"""What the authorization server refuses, by name."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served, connected
from tests.vendor_client import ASSERTION_TYPE, REDIRECT_URI, VendorClient, answer, ec_key
from vault.domain.compartments import Kind
from vault.settings import Settings


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "Laptop", "seller": {"name": "CDW"}})
    return customer


def refusal(response: httpx.Response, status: int = 400) -> str:
    """The error of an OAuth refusal, which no cache may keep."""
    assert response.status_code == status, response.text
    assert response.headers["Cache-Control"] == "no-store"
    error: str = response.json()["error"]
    return error


# --- pushed requests (RFC 9126) ---


@sqlite_only
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_pushed_request_is_a_post(server: Served, method: str) -> None:
    """RFC 9126 section 2.3: any other method is 405."""
    assert server.http.request(method, f"{ISSUER}/oauth/par").status_code == 405


@sqlite_only
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": REDIRECT_URI + "/"}, "invalid_request"),
        ({"redirect_uri": REDIRECT_URI + "?a=b"}, "invalid_request"),
        ({"redirect_uri": REDIRECT_URI.replace("9000", "9001")}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "purchases:write"}, "invalid_scope"),
        ({"scope": "payments:read"}, "invalid_scope"),
        ({"scope": "purchases:read payments:read"}, "invalid_scope"),
        ({"scope": "gifts:read"}, "invalid_scope"),
        ({"scope": 'a"\\é'}, "invalid_scope"),
        ({"state": "x" * 1025}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"client_id": "vendor-another"}, "invalid_request"),
        ({"authorization_details": "{}"}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"x"}]'}, "invalid_authorization_details"),
        (
            {"authorization_details": '[{"type":"vrm_records","datatypes":["orders"]}]'},
            "invalid_request",
        ),
    ],
    ids=str,
)
def test_a_faulty_request_is_not_taken(
    server: Served, changes: dict[str, str | None], error: str
) -> None:
    """Each fault has its name, and the answer is never a redirect."""
    response = server.vendor().push(**changes)
    assert refusal(response) == error
    assert "Location" not in response.headers


@sqlite_only
def test_pushing_needs_authentication(server: Served) -> None:
    """Without client authentication, or with a wrong one, nothing is taken."""
    vendor = server.vendor()
    nobody = server.http.post(f"{ISSUER}/oauth/par", data=vendor.request_parameters())
    assert refusal(nobody, 401) == "invalid_client"
    vendor.key = ec_key()
    assert refusal(vendor.push(), 401) == "invalid_client"


@sqlite_only
def test_a_repeated_parameter_is_refused(server: Served) -> None:
    """RFC 6749 section 3.2: parameters must not be sent more than once."""
    form = "grant_type=authorization_code&grant_type=refresh_token"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = server.http.post(f"{ISSUER}/oauth/token", content=form, headers=headers)
    assert refusal(response) == "invalid_request"


@sqlite_only
@pytest.mark.parametrize("path", ["par", "token", "revoke", "introspect"])
def test_parameters_in_the_address_are_refused(server: Served, path: str) -> None:
    """Codes and tokens in an address would end up in logs."""
    response = server.http.post(f"{ISSUER}/oauth/{path}?token=x", data={"a": "b"})
    assert refusal(response) == "invalid_request"


@sqlite_only
@pytest.mark.parametrize("path", ["par", "token", "revoke", "introspect"])
def test_json_is_no_form(server: Served, path: str) -> None:
    """The endpoints take forms alone."""
    assert refusal(server.http.post(f"{ISSUER}/oauth/{path}", json={})) == "invalid_request"


# --- client authentication ---


@sqlite_only
def test_two_authentications_at_once_are_refused(server: Served) -> None:
    """RFC 6749 section 2.3: one method in each request."""
    vendor = server.vendor()
    form = {
        "grant_type": "refresh_token",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": vendor.assertion(),
    }
    auth = httpx.BasicAuth(vendor.client_id, "x")
    response = server.http.post(f"{ISSUER}/oauth/token", data=form, auth=auth)
    assert refusal(response) == "invalid_request"


@sqlite_only
def test_client_secret_post_is_refused(server: Served) -> None:
    """A secret does not belong into a form."""
    vendor = server.basic_vendor()
    form = {"grant_type": "refresh_token", "client_id": vendor.client_id}
    form["client_secret"] = str(vendor.secret)
    response = server.http.post(f"{ISSUER}/oauth/token", data=form)
    assert refusal(response) == "invalid_request"


@sqlite_only
def test_a_public_client_is_refused(server: Served) -> None:
    """A client id alone authenticates nobody."""
    form = {"client_id": server.vendor().client_id, "grant_type": "authorization_code"}
    response = server.http.post(f"{ISSUER}/oauth/token", data=form)
    assert refusal(response, 401) == "invalid_client"
    assert response.headers["WWW-Authenticate"].startswith("Basic")


@sqlite_only
def test_a_client_with_keys_cannot_use_a_secret(server: Served) -> None:
    """A `fapi` client is not downgraded to HTTP Basic."""
    vendor = server.vendor()
    vendor.secret = "guess"
    assert refusal(vendor.push(), 401) == "invalid_client"


@sqlite_only
def test_a_client_with_a_secret_cannot_use_keys(server: Served) -> None:
    """A `basic` client has no keys, so an assertion proves nothing."""
    vendor = server.basic_vendor()
    vendor.secret, vendor.key = None, ec_key()
    assert refusal(vendor.push(), 401) == "invalid_client"


def test_an_assertion_counts_once(server: Served) -> None:
    """A captured assertion cannot be sent again, to any endpoint."""
    vendor = server.vendor()
    assertion = vendor.assertion()
    parameters = vendor.request_parameters()
    assert vendor.post("/oauth/par", parameters, assertion=assertion).status_code == 201
    again = vendor.post("/oauth/revoke", {"token": "x"}, assertion=assertion)
    assert refusal(again, 401) == "invalid_client"


@sqlite_only
def test_a_removed_client_is_refused(server: Served) -> None:
    """After its removal a client authenticates no more, and its requests are not shown."""
    vendor = server.vendor()
    url = vendor.begin()
    server.services.vendors.remove(vendor.client_id)
    assert refusal(vendor.push(), 401) == "invalid_client"
    assert server.http.get(url).status_code == 400


# --- the authorization endpoint ---


def page_refused(response: httpx.Response) -> None:
    """The customer sees an error page and is sent nowhere."""
    assert response.status_code == 400, response.text
    assert "Location" not in response.headers
    assert response.headers["Content-Type"].startswith("text/html")


@sqlite_only
def test_another_clients_request_is_refused(server: Served, anna: Customer) -> None:
    """A `request_uri` opens for the client that pushed it alone."""
    one, two = server.vendor(), server.vendor()
    uri = one.push().json()["request_uri"]
    page_refused(anna.open(two.authorize_url(uri)))
    assert anna.open(one.authorize_url(uri)).status_code == 200


@sqlite_only
@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=vendor-0",
        "client_id=vendor-0&request_uri=x",
        "request_uri=urn:ietf:params:oauth:request_uri:x",
        "client_id={id}",
        "client_id={id}&request_uri=https://evil.example/request",
        "client_id={id}&request_uri=urn:ietf:params:oauth:request_uri:vrq_x",
        "client_id={id}&client_id={id}&request_uri=x",
        "client_id={id}&response_type=code&redirect_uri=http://localhost:9000/callback",
    ],
)
def test_in_doubt_there_is_a_page_and_no_redirect(
    server: Served, anna: Customer, query: str
) -> None:
    """Unknown clients, foreign addresses, repeated parameters, and no PAR for a `fapi` client."""
    vendor = server.vendor()
    page_refused(anna.open(f"{ISSUER}/oauth/authorize?{query.format(id=vendor.client_id)}"))


@sqlite_only
def test_a_basic_clients_foreign_redirect_uri_is_never_followed(
    server: Served, anna: Customer
) -> None:
    """Whatever else is wrong, an unregistered return address gets no redirect."""
    vendor = server.basic_vendor()
    query = httpx.QueryParams(vendor.request_parameters(redirect_uri="https://evil.example/"))
    page_refused(anna.open(f"{ISSUER}/oauth/authorize?{query}"))


@sqlite_only
def test_a_basic_clients_fault_is_told_to_it_with_the_issuer(
    server: Served, anna: Customer
) -> None:
    """RFC 9207: errors carry `iss` too; `plain` is refused for every client."""
    vendor = server.basic_vendor()
    query = httpx.QueryParams(vendor.request_parameters(code_challenge_method="plain"))
    response = anna.open(f"{ISSUER}/oauth/authorize?{query}")
    assert response.status_code == 303
    said = answer(response.headers["Location"])
    assert (said["error"], said["iss"]) == ("invalid_request", ISSUER)
    assert said["state"] == "state-of-the-vendor"


@sqlite_only
def test_front_channel_parameters_beside_a_request_are_ignored(
    server: Served, anna: Customer
) -> None:
    """FAPI 2.0: only what was pushed counts."""
    vendor = server.vendor()
    uri = vendor.push().json()["request_uri"]
    forged = vendor.authorize_url(
        uri, redirect_uri="https://evil.example/", scope="orders:read", state="forged"
    )
    location = anna.decide(forged, "allow").headers["Location"]
    assert location.startswith(REDIRECT_URI)
    assert answer(location)["state"] == "state-of-the-vendor"
    assert vendor.exchange(answer(location)["code"]).json()["scope"] == "purchases:read"


def test_a_decided_request_is_spent(server: Served, anna: Customer) -> None:
    """Neither shown nor decided again, after allowing and after declining."""
    vendor = server.vendor()
    for action in ("allow", "decline"):
        url = vendor.begin()
        assert anna.decide(url, action).status_code == 303
        page_refused(anna.open(url))


def test_pressing_allow_many_times_gives_one_consent(server: Served, anna: Customer) -> None:
    """The request is spent in the consent's own transaction: of parallel presses one counts."""
    url = server.vendor().begin()
    anna.open(url)  # one CSRF token for all of them
    with ThreadPoolExecutor(6) as pool:
        presses = list(pool.map(lambda _: anna.decide_quietly(url), range(6)))
    assert presses.count(303) == 1
    assert len(server.services.consents.given(anna.vault())) == 1


@sqlite_only
def test_opening_a_request_twice_before_deciding_works(server: Served, anna: Customer) -> None:
    """Reading slowly, or reloading, loses nothing."""
    url = server.vendor().begin()
    assert anna.open(url).status_code == anna.open(url).status_code == 200
    assert anna.allow(url)


@sqlite_only
def test_an_expired_request_is_refused(server: Served) -> None:
    """A `request_uri` lives under 600 seconds."""
    pushed = server.vendor()
    response = pushed.push()
    assert response.json()["expires_in"] < 600
    server.clock.ahead = 600
    page_refused(server.http.get(pushed.authorize_url(response.json()["request_uri"])))


@sqlite_only
def test_a_decision_without_its_csrf_token_is_refused(server: Served, anna: Customer) -> None:
    """Another site cannot press the button."""
    vendor = server.vendor()
    url = vendor.begin()
    anna.open(url)
    form = {"client_id": vendor.client_id, "action": "allow"}
    form["request_uri"] = httpx.URL(url).params["request_uri"]
    assert anna.browser.post(f"{ISSUER}/oauth/authorize", data=form).status_code == 400
    assert anna.allow(url)


@sqlite_only
def test_an_unknown_button_decides_nothing(server: Served, anna: Customer) -> None:
    """A form without a decision is an error, and the request lives on."""
    url = server.vendor().begin()
    page_refused(anna.decide(url, "maybe"))
    assert anna.allow(url)


@sqlite_only
def test_a_vendors_name_is_text_and_not_markup(server: Served, anna: Customer) -> None:
    """What a vendor says of itself is escaped wherever it is shown."""
    vendor = server.vendor("<script>alert(1)</script>")
    page = anna.open(vendor.begin()).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@sqlite_only
def test_the_page_may_lead_to_the_vendor_and_nowhere_else(server: Served, anna: Customer) -> None:
    """CSP's `form-action` names the origin of the redirect URI."""
    policy = anna.open(server.vendor().begin()).headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:9000" in policy
    assert "frame-ancestors 'none'" in policy


# --- the token endpoint ---


def test_of_twenty_parallel_exchanges_one_succeeds_and_the_reuse_ends_it(
    server: Served, anna: Customer
) -> None:
    """A code is taken by one conditional statement; a second use ends what came of the first."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin())
    vendor.exchange("vac_unknown")  # learn the nonce
    clients = [
        VendorClient(
            server.connection(),
            ISSUER,
            vendor.client_id,
            vendor.key,
            nonce=vendor.nonce,
            verifier=vendor.verifier,
        )
        for _ in range(20)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda client: client.exchange(code), clients))
    good = [each for each in answers if each.status_code == 200]
    assert len(good) == 1
    assert {each.json()["error"] for each in answers if each not in good} == {"invalid_grant"}
    [winner] = [client for client in clients if client.access_token]
    assert winner.get("/api/v1/purchases").status_code == 401
    assert winner.refresh().json()["error"] == "invalid_grant"


@sqlite_only
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": None}, "invalid_request"),
        ({"code": "vac_x"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "another-verifier-" * 4}, "invalid_grant"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"client_id": "vendor-another"}, "invalid_request"),
    ],
    ids=str,
)
def test_a_faulty_exchange_is_refused_and_costs_nothing(
    server: Served, anna: Customer, changes: dict[str, str | None], error: str
) -> None:
    """Each fault has its name; the code survives what was not its own exchange."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin())
    assert refusal(vendor.exchange(code, **changes)) == error
    assert vendor.exchange(code).status_code == 200


@sqlite_only
def test_a_code_is_its_clients_own(server: Served, anna: Customer) -> None:
    """Another client cannot use a code, nor spoil it."""
    vendor, thief = server.vendor(), server.vendor()
    code = anna.allow(vendor.begin())
    thief.verifier = vendor.verifier
    assert refusal(thief.exchange(code)) == "invalid_grant"
    assert vendor.exchange(code).status_code == 200


@sqlite_only
def test_a_code_lives_sixty_seconds(server: Served, anna: Customer) -> None:
    """FAPI 2.0 5.3.2.1: after a minute it is nothing."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin())
    server.clock.ahead = 61
    assert refusal(vendor.exchange(code)) == "invalid_grant"


@sqlite_only
def test_a_code_bound_to_a_key_needs_that_key(server: Served, anna: Customer) -> None:
    """RFC 9449 section 10: `dpop_jkt` binds the code."""
    vendor = server.vendor()
    bound = vendor.dpop_key
    code = anna.allow(vendor.begin(dpop_jkt=bound.thumbprint()))
    vendor.dpop_key = ec_key()
    assert refusal(vendor.exchange(code)) == "invalid_grant"
    vendor.dpop_key = bound
    assert vendor.exchange(code).status_code == 200


@sqlite_only
def test_a_proof_at_the_pushed_request_binds_the_code(server: Served, anna: Customer) -> None:
    """RFC 9449 section 10.1: the same by a DPoP header; it must fit `dpop_jkt`."""
    vendor = server.vendor()
    vendor.push()
    other = vendor.request_parameters(dpop_jkt=ec_key().thumbprint())
    headers = {"DPoP": vendor.proof("POST", "/oauth/par")}
    assert refusal(vendor.post("/oauth/par", other, headers=headers)) == "invalid_request"
    headers = {"DPoP": vendor.proof("POST", "/oauth/par")}
    pushed = vendor.post("/oauth/par", vendor.request_parameters(), headers=headers)
    code = anna.allow(vendor.authorize_url(pushed.json()["request_uri"]))
    vendor.dpop_key = ec_key()
    assert refusal(vendor.exchange(code)) == "invalid_grant"


@sqlite_only
def test_a_fapi_client_needs_a_proof(server: Served, anna: Customer) -> None:
    """Without DPoP there is no token, and the code is not spent."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin())
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": vendor.verifier,
    }
    assert refusal(vendor.post("/oauth/token", form)) == "invalid_dpop_proof"
    assert vendor.exchange(code).status_code == 200


def test_the_first_answer_names_the_nonce(server: Served, anna: Customer) -> None:
    """RFC 9449 section 8: `use_dpop_nonce`, the nonce in a header, nothing consumed."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin())
    vendor.nonce = None
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    form["code_verifier"] = vendor.verifier
    headers = {"DPoP": vendor.proof("POST", "/oauth/token")}
    first = vendor.post("/oauth/token", form, headers=headers)
    assert refusal(first) == "use_dpop_nonce"
    assert first.headers["DPoP-Nonce"]
    assert vendor.exchange(code).headers["DPoP-Nonce"]


def test_a_replayed_proof_is_refused(server: Served, anna: Customer) -> None:
    """A proof counts once, at the token endpoint too."""
    vendor = connected(server, anna)
    headers = {"DPoP": vendor.proof("POST", "/oauth/token")}
    form = {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
    assert vendor.post("/oauth/token", form, headers=headers).status_code == 200
    again = vendor.post("/oauth/token", form, headers=headers)
    assert refusal(again) == "invalid_dpop_proof"


@sqlite_only
def test_a_proof_for_another_endpoint_is_refused(server: Served, anna: Customer) -> None:
    """`htu` and `htm` are those of the token endpoint."""
    vendor = connected(server, anna)
    form = {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
    for method, path in (("POST", "/oauth/par"), ("GET", "/oauth/token")):
        headers = {"DPoP": vendor.proof(method, path)}
        response = vendor.post("/oauth/token", form, headers=headers)
        assert refusal(response) == "invalid_dpop_proof"


@sqlite_only
def test_two_proofs_are_refused(server: Served, anna: Customer) -> None:
    """RFC 9449 section 4.3: not more than one DPoP header; a WSGI server joins two by a comma."""
    vendor = connected(server, anna)
    proofs = [vendor.proof("POST", "/oauth/token") for _ in range(2)]
    form = {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
    response = vendor.post("/oauth/token", form, headers={"DPoP": ",".join(proofs)})
    assert refusal(response) == "invalid_dpop_proof"


@sqlite_only
def test_a_refresh_token_is_its_clients_own(server: Served, anna: Customer) -> None:
    """Another client cannot renew with it."""
    vendor, thief = connected(server, anna), server.vendor()
    assert refusal(thief.refresh(refresh_token=vendor.refresh_token)) == "invalid_grant"
    assert vendor.refresh().status_code == 200


@sqlite_only
def test_a_refresh_with_another_key_gives_a_token_bound_to_that_one(
    server: Served, anna: Customer
) -> None:
    """The refresh token belongs to the client, the access token to the key."""
    vendor = connected(server, anna)
    old_key, old_token = vendor.dpop_key, vendor.access_token
    vendor.dpop_key = ec_key()
    assert vendor.refresh().status_code == 200
    assert vendor.get("/api/v1/purchases").status_code == 200
    vendor.dpop_key = old_key
    assert vendor.get("/api/v1/purchases").status_code == 401
    vendor.access_token = old_token
    assert vendor.get("/api/v1/purchases").status_code == 200


@sqlite_only
@pytest.mark.parametrize("scope", ["orders:read", "purchases:read orders:read"])
def test_a_refresh_cannot_widen_the_scope(server: Served, anna: Customer, scope: str) -> None:
    """RFC 6749 section 6: never more than was granted."""
    vendor = connected(server, anna)
    assert refusal(vendor.refresh(scope=scope)) == "invalid_scope"


@sqlite_only
def test_tokens_are_not_codes_and_codes_are_not_tokens(server: Served, anna: Customer) -> None:
    """A credential presented as another kind is nothing."""
    vendor = connected(server, anna)
    access, refresh = vendor.access_token, vendor.refresh_token
    assert refusal(vendor.exchange(access)) == "invalid_grant"
    assert refusal(vendor.exchange(refresh)) == "invalid_grant"
    assert refusal(vendor.refresh(refresh_token=access)) == "invalid_grant"
    vendor.access_token = refresh
    assert vendor.get("/api/v1/purchases").status_code == 401


# --- revocation and introspection ---


@sqlite_only
def test_revoking_a_foreign_token_says_nothing_and_does_nothing(
    server: Served, anna: Customer
) -> None:
    """RFC 7009 section 2.2: 200 for whatever is not the client's own."""
    vendor, stranger = connected(server, anna), server.vendor()
    for token in (vendor.access_token, vendor.refresh_token, "nonsense"):
        assert stranger.revoke(token).status_code == 200
    assert vendor.get("/api/v1/purchases").status_code == 200


@sqlite_only
def test_revocation_needs_authentication_and_a_token(server: Served) -> None:
    """Nobody revokes without being a client."""
    nobody = server.http.post(f"{ISSUER}/oauth/revoke", data={"token": "x"})
    assert refusal(nobody, 401) == "invalid_client"
    assert refusal(server.vendor().post("/oauth/revoke", {})) == "invalid_request"


@sqlite_only
def test_a_client_introspects_its_own_tokens_alone(server: Served, anna: Customer) -> None:
    """RFC 7662: a foreign, dead or unknown token is inactive, and nothing more is said."""
    vendor, stranger = connected(server, anna), server.vendor()
    token = {"token": vendor.access_token}
    own: dict[str, Any] = vendor.post("/oauth/introspect", token).json()
    assert own["active"] is True
    assert own["scope"] == "purchases:read"
    assert own["cnf"] == {"jkt": vendor.dpop_key.thumbprint()}
    assert own["client_id"] == vendor.client_id
    assert stranger.post("/oauth/introspect", token).json() == {"active": False}
    vendor.revoke(vendor.access_token)
    assert vendor.post("/oauth/introspect", token).json() == {"active": False}


# --- metadata ---


@sqlite_only
def test_what_is_advertised_works(server: Served) -> None:
    """Each endpoint named in the metadata answers, and none is missing (RFC 8414, RFC 9728)."""
    metadata = server.http.get(f"{ISSUER}/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == ISSUER
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["token_endpoint_auth_signing_alg_values_supported"] == [
        "ES256",
        "EdDSA",
        "Ed25519",
        "PS256",
    ]
    for name, url in metadata.items():
        if name.endswith("_endpoint") or name in ("jwks_uri", "service_documentation"):
            assert server.http.get(url).status_code in (200, 400, 405), name
    resource = server.http.get(f"{ISSUER}/.well-known/oauth-protected-resource").json()
    assert resource["resource"] == ISSUER
    assert resource["authorization_servers"] == [ISSUER]


@sqlite_only
@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/par", "/oauth/token"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_script_of_another_origin_is_let_in(server: Served, method: str, path: str) -> None:
    """FAPI 2.0 5.2.3: no CORS, least of all where the customer decides."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    headers = server.http.request(method, ISSUER + path, headers=asked).headers
    assert not [name for name in headers if name.lower().startswith("access-control")]


@sqlite_only
def test_the_way_back_leaves_no_trace(server: Served, anna: Customer) -> None:
    """RFC 9700 section 4.2: neither the page nor the redirect tells its address to anyone."""
    vendor = server.vendor()
    url = vendor.begin()
    page, back = anna.open(url), anna.decide(url, "allow")
    for response in (page, back):
        assert response.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "no-store" in response.headers["Cache-Control"]


@sqlite_only
def test_the_host_header_moves_nothing(server: Served) -> None:
    """Addresses come from the setting, never from the request."""
    url = f"{ISSUER}/.well-known/oauth-authorization-server"
    metadata = server.http.get(url, headers={"Host": "evil.example"}).text
    assert "evil" not in metadata


@sqlite_only
def test_a_proxy_that_ends_tls_is_no_obstacle(settings: Settings) -> None:
    """The server is called by http from the proxy, while its issuer is https."""
    server = Served(replace(settings, base_url="https://vault.example"))
    vendor = server.vendor()
    form = vendor.request_parameters() | {"client_assertion_type": ASSERTION_TYPE}
    vendor.issuer = "https://vault.example"
    form["client_assertion"] = vendor.assertion()
    response = server.http.post("http://inner.example/oauth/par", data=form)
    assert response.status_code == 201, response.text
    server.close()


@sqlite_only
def test_authlib_finds_the_metadata_valid(server: Served) -> None:
    """Someone else's reading of RFC 8414 and RFC 9207."""
    from authlib.oauth2 import rfc8414, rfc9207  # noqa: PLC0415 (only here)

    url = f"{ISSUER}/.well-known/oauth-authorization-server"
    metadata = rfc8414.AuthorizationServerMetadata(server.http.get(url).json())
    metadata.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])


@sqlite_only
def test_the_keys_are_public_ed25519_keys(server: Served) -> None:
    """The key set has no private part."""
    [key] = server.http.get(f"{ISSUER}/oauth/jwks").json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "use", "alg", "kid"}
    assert json.dumps(key).count("Ed25519") == 1
