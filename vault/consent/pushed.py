"""Pushed authorization requests: RFC 9126 section 2, and RFC 9449 section 10.1.

Authlib has no such endpoint; this extends its `Endpoint`. Its trap: an error that carries a
`redirect_uri` becomes a redirect, which a direct call must never get.
"""

from typing import Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, OAuth2Request, TokenEndpoint

from vault.consent import authorization_request
from vault.consent.dpop import ProofOfPossession
from vault.domain.roster import Roster
from vault.services.consents.requests import Requests
from vault.storage.clients import Client


class PushedRequestEndpoint(TokenEndpoint):
    """Takes a client's authorization request and hands back a `request_uri` for it."""

    ENDPOINT_NAME = "pushed_authorization_request"

    def __init__(self, requests: Requests, possession: ProofOfPossession, roster: Roster) -> None:
        super().__init__()
        self._requests, self._possession, self._roster = requests, possession, roster

    def create_endpoint_response(self, request: OAuth2Request) -> tuple[int, Any, Any]:
        """Answer 201 with `request_uri` and `expires_in`. Raise an `OAuth2Error`."""
        try:
            return self._push(request)
        except OAuth2Error as error:
            error.redirect_uri = None
            raise

    def _push(self, request: OAuth2Request) -> tuple[int, Any, Any]:
        proof = self._possession.checked()
        client: Client = self.authenticate_endpoint_client(request)
        parameters = dict(request.form)
        if "request_uri" in parameters:
            raise InvalidRequestError("A pushed request must not carry a request_uri.")
        jkt = self._possession.use(proof)
        if jkt is not None and parameters.setdefault("dpop_jkt", jkt) != jkt:
            raise InvalidRequestError("The dpop_jkt is not that of the DPoP proof.")
        authorization_request.check(client, parameters, self._roster)
        uri, seconds = self._requests.push(
            client.client_id, authorization_request.to_keep(parameters)
        )
        return 201, {"request_uri": uri, "expires_in": seconds}, default_json_headers
