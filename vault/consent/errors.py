"""OAuth errors that Authlib lacks, and the way from our own errors to OAuth's.

Authlib's trap: an `error_description` with a character that RFC 6749 section 5.2 forbids raises
`ValueError` where the error is made, so every text passes through `described`.
"""

from authlib.oauth2.rfc6749 import OAuth2Error

from vault.errors import Busy, TooManyRequests, VaultError

_FORBIDDEN = str.maketrans({'"': "'", "\\": "/"})


class InvalidDPoPProof(OAuth2Error):
    """RFC 9449 section 5: the proof of possession is missing or does not hold."""

    error = "invalid_dpop_proof"


class UseDPoPNonce(OAuth2Error):
    """RFC 9449 section 8: come again with the nonce of the `DPoP-Nonce` header."""

    error = "use_dpop_nonce"


class InvalidAuthorizationDetails(OAuth2Error):
    """RFC 9396 section 5: unknown type, unknown field, or a value that cannot be."""

    error = "invalid_authorization_details"


class InvalidRequestUri(OAuth2Error):
    """RFC 9101 section 6.1, RFC 9126 section 2.2: expired, spent, or another client's."""

    error = "invalid_request_uri"


class InvalidBindingMessage(OAuth2Error):
    """OpenID CIBA Core section 13: the message for the customer is too long or cannot be shown."""

    error = "invalid_binding_message"


class UnknownGrant(OAuth2Error):
    """FAPI Grant Management, section 6: there is no such grant, or it is another client's."""

    error = "invalid_grant"
    status_code = 404


class RequestNotSupported(OAuth2Error):
    """RFC 9101 section 6.1: request objects are not offered."""

    error = "request_not_supported"


class TemporarilyUnavailable(OAuth2Error):
    """RFC 6749 section 4.1.2.1: the server is at its limit; `Retry-After` says how long."""

    error = "temporarily_unavailable"
    status_code = 503

    def __init__(self, description: str, status_code: int, retry_after: int | None) -> None:
        super().__init__(description, status_code=status_code)
        self._retry_after = retry_after

    def get_headers(self) -> list[tuple[str, str]]:
        """Add when to come again."""
        headers: list[tuple[str, str]] = super().get_headers()
        if self._retry_after is not None:
            headers.append(("Retry-After", str(self._retry_after)))
        return headers


def described(text: str) -> str:
    """Return `text` with the characters that an `error_description` may have."""
    usual = text.translate(_FORBIDDEN).encode("ascii", "replace").decode()
    return "".join(character if character.isprintable() else " " for character in usual)


def oauth_error(error: VaultError) -> OAuth2Error:
    """Return the OAuth error that says the same as one of ours."""
    text = described(error.message)
    if isinstance(error, Busy | TooManyRequests):
        return TemporarilyUnavailable(text, error.status, error.retry_after)
    if error.status >= 500:  # noqa: PLR2004
        return OAuth2Error(error="server_error", status_code=500)
    known = error.code if error.code in _OAUTH_CODES else "invalid_request"
    return OAuth2Error(text, error=known)


_OAUTH_CODES = frozenset(
    {
        "access_denied",
        "authorization_pending",
        "expired_token",
        "invalid_authorization_details",
        "invalid_dpop_proof",
        "invalid_grant",
        "invalid_request",
        "invalid_request_uri",
        "invalid_scope",
        "slow_down",
        "use_dpop_nonce",
    }
)
