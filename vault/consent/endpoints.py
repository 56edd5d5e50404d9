"""The endpoints that vendors' programs call, wired to Authlib's dispatcher."""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Flask, Response, jsonify

from vault.consent import backchannel, grant_management
from vault.consent.backchannel import BackchannelEndpoint
from vault.consent.dpop import ProofOfPossession
from vault.consent.errors import oauth_error
from vault.consent.introspection import IntrospectionEndpoint
from vault.consent.keys import jwks as jwk_set
from vault.consent.pushed import PushedRequestEndpoint
from vault.consent.revocation import RevocationEndpoint
from vault.consent.server import AuthorizationServer
from vault.consent.throttle import AWAY, PUSHES, Throttle
from vault.consent.token import grants
from vault.errors import VaultError


def authorization_server(services: Any, possession: ProofOfPossession) -> AuthorizationServer:
    """Assemble the server from the product's services."""
    issuer, roster = services.settings.base_url, services.roster
    server = AuthorizationServer(services.vendors, services.replays, services.key_sets, issuer)
    for grant in grants(services.redemption, services.tokens, possession):
        server.register_grant(grant)
    server.register_grant(backchannel.grant(services.backchannel, possession))
    server.register_endpoint(PushedRequestEndpoint(services.requests, possession, roster))
    server.register_endpoint(BackchannelEndpoint(services.backchannel, possession, roster))
    server.register_endpoint(RevocationEndpoint(services.tokens))
    server.register_endpoint(IntrospectionEndpoint(services.tokens, issuer))
    return server


def register(app: Flask, services: Any, throttle: Throttle) -> None:
    """Serve the endpoints under /oauth; no cookie opens anything there."""
    possession = ProofOfPossession(services.proofs, services.replays)
    server = authorization_server(services, possession)
    blueprint = Blueprint("oauth", __name__, url_prefix="/oauth")

    @blueprint.post("/par")
    def push() -> Response:
        throttle.count(PUSHES)
        return _answer(server.create_endpoint_response(PushedRequestEndpoint.ENDPOINT_NAME))

    @blueprint.post("/bc-authorize")
    def ask() -> Response:
        throttle.count(AWAY)
        return _answer(server.create_endpoint_response(BackchannelEndpoint.ENDPOINT_NAME))

    @blueprint.post("/token")
    def token() -> Response:
        return _answer(server.create_token_response())

    @blueprint.post("/revoke")
    def revoke() -> Response:
        return _answer(server.create_endpoint_response(RevocationEndpoint.ENDPOINT_NAME))

    @blueprint.post("/introspect")
    def introspect() -> Response:
        return _answer(server.create_endpoint_response(IntrospectionEndpoint.ENDPOINT_NAME))

    @blueprint.get("/jwks")
    def jwks() -> Response:
        return jsonify(jwk_set(services.server_keys.public_keys()))

    @blueprint.errorhandler(OAuth2Error)
    def refuse(error: OAuth2Error) -> Response:
        return _answer(server.handle_error_response(None, error))

    @blueprint.errorhandler(VaultError)
    def translate(error: VaultError) -> Response:
        return refuse(oauth_error(error))

    grant_management.register(
        blueprint, server, services.grant_management, services.settings.base_url
    )

    blueprint.before_request(throttle.check_failures)
    blueprint.after_request(throttle.count_failure)
    blueprint.after_request(possession.add_nonce)
    app.register_blueprint(blueprint)


def _answer(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response
