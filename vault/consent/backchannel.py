"""Asking a customer who is away: OpenID CIBA Core 1.0 sections 7, 10.1 and 11, in poll mode.

There is no ID token here and no scope `openid`: what is asked for is what any authorization request
asks for. Of the hints only `login_hint` is taken, the customer's user name, and neither the answer
nor the polls after it tell whether there is such a customer.
"""

from collections.abc import Mapping
from typing import Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    OAuth2Request,
    TokenEndpoint,
    UnauthorizedClientError,
)

from vault.consent import authorization_request
from vault.consent.dpop import ProofOfPossession
from vault.consent.errors import InvalidBindingMessage, RequestNotSupported
from vault.consent.token import TokenGrant
from vault.domain.roster import Roster
from vault.services.consents.backchannel import INTERVAL, AwayRequests
from vault.storage.clients import CIBA, Client

KEPT = ("scope", "authorization_details", "binding_message")
MAX_MESSAGE = 80
DEFAULT_SECONDS = 3 * 86_400
MAX_SECONDS = 7 * 86_400
_OTHER_HINTS = ("login_hint_token", "id_token_hint")
_MAX_DIGITS = 9


class BackchannelEndpoint(TokenEndpoint):
    """Takes a verified client's request to a customer and hands back an `auth_req_id` for it."""

    ENDPOINT_NAME = "backchannel_authentication"

    def __init__(self, away: AwayRequests, possession: ProofOfPossession, roster: Roster) -> None:
        super().__init__()
        self._away, self._possession, self._roster = away, possession, roster

    def create_endpoint_response(self, request: OAuth2Request) -> tuple[int, Any, Any]:
        """Answer 200 with `auth_req_id`, `expires_in` and `interval`. Raise an `OAuth2Error`."""
        proof = self._possession.checked()
        client: Client = self.authenticate_endpoint_client(request)
        _check_client(client)
        # It binds nothing yet: the proof that comes with the poll does.
        self._possession.use(proof)
        parameters = dict(request.form)
        hint = _check(client, parameters, self._roster)
        seconds = _seconds(parameters.get("requested_expiry"))
        kept = {name: parameters[name] for name in KEPT if name in parameters}
        auth_req_id = self._away.ask(client.client_id, hint, kept, seconds)
        body = {"auth_req_id": auth_req_id, "expires_in": seconds, "interval": INTERVAL}
        return 200, body, default_json_headers


class BackchannelGrant(TokenGrant):
    """CIBA Core section 10.1: tokens for what the customer has approved meanwhile."""

    GRANT_TYPE = CIBA
    away: AwayRequests

    def validate_token_request(self) -> None:
        """Check proof and client as for every grant, then that the client may ask so."""
        super().validate_token_request()
        _check_client(self.client)

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Issue tokens, or raise what section 11 says for an answer that is not there."""
        auth_req_id, client_id = self.parameter("auth_req_id"), self.client.client_id
        return self.answer(self.away.poll(auth_req_id, client_id, self.jkt, self.narrowing()))


def grant(away: AwayRequests, possession: ProofOfPossession) -> type[TokenGrant]:
    """Return the grant type with its services, as `token.grants` does."""
    services = {"away": away, "possession": possession}
    return type(BackchannelGrant.__name__, (BackchannelGrant,), services)


def _check_client(client: Client) -> None:
    if not client.check_grant_type(CIBA):
        raise UnauthorizedClientError("Only a client whom the operator has verified may ask so.")


def _check(client: Client, parameters: Mapping[str, str], roster: Roster) -> str:
    """Return the user name of whom to ask. Raise an `OAuth2Error` that names the first fault."""
    if "request" in parameters:
        raise RequestNotSupported("Request objects are not offered.")
    hint = parameters.get("login_hint")
    if hint is None or any(name in parameters for name in _OTHER_HINTS):
        raise InvalidRequestError("One hint is needed, and of the hints login_hint is offered.")
    message = parameters.get("binding_message", "")
    if len(message) > MAX_MESSAGE or not message.isprintable():
        raise InvalidBindingMessage(f"A binding_message has {MAX_MESSAGE} printable characters.")
    authorization_request.asked(client, parameters, roster)
    return hint


def _seconds(text: str | None) -> int:
    """Return how long the customer has to answer; a longer time than is offered is cut."""
    if text is None:
        return DEFAULT_SECONDS
    usual = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    if not usual or int(text) < 1:
        raise InvalidRequestError("The requested_expiry is not a positive number of seconds.")
    return min(int(text), MAX_SECONDS)
