"""The OpenAPI document against a running server: it promises neither too much nor too little."""

import json
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from tests.e2e.live import LiveVault, live_vault
from tests.e2e.live_customer import LiveCustomer
from tests.vendor_client import VendorClient, answer

REDIRECT_URI = "http://localhost:9/callback"
SCOPE = "purchases:read orders:read invoices:read licenses:read preferences:read gifts:read"
EXAMPLES = 25
LINE = 3000
"""Characters of an address; beyond some 4,000 the HTTP server refuses it, not the vault."""
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
KINDS = ("purchases", "orders", "invoices", "licenses", "preferences")
OPERATIONS = [
    *(f"/api/v1/{kind}" for kind in KINDS),
    *(f"/api/v1/{kind}/{{record_id}}" for kind in KINDS),
    "/api/v1/grant",
    "/api/v1/grant/receipt",
]
WRITES = ["/api/v1/grant/deletion"]
"""Not examined here: tests/integration/test_deletion.py has it."""


@pytest.fixture(scope="module")
def vendor(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any
) -> Iterator[VendorClient]:
    """A vendor of the profile `basic` whom a customer has allowed to read everything."""
    home = tmp_path_factory.mktemp("live") / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "vault.db")
    with live_vault(home, f"sqlite:///{home}/vault.db") as vault, httpx.Client(timeout=30) as http:
        anna = LiveCustomer(vault, http)
        anna.move_in(tmp_path_factory.mktemp("anna"))
        yield connected(vault, http, anna)


def connected(vault: LiveVault, http: httpx.Client, customer: LiveCustomer) -> VendorClient:
    """Register a vendor, and let the customer allow what it asks."""
    done = vault.run(
        "vendor", "register", "--name", "Old shop", "--redirect-uri", REDIRECT_URI,
        "--client-secret",
    )  # fmt: skip
    client = json.loads(done.stdout)
    vendor = VendorClient(
        http,
        vault.url,
        client["client_id"],
        secret=client["client_secret"],
        redirect_uri=REDIRECT_URI,
    )
    came_back = answer(customer.allow(vendor.begin(scope=SCOPE)))
    assert vendor.exchange(came_back["code"]).status_code == 200
    return vendor


@pytest.fixture(scope="module")
def schema(vendor: VendorClient) -> Any:
    """The document as the server gives it."""
    return schemathesis.openapi.from_url(f"{vendor.issuer}/api/openapi.json")


def test_every_operation_is_examined(schema: Any) -> None:
    """What the document names is what is examined here, but for what a vendor may write."""
    assert sorted(schema) == sorted(OPERATIONS + WRITES)


@pytest.mark.parametrize("path", OPERATIONS)
def test_the_headers_are_documented(schema: Any, path: str) -> None:
    """What a client must keep or answer: the log's head, the nonce, the challenge."""
    answers = schema[path]["get"].definition.raw["responses"]
    assert answers["200"]["headers"].keys() == {"DPoP-Nonce", "Ledger-Head"}
    assert answers["401"]["headers"].keys() == {"DPoP-Nonce", "WWW-Authenticate"}
    assert all("DPoP-Nonce" in answer["headers"] for answer in answers.values())


@pytest.mark.parametrize("path", OPERATIONS)
def test_no_answer_is_undocumented(schema: Any, vendor: VendorClient, path: str) -> None:
    """Whatever is asked, with a token or without: no 5xx, and only what the document describes."""
    operation = schema[path]["get"]
    authorized = {"Authorization": f"Bearer {vendor.access_token}"}

    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    takes_something = bool(operation.query or operation.path_parameters)

    @given(
        fitting | wrong if takes_something else fitting,
        st.sampled_from([authorized, authorized, authorized, {}]),
    )
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def examine(case: Any, headers: dict[str, str]) -> None:
        assume(
            len(case.as_transport_kwargs()["url"]) + len(urlencode(case.query or {}, doseq=True))
            < LINE
        )
        response = case.call(headers={**(case.headers or {}), **headers})
        case.validate_response(response, checks=CHECKS)

    examine()


@pytest.mark.parametrize("kind", ["purchases", "orders"])
def test_real_records_are_as_documented(schema: Any, vendor: VendorClient, kind: str) -> None:
    """A page, the next page, and a record of it by its id."""
    authorized = {"Authorization": f"Bearer {vendor.access_token}"}
    pages, one = schema[f"/api/v1/{kind}"]["get"], schema[f"/api/v1/{kind}/{{record_id}}"]["get"]
    page = pages.Case(query={"limit": 1}).call_and_validate(headers=authorized, checks=CHECKS)
    cursor = page.json()["next_cursor"]
    more = pages.Case(query={"cursor": cursor}).call_and_validate(headers=authorized, checks=CHECKS)
    items = [*page.json()["items"], *more.json()["items"]]
    assert len(items) >= 2
    for item in items:
        case = one.Case(path_parameters={"record_id": item["id"]})
        assert case.call_and_validate(headers=authorized, checks=CHECKS).status_code == 200
