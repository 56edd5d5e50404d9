"""The headers of the resource server's answers, as the OpenAPI document names them."""

from typing import Any


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {
        "description": description,
        "required": True,
        "schema": {"type": "string", **schema},
    }


_NONCE = {
    "DPoP-Nonce": _header("The nonce for the next DPoP proof (RFC 9449, section 8.2).", minLength=1)
}
_HEAD = {
    "Ledger-Head": _header(
        "The head of the customer's log; the records of this answer stand in it.",
        pattern="^[0-9a-f]{64}$",
    )
}
_CHALLENGE = {
    "WWW-Authenticate": _header(
        "How to come again: a challenge for each scheme (RFC 9449 7.1, RFC 6750 3, RFC 9728 5.1).",
        minLength=1,
    )
}
_RETRY = {"Retry-After": _header("How many seconds to wait.", pattern="^[0-9]+$")}
_BY_STATUS = {200: _HEAD, 401: _CHALLENGE, 429: _RETRY, 503: _RETRY}


def of(status: int) -> dict[str, Any]:
    """The headers that an answer of this status always has."""
    return _NONCE | _BY_STATUS.get(status, {})
