"""The customer's own terms: read by everybody, accepted by a vendor, granted, and shown to her."""

import html
import json
from pathlib import Path

import pytest

from tests.asking import refusal, verified
from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served
from tests.vendor_client import VendorClient
from vault.domain.compartments import Kind
from vault.services.consents.rosters import load
from vault.settings import Settings
from vault.web import promises

pytestmark = sqlite_only
NO_SHARING = f"{ISSUER}/terms/no-sharing/1"


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A kettle"})
    return customer


def details(*terms: str) -> str:
    """Authorization details that accept some terms."""
    detail = {"type": "vrm_records", "datatypes": ["purchases"], "fields": ["name"]}
    return json.dumps([detail | ({"terms": list(terms)} if terms else {})])


def asking(vendor: VendorClient, *terms: str) -> str:
    """The address of a request that accepts some terms."""
    return vendor.begin(scope=None, authorization_details=details(*terms))


def test_everybody_may_read_the_terms(server: Served) -> None:
    """A list, each at its identifier and at its short name, without a vault."""
    page = server.http.get(f"{ISSUER}/terms")
    assert page.status_code == 200
    for agreement in server.services.roster.newest():
        identifier = server.services.roster.identifier(agreement)
        assert identifier in page.text
        for address in (identifier, f"{ISSUER}/terms/{agreement.slug}"):
            text = html.unescape(server.http.get(address).text)
            assert agreement.summary in text
            assert agreement.paragraphs[-1] in text
    assert server.http.get(f"{ISSUER}/terms/no-cookies").status_code == 404
    assert server.http.get(f"{ISSUER}/terms/no-sharing/2").status_code == 404


def test_an_older_version_leads_to_the_newest(server: Served, settings: Settings) -> None:
    """Its text goes on standing at its identifier."""
    newer = 'slug = "no-sharing"\nversion = 2\ntitle = "Newer"\nsummary = "New <b>."\ntext = "x"\n'
    folder = Path(settings.home) / "terms"
    folder.mkdir()
    (folder / "x.toml").write_text(newer)
    object.__setattr__(server.services, "roster", load(ISSUER, folder))
    page = server.http.get(NO_SHARING).text
    assert "older version" in page
    assert 'href="/terms/no-sharing/2"' in page
    assert "New &lt;b&gt;." in server.http.get(f"{ISSUER}/terms/no-sharing").text


def test_what_is_shown_is_what_the_files_say(server: Served) -> None:
    """The words that are translated are those of the agreements that come with the vault."""
    with server.app.test_request_context():
        for agreement in load(ISSUER).newest():
            shown = promises.promise(agreement)
            assert (shown.title, shown.summary) == (agreement.title, agreement.summary)
            assert (agreement.slug, agreement.version) in promises._WORDS


def test_what_is_accepted_is_shown_granted_and_written_down(server: Served, anna: Customer) -> None:
    """By short name or identifier; token response, grant and activity have the identifiers."""
    vendor = server.vendor()
    url = asking(vendor, "no-profiling", NO_SHARING)
    page = anna.open(url).text
    assert "makes no profile of you" in page
    assert 'href="/terms/no-sharing/1"' in page
    assert "none of your terms" not in page
    granted = vendor.exchange(anna.allow(url)).json()["authorization_details"]
    agreed = [f"{ISSUER}/terms/no-profiling/1", NO_SHARING]
    assert granted[0]["terms"] == agreed
    assert vendor.get("/api/v1/grant").json()["authorization_details"][0]["terms"] == agreed
    [entry] = [
        one
        for one in server.services.activity.page(anna.vault()).entries
        if one.what == "consent_given"
    ]
    assert entry.details["terms"]["agreed"] == agreed
    [consent] = server.services.consents.given(anna.vault())
    assert consent.terms.agreed == tuple(agreed)
    # The details as they were answered may be sent with a refresh.
    narrowed = vendor.refresh(authorization_details=json.dumps(granted))
    assert narrowed.status_code == 200, narrowed.text
    assert narrowed.json()["authorization_details"][0]["terms"] == agreed


def test_who_accepts_none_is_shown_to(server: Served, anna: Customer) -> None:
    """Plainly, with a way to what there is to accept."""
    url = asking(server.vendor())
    page = anna.open(url).text
    assert "It accepts none of your terms." in page
    assert 'href="/terms"' in page


@pytest.mark.parametrize("name", ["no-cookies", "https://vendor.example/terms", "no-sharing/1"])
def test_unknown_terms_are_refused_by_name(server: Served, name: str) -> None:
    """In a pushed request and in one to a customer who is away."""
    vendor = server.vendor()
    refused = vendor.push(scope=None, authorization_details=details("no-sharing", name))
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_authorization_details"
    assert name in refused.json()["error_description"]
    asked = verified(server).ask("anna", scope=None, authorization_details=details(name))
    assert refusal(asked) == "invalid_authorization_details"
