"""Errors on their way to a vendor: named as the RFCs name them, in characters they allow."""

import pytest
from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from vault.consent.errors import described, oauth_error
from vault.consent.issuer import send_back
from vault.errors import Busy, InvalidInput, Tampered, VaultError


@given(st.text())
def test_any_text_becomes_a_description(text: str) -> None:
    """RFC 6749 section 5.2 allows few characters; Authlib raises for any other."""
    assert OAuth2Error(described(text)).description == described(text)


def test_a_busy_database_says_when_to_come_again() -> None:
    """503 with Retry-After, and a name that a client understands."""
    status, body, headers = oauth_error(Busy("locked", retry_after=2))()
    assert (status, body["error"]) == (503, "temporarily_unavailable")
    assert ("Retry-After", "2") in headers


def test_a_fault_of_ours_says_nothing_of_itself() -> None:
    """What broke inside is nobody's business outside."""
    status, body, _ = oauth_error(Tampered("a signature of entry 7 does not hold"))()
    assert (status, body) == (500, {"error": "server_error"})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("invalid_grant", "invalid_grant"),
        ("invalid_scope", "invalid_scope"),
        ("invalid_authorization_details", "invalid_authorization_details"),
        ("something_else", "invalid_request"),
    ],
)
def test_our_codes_become_oauths(code: str, error: str) -> None:
    """A code that OAuth knows stays; any other is an invalid request."""
    refusal: VaultError = InvalidInput("no")
    refusal.code = code
    assert oauth_error(refusal).error == error


def test_the_way_back_keeps_the_vendors_own_query() -> None:
    """The redirect URI's query stays, values are encoded, and it is a 303 (RFC 9207)."""
    with Flask(__name__).test_request_context():
        response = send_back(
            "https://vendor.example/cb?a=b", "https://vault.example", "x&code=evil", code="c"
        )
    assert response.status_code == 303
    assert response.headers["Location"] == (
        "https://vendor.example/cb?a=b&code=c&state=x%26code%3Devil&iss=https%3A%2F%2Fvault.example"
    )
    assert response.headers["Referrer-Policy"] == "no-referrer"
