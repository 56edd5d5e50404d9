"""What the resource server says of itself: RFC 9728 section 3."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify

from vault.domain.scopes import SUPPORTED_SCOPES
from vault.services.vendors.jose import ALGORITHMS


def document(issuer: str) -> dict[str, Any]:
    """Return the metadata of the resource, which is the whole vault server."""
    return {
        "resource": issuer,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "scopes_supported": list(SUPPORTED_SCOPES),
        "authorization_details_types_supported": ["vrm_records"],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_bound_access_tokens_required": False,
        "resource_name": "Personal data vault",
        "resource_documentation": f"{issuer}/api/docs",
    }


def register(app: Flask, issuer: str) -> None:
    """Serve the document at its well-known address."""
    blueprint = Blueprint("resource_metadata", __name__)

    @blueprint.get("/.well-known/oauth-protected-resource")
    def oauth_protected_resource() -> Response:
        return jsonify(document(issuer))

    app.register_blueprint(blueprint)
