"""The resource server: what a grant releases, as JSON, with errors that programs understand."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask
from flask_smorest import Blueprint

from vault.api import deletion, openapi, problems, resource_metadata
from vault.api.records import Reader


def register(app: Flask, services: Any, authenticate: Callable[[], str]) -> None:
    """Add the resource server to the application.

    `authenticate` gives the id of the current request's client, by OAuth's client authentication.
    """
    issuer = services.settings.base_url
    api = openapi.make(app, issuer, _version())
    blueprint = Blueprint(
        "api", __name__, url_prefix="/api/v1", description="Records under a customer's consent"
    )
    Reader(blueprint, services.disclosure, services.granted, services.proofs)
    problems.register(blueprint, issuer)
    api.register_blueprint(blueprint)
    # Of its own, since the other one asks for a live token before anything else.
    ended = Blueprint("ended", __name__, url_prefix="/api/v1", description="After a consent's end")
    deletion.register(ended, services.deletion, services.proofs, authenticate)
    problems.register(ended, issuer)
    api.register_blueprint(ended)
    openapi.register_page(app, api)
    resource_metadata.register(app, issuer)


def _version() -> str:
    try:
        return version("vault")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"
