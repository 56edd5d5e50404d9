"""Token introspection: RFC 7662 section 2, RFC 9396 section 9. A client sees only its own tokens.

Authlib's endpoint stores and returns token rows; ours has none, so only the frame is used.
"""

from typing import Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request, TokenEndpoint

from vault.services.access.tokens import Tokens
from vault.storage.clients import Client


class IntrospectionEndpoint(TokenEndpoint):
    """Says what a token still permits."""

    ENDPOINT_NAME = "introspection"

    def __init__(self, tokens: Tokens, issuer: str) -> None:
        super().__init__()
        self._tokens, self._issuer = tokens, issuer

    def create_endpoint_response(self, request: OAuth2Request) -> tuple[int, Any, Any]:
        """Answer `{"active": false}` for an unknown, dead or foreign token."""
        client: Client = self.authenticate_endpoint_client(request)
        if "token" not in request.form:
            raise InvalidRequestError("The parameter token is missing.")
        state = self._tokens.introspect(request.form["token"], client.client_id)
        if state.get("active"):
            state = {**state, "client_id": client.client_id, "iss": self._issuer}
        return 200, state, default_json_headers
