"""The resource server: what a grant releases, as JSON, with errors that programs understand."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask
from flask_smorest import Blueprint

from vault.api import openapi, problems, resource_metadata
from vault.api.records import Reader


def register(app: Flask, services: Any) -> None:
    """Add the resource server to the application."""
    issuer = services.settings.base_url
    api = openapi.make(app, issuer, _version())
    blueprint = Blueprint(
        "api", __name__, url_prefix="/api/v1", description="Records under a customer's consent"
    )
    Reader(blueprint, services.disclosure, services.proofs)
    problems.register(blueprint, issuer)
    api.register_blueprint(blueprint)
    openapi.register_page(app, api)
    resource_metadata.register(app, issuer)


def _version() -> str:
    try:
        return version("vault")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"
