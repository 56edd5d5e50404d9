"""The resource server: what a token, a proof and a cursor must be, and how it says no."""

import httpx
import pytest

from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served, connected
from tests.vendor_client import VendorClient, ec_key
from vault.domain.compartments import Kind

PURCHASES = "/api/v1/purchases"


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with three purchases and a preference."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, *({"name": f"Thing {number}"} for number in range(3)))
    customer.keep(Kind.PREFERENCE, {"subject": "shirts", "topic": "size", "value": "L"})
    return customer


@pytest.fixture
def vendor(server: Served, anna: Customer) -> VendorClient:
    """A vendor that may read purchases, and knows the nonce."""
    vendor = connected(server, anna)
    vendor.nonce = server.services.proofs.nonces.current()
    return vendor


def problem(response: httpx.Response, status: int) -> str:
    """The code of a problem (RFC 9457), which no cache may keep."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    code: str = body["code"]
    return code


def read(vendor: VendorClient, authorization: str | None, proof: str | None) -> httpx.Response:
    """Read with exactly these headers."""
    headers = {"Authorization": authorization, "DPoP": proof}
    sent = {name: value for name, value in headers.items() if value is not None}
    return vendor.http.get(ISSUER + PURCHASES, headers=sent)


def test_pages_are_walked_by_the_cursor(vendor: VendorClient, anna: Customer) -> None:
    """Everything once, in order; afterwards only what is new."""
    seen, query = [], {"limit": "2"}
    for more in (True, False):
        page = vendor.get(PURCHASES, **query).json()
        seen += [item["name"] for item in page["items"]]
        query["cursor"] = page["next_cursor"]
        assert page["has_more"] is more
    assert seen == ["Thing 0", "Thing 1", "Thing 2"]
    anna.keep(Kind.PURCHASE, {"name": "Thing 3"})
    [item] = vendor.get(PURCHASES, **query).json()["items"]
    assert item["name"] == "Thing 3"


@sqlite_only
def test_one_record_is_read_by_its_id(vendor: VendorClient) -> None:
    """The id of a page opens the same record."""
    [first, *_] = vendor.get(PURCHASES).json()["items"]
    response = vendor.get(f"{PURCHASES}/{first['id']}")
    assert response.json() == first
    assert len(response.headers["Ledger-Head"]) == 64


@sqlite_only
@pytest.mark.parametrize("record_id", ["0" * 32, "x", "0" * 31, "z" * 32, "0" * 400])
def test_no_record_is_404_whatever_the_id(vendor: VendorClient, record_id: str) -> None:
    """Unknown and malformed ids are answered alike."""
    response = vendor.get(f"{PURCHASES}/{record_id}")
    assert problem(response, 404) == "not_found"


@sqlite_only
def test_the_grant_says_what_the_token_may_do(vendor: VendorClient) -> None:
    """/api/v1/grant repeats the terms, with the customer's name for this vendor alone."""
    grant = vendor.get("/api/v1/grant").json()
    assert grant["scope"] == "purchases:read"
    assert grant["authorization_details"][0]["datatypes"] == ["purchases"]
    assert grant["sub"]
    assert grant["expires_at"]


@sqlite_only
@pytest.mark.parametrize("kind", ["orders", "invoices", "licenses", "preferences"])
def test_another_kind_is_not_covered(vendor: VendorClient, kind: str) -> None:
    """A consent for purchases opens nothing else."""
    assert problem(vendor.get(f"/api/v1/{kind}"), 403) == "insufficient_scope"


@sqlite_only
def test_payments_have_no_address(vendor: VendorClient) -> None:
    """What was paid is the owner's alone: there is nothing to ask for, with any token."""
    assert vendor.get("/api/v1/payments").status_code == 404


@sqlite_only
def test_without_a_token_the_challenge_names_both_ways(vendor: VendorClient) -> None:
    """RFC 9110: 401 comes with a challenge, without an error where nothing was tried."""
    response = read(vendor, None, None)
    assert problem(response, 401) == "authentication_required"
    challenges = response.headers.get_list("WWW-Authenticate")
    assert challenges[0].startswith('DPoP algs="ES256 EdDSA Ed25519 PS256"')
    assert challenges[1].startswith("Bearer ")
    assert "error=" not in "".join(challenges)
    assert "oauth-protected-resource" in challenges[0]


@sqlite_only
@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_the_scheme_is_case_insensitive(vendor: VendorClient, scheme: str) -> None:
    """RFC 9110 section 11.1."""
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    assert read(vendor, f"{scheme} {vendor.access_token}", proof).status_code == 200


@sqlite_only
def test_a_bound_token_sent_as_bearer_is_refused(vendor: VendorClient) -> None:
    """RFC 9449 section 7.2: no downgrade, with or without a proof beside it."""
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    for beside in (None, proof):
        response = read(vendor, f"Bearer {vendor.access_token}", beside)
        assert problem(response, 401) == "invalid_token"
        assert response.headers["WWW-Authenticate"].startswith("DPoP ")


@sqlite_only
def test_a_bearer_token_sent_as_bound_is_refused(server: Served, anna: Customer) -> None:
    """A bearer token with somebody's proof is not a bound token."""
    vendor = server.basic_vendor()
    vendor.exchange(anna.allow(vendor.begin()))
    vendor.nonce = server.services.proofs.nonces.current()
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    refused = read(vendor, f"DPoP {vendor.access_token}", proof)
    assert problem(refused, 401) == "invalid_token"


def test_a_replayed_proof_is_refused(vendor: VendorClient) -> None:
    """The same proof a second time reads nothing."""
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    assert read(vendor, f"DPoP {vendor.access_token}", proof).status_code == 200
    again = read(vendor, f"DPoP {vendor.access_token}", proof)
    assert problem(again, 401) == "invalid_dpop_proof"
    assert again.headers["WWW-Authenticate"].startswith("DPoP ")


@sqlite_only
def test_a_proof_without_nonce_is_challenged_and_the_nonce_given(vendor: VendorClient) -> None:
    """RFC 9449 section 9: 401, `use_dpop_nonce`, the nonce in a header."""
    vendor.nonce = None
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    response = read(vendor, f"DPoP {vendor.access_token}", proof)
    assert problem(response, 401) == "use_dpop_nonce"
    assert 'error="use_dpop_nonce"' in response.headers["WWW-Authenticate"]
    vendor.nonce = response.headers["DPoP-Nonce"]
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    assert read(vendor, f"DPoP {vendor.access_token}", proof).status_code == 200


@sqlite_only
def test_a_proof_for_another_address_method_or_token_is_refused(vendor: VendorClient) -> None:
    """`htu`, `htm` and `ath` bind a proof to one request with one token."""
    token = vendor.access_token
    for proof in (
        vendor.proof("GET", "/api/v1/orders", token),
        vendor.proof("POST", PURCHASES, token),
        vendor.proof("GET", PURCHASES, "vat_another"),
        vendor.proof("GET", PURCHASES),
    ):
        assert problem(read(vendor, f"DPoP {token}", proof), 401) == "invalid_dpop_proof"


@sqlite_only
def test_another_keys_proof_is_refused(vendor: VendorClient) -> None:
    """A stolen token is nothing without its key."""
    vendor.dpop_key = ec_key()
    proof = vendor.proof("GET", PURCHASES, vendor.access_token)
    assert problem(read(vendor, f"DPoP {vendor.access_token}", proof), 401) == "invalid_token"


@sqlite_only
@pytest.mark.parametrize("proof", [None, "", "x", "a.b.c"])
def test_a_missing_or_senseless_proof_is_refused(vendor: VendorClient, proof: str | None) -> None:
    """The DPoP scheme needs a proof."""
    response = read(vendor, f"DPoP {vendor.access_token}", proof)
    assert problem(response, 401) == "invalid_dpop_proof"


@sqlite_only
@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "Token", ""])
def test_what_is_no_token_is_refused(vendor: VendorClient, scheme: str) -> None:
    """Foreign, malformed and unknown tokens and schemes are 401."""
    for token in ("", "x", "vat_x", "vat_" + "A" * 43, "vse_" + "A" * 43):
        code = problem(read(vendor, f"{scheme} {token}", None), 401)
        assert code in ("authentication_required", "invalid_token"), token


def test_an_expired_token_is_refused(server: Served, vendor: VendorClient) -> None:
    """Access tokens live ten minutes."""
    server.clock.ahead = 601
    assert problem(vendor.get(PURCHASES), 401) == "invalid_token"
    assert vendor.refresh().status_code == 200
    assert vendor.get(PURCHASES).status_code == 200


@sqlite_only
def test_after_the_consents_end_nothing_works(server: Served, vendor: VendorClient) -> None:
    """The refresh token ends with the consent."""
    server.clock.ahead = 181 * 86_400
    assert problem(vendor.get(PURCHASES), 401) == "invalid_token"
    assert vendor.refresh().json()["error"] == "invalid_grant"


@sqlite_only
def test_a_removed_vendors_token_is_dead(server: Served, vendor: VendorClient) -> None:
    """The operator closes a vendor: its tokens open nothing any more."""
    server.services.vendors.remove(vendor.client_id)
    assert problem(vendor.get(PURCHASES), 401) == "invalid_token"


@sqlite_only
def test_a_token_in_the_address_is_refused(vendor: VendorClient) -> None:
    """RFC 6750 section 2.3: never in a query, even a live one."""
    url = f"{ISSUER}{PURCHASES}?access_token={vendor.access_token}"
    assert problem(vendor.http.get(url), 400) == "invalid_request"


@sqlite_only
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "-1"},
        {"limit": "x"},
        {"limit": "1e2"},
        {"cursor": ""},
        {"cursor": "x" * 513},
        {"page": "2"},
        {"fields": "name"},
    ],
    ids=str,
)
def test_a_senseless_parameter_is_refused_by_name(
    vendor: VendorClient, query: dict[str, str]
) -> None:
    """Out of range, malformed, and unknown parameters."""
    response = vendor.get(PURCHASES, **query)
    assert problem(response, 422) == "invalid_input"
    assert next(iter(query)) in response.text


@sqlite_only
def test_a_tampered_cursor_is_refused(server: Served, vendor: VendorClient, anna: Customer) -> None:
    """Every altered character, another vendor's cursor and another kind's are refused."""
    cursor = vendor.get(PURCHASES).json()["next_cursor"]
    swap = {"A": "B"}
    altered = [cursor[:at] + swap.get(cursor[at], "A") + cursor[at + 1 :] for at in (0, 5, -6)]
    other = connected(server, anna, scope="purchases:read preferences:read")
    altered.append(other.get(PURCHASES).json()["next_cursor"])
    for each in (*altered, cursor[:-4], "é", "x"):
        assert problem(vendor.get(PURCHASES, cursor=each), 422) == "invalid_input"
    kind = other.get("/api/v1/preferences").json()["next_cursor"]
    assert problem(other.get(PURCHASES, cursor=kind), 422) == "invalid_input"


@sqlite_only
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_reading_is_offered(vendor: VendorClient, method: str) -> None:
    """Other methods are 405, as a problem."""
    response = vendor.http.request(method, ISSUER + PURCHASES)
    assert response.status_code == 405
    assert response.headers["Content-Type"] == "application/problem+json"


@sqlite_only
def test_an_unknown_kind_is_a_problem(vendor: VendorClient) -> None:
    """There are five kinds; license keys stand in the licenses."""
    response = vendor.get("/api/v1/license_keys")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


@sqlite_only
def test_the_document_describes_every_path(server: Served) -> None:
    """OpenAPI 3.1, with both ways to authenticate and every error."""
    document = server.http.get(f"{ISSUER}/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    kinds = ("purchases", "orders", "invoices", "licenses", "preferences")
    expected = {f"/api/v1/{kind}" for kind in kinds} | {"/api/v1/grant"}
    assert expected <= document["paths"].keys()
    operation = document["paths"]["/api/v1/purchases"]["get"]
    assert operation["summary"].startswith("The purchases that the consent covers")
    assert {"200", "401", "403", "422", "503"} <= operation["responses"].keys()
    assert operation["security"] == [{"dpop": []}, {"bearer": []}]
    names = document["components"]["schemas"]["PurchaseItem"]["properties"]
    assert {"id", "deleted", "orderDate", "priceCurrency"} <= names.keys()
    assert "source" not in names


@sqlite_only
def test_the_readable_page_needs_nothing_from_elsewhere(server: Served) -> None:
    """/api/docs is a page of this server's own."""
    response = server.http.get(f"{ISSUER}/api/docs")
    assert response.status_code == 200
    assert "/api/v1/purchases" in response.text
    assert "https://" not in response.text
    assert "<script" not in response.text
