"""What the authorization server says of itself: RFC 8414 section 3.

With the names that RFC 9126 section 5, RFC 9207 section 3, RFC 9396 section 10, RFC 9449 section
5.1 and OpenID CIBA Core section 4 add. Nothing is named that is not offered.
"""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, url_for

from vault.consent import authorization_details, pkce
from vault.consent.server import AUTH_METHODS
from vault.domain.scopes import SUPPORTED_SCOPES
from vault.services.vendors.jose import ALGORITHMS
from vault.storage.clients import CIBA, CODE, REFRESH

ENDPOINTS = {
    "authorization_endpoint": "consent.show",
    "token_endpoint": "oauth.token",
    "backchannel_authentication_endpoint": "oauth.ask",
    "pushed_authorization_request_endpoint": "oauth.push",
    "revocation_endpoint": "oauth.revoke",
    "introspection_endpoint": "oauth.introspect",
    "jwks_uri": "oauth.jwks",
}
_AUTHENTICATED = ("token_endpoint", "revocation_endpoint", "introspection_endpoint")


def document(issuer: str, *, may_register: bool) -> dict[str, Any]:
    """Return the metadata; the addresses are built from the issuer, never from a Host header."""
    metadata: dict[str, Any] = {
        "issuer": issuer,
        **{name: issuer + url_for(endpoint) for name, endpoint in ENDPOINTS.items()},
        "scopes_supported": list(SUPPORTED_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [CODE, REFRESH, CIBA],
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_user_code_parameter_supported": False,
        "code_challenge_methods_supported": list(pkce.METHODS),
        "authorization_response_iss_parameter_supported": True,
        "authorization_details_types_supported": [authorization_details.TYPE],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "protected_resources": [issuer],
        "service_documentation": issuer + "/api/docs",
    }
    if may_register:
        metadata["registration_endpoint"] = issuer + url_for("registration.create")
    for endpoint in _AUTHENTICATED:
        metadata[f"{endpoint}_auth_methods_supported"] = list(AUTH_METHODS)
        metadata[f"{endpoint}_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return metadata


def register(app: Flask, issuer: str, *, may_register: bool) -> None:
    """Serve the document at its well-known address."""
    blueprint = Blueprint("oauth_metadata", __name__)

    @blueprint.get("/.well-known/oauth-authorization-server")
    def oauth_authorization_server() -> Response:
        return jsonify(document(issuer, may_register=may_register))

    app.register_blueprint(blueprint)
