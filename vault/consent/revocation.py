"""Token revocation by the vendor: RFC 7009 section 2.

Authlib's traps: its endpoint answers `invalid_grant` for another client's token, which tells that
the token exists, and refuses a hint it does not know. Here an unknown, dead or foreign token is
answered like one revoked, and hints are not needed: a token's prefix says its kind.
"""

from typing import Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request, TokenEndpoint

from vault.services.access.tokens import Tokens
from vault.storage.clients import Client


class RevocationEndpoint(TokenEndpoint):
    """Ends a token at its vendor's wish."""

    ENDPOINT_NAME = "revocation"

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    def create_endpoint_response(self, request: OAuth2Request) -> tuple[int, Any, Any]:
        """Answer 200 whatever the token was (section 2.2)."""
        client: Client = self.authenticate_endpoint_client(request)
        if "token" not in request.form:
            raise InvalidRequestError("The parameter token is missing.")
        self._tokens.revoke(request.form["token"], client.client_id)
        return 200, {}, default_json_headers
