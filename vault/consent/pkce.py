"""Proof Key for Code Exchange: RFC 7636 sections 4.2 to 4.6, method S256 only, for every client.

Authlib's traps: `CodeChallenge(required=True)` accepts `plain`, takes a missing method for `plain`,
compares in variable time, and requires a verifier of public clients only. So it is not used.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

METHODS = ("S256",)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def challenge(parameters: Mapping[str, str]) -> str:
    """Return the challenge of an authorization request. Raise `InvalidRequestError`."""
    if parameters.get("code_challenge_method") not in METHODS:
        raise InvalidRequestError("The code_challenge_method must be S256.")
    value = parameters.get("code_challenge", "")
    if not _CHALLENGE.fullmatch(value):
        raise InvalidRequestError("The code_challenge is missing or not one of S256.")
    return value


def verify(verifier: str | None, expected: str) -> None:
    """Compare a token request's verifier with the challenge. Raise `InvalidGrantError`."""
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise InvalidGrantError("The code_verifier is missing or malformed.")
    if not hmac.compare_digest(s256(verifier).encode(), expected.encode()):
        raise InvalidGrantError("The code_verifier does not fit the code_challenge.")


def s256(verifier: str) -> str:
    """Return the challenge for a verifier: base64url of its SHA-256 (section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
