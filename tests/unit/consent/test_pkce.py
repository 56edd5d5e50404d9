"""PKCE: S256 only, for every client."""

import pytest
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from vault.consent import pkce

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_rfc() -> None:
    """The verifier of appendix B fits its challenge."""
    pkce.verify(VERIFIER, CHALLENGE)
    assert pkce.challenge({"code_challenge": CHALLENGE, "code_challenge_method": "S256"})


@pytest.mark.parametrize("method", ["plain", "s256", "S512", ""])
def test_any_other_method_is_refused(method: str) -> None:
    """`plain` and unknown methods are refused."""
    with pytest.raises(InvalidRequestError):
        pkce.challenge({"code_challenge": CHALLENGE, "code_challenge_method": method})


def test_a_missing_method_is_not_plain() -> None:
    """RFC 7636 takes no method for `plain`; that too is refused."""
    with pytest.raises(InvalidRequestError):
        pkce.challenge({"code_challenge": CHALLENGE})


@pytest.mark.parametrize("value", ["", "short", CHALLENGE + "A", CHALLENGE[:-1] + "=", "é" * 43])
def test_a_malformed_challenge_is_refused(value: str) -> None:
    """A challenge is 43 characters of base64url."""
    with pytest.raises(InvalidRequestError):
        pkce.challenge({"code_challenge": value, "code_challenge_method": "S256"})


@pytest.mark.parametrize("verifier", [None, "", CHALLENGE, VERIFIER[:-1], "é" * 43, "a" * 129])
def test_a_wrong_verifier_is_refused(verifier: str | None) -> None:
    """Missing, malformed and wrong verifiers are refused; so is the challenge itself."""
    with pytest.raises(InvalidGrantError):
        pkce.verify(verifier, CHALLENGE)
