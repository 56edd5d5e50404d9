"""Grants as resources, in the manner of FAPI's Grant Management for OAuth 2.0, section 6.

Departing from it, the client authenticates as at the token endpoint and needs no access token: a
vendor must be able to give a consent back when its tokens are lost. By `private_key_jwt` the
assertion stands in the header as a bearer's, since GET and DELETE have no body (as in the
Australian Consumer Data Standards, "Self-Signed JWT Client Authentication"), or in a form.
"""

from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from vault.consent.errors import UnknownGrant
from vault.consent.server import AuthorizationServer, ManagementRequest
from vault.errors import NotFound
from vault.services.access.grant_management import GrantManagement
from vault.storage.clients import Client


def register(
    blueprint: Blueprint, server: AuthorizationServer, grants: GrantManagement, issuer: str
) -> None:
    """Serve GET and DELETE of /oauth/grants/<id>."""

    def client() -> Client:
        return server.authenticate_client(ManagementRequest(issuer), endpoint="grants")

    @blueprint.get("/grants/<grant_id>")
    def status(grant_id: str) -> Response:
        try:
            found = grants.status(client().client_id, grant_id)
        except NotFound as error:
            raise UnknownGrant(error.message) from error
        told = {name: value for name, value in asdict(found).items() if value is not None}
        return _private(jsonify(told))

    @blueprint.delete("/grants/<grant_id>")
    def end(grant_id: str) -> ResponseReturnValue:
        try:
            grants.end(client().client_id, grant_id)
        except NotFound as error:
            raise UnknownGrant(error.message) from error
        return _private(Response(status=HTTPStatus.NO_CONTENT))


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
