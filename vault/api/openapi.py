"""The OpenAPI document at /api/openapi.json, and a readable page of it at /api/docs.

flask-smorest's trap: it takes over the whole application's HTTP errors; the customer's pages have
their own.
"""

from typing import Any

from flask import Blueprint, Flask, render_template
from flask_smorest import Api

from vault.api.schemas import Problem

METHODS = ("get", "post", "put", "patch", "delete")


class VaultApi(Api):
    """flask-smorest's document, without its hand on the other doors' errors."""

    ERROR_SCHEMA = Problem
    # A default that stands for every status would promise nothing, and of a wrong content type.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to the blueprint's own handlers."""


def make(app: Flask, issuer: str, version: str) -> VaultApi:
    """Prepare the document; blueprints registered with it describe themselves."""
    app.config.update(
        API_TITLE="Personal data vault",
        API_VERSION=version,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        API_SPEC_OPTIONS={
            "servers": [{"url": issuer}],
            "info": {
                "description": "What customers share with a vendor, under a consent that they "
                "can narrow and withdraw. Tokens come from the OAuth server of the same address."
            },
        },
    )
    api = VaultApi(app)
    api.spec.components.security_scheme(
        "dpop",
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`DPoP <token>`, with a proof in the `DPoP` header (RFC 9449).",
        },
    )
    api.spec.components.security_scheme(
        "bearer",
        {"type": "http", "scheme": "bearer", "description": "Clients of the profile `basic`."},
    )
    return api


def register_page(app: Flask, api: VaultApi) -> None:
    """Serve the document as a page: no script, nothing from elsewhere."""
    blueprint = Blueprint("api_docs_page", __name__, url_prefix="/api")

    @blueprint.get("/docs")
    def docs() -> str:
        spec = api.spec.to_dict()
        return render_template("api/docs.html", spec=spec, operations=operations(spec))

    app.register_blueprint(blueprint)


def operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the document's operations in order, with method and path."""
    return [
        {"method": method.upper(), "path": path, **item[method]}
        for path, item in spec["paths"].items()
        for method in METHODS
        if method in item
    ]
