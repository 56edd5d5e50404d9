"""The authorization request's parameters: RFC 6749 section 4.1.1, as pushed or as sent.

One check for both ways in. What it returns is what the customer will be asked, and nothing that
the front channel says later can change it (FAPI 2.0 Security Profile 5.3.2.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    UnsupportedResponseTypeError,
)

from vault.consent import authorization_details, pkce
from vault.consent.errors import RequestNotSupported, oauth_error
from vault.domain.requested import Request
from vault.domain.roster import Roster
from vault.errors import InvalidInput
from vault.storage.clients import Client

KEPT = (
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "authorization_details",
    "dpop_jkt",
)
MAX_STATE = 1024
_JKT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class AuthorizationRequest:
    """A checked request: where to answer, and what is asked for."""

    client: Client
    redirect_uri: str
    state: str | None
    code_challenge: str
    dpop_jkt: str | None
    asked: Request

    @property
    def binding(self) -> dict[str, str | None]:
        """What the code will be bound to, beside the client."""
        return {
            "redirect_uri": self.redirect_uri,
            "code_challenge": self.code_challenge,
            "dpop_jkt": self.dpop_jkt,
        }


def redirect_uri(client: Client, parameters: Mapping[str, str]) -> str:
    """Return where to answer. Raise `InvalidRequestError`, which must never redirect."""
    uri = parameters.get("redirect_uri", "")
    if not client.check_redirect_uri(uri):
        raise InvalidRequestError(
            "The redirect_uri is missing or not registered, letter for letter."
        )
    return uri


def check(client: Client, parameters: Mapping[str, str], roster: Roster) -> AuthorizationRequest:
    """Check the parameters of a client. Raise an `OAuth2Error` that names the first fault."""
    _offered(parameters)
    state = parameters.get("state")
    if state is not None and len(state) > MAX_STATE:
        raise InvalidRequestError("The state is too long.")
    jkt = parameters.get("dpop_jkt")
    if jkt is not None and not _JKT.fullmatch(jkt):
        raise InvalidRequestError("The dpop_jkt is not a SHA-256 thumbprint.")
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri(client, parameters),
        state=state,
        code_challenge=pkce.challenge(parameters),
        dpop_jkt=jkt,
        asked=asked(client, parameters, roster),
    )


def reopened(client: Client, kept: Mapping[str, str], roster: Roster) -> AuthorizationRequest:
    """Rebuild a request from what `to_keep` kept. It is checked anew: a client may have changed."""
    whole = {**kept, "response_type": "code", "code_challenge_method": "S256"}
    return check(client, whole, roster)


def to_keep(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that carry a request, without those that are the same for all."""
    return {name: parameters[name] for name in KEPT if name in parameters}


def _offered(parameters: Mapping[str, str]) -> None:
    if "request" in parameters:
        raise RequestNotSupported("Request objects are not offered.")
    if parameters.get("response_type") is None:
        raise InvalidRequestError("The response_type is missing.")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseTypeError(None)
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequestError("The response_mode must be query.")


def asked(client: Client, parameters: Mapping[str, str], roster: Roster) -> Request:
    """Return what is asked for, by scope and authorization details. Raise an `OAuth2Error`.

    The terms that the client accepts are those of the customers' `roster`, by their identifiers.
    """
    details = authorization_details.parse(parameters.get("authorization_details"))
    try:
        return roster.accept(Request.parse(parameters.get("scope", ""), details, client.sellers))
    except InvalidInput as error:
        raise oauth_error(error) from error
