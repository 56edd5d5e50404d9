"""The web application: wires settings, database, keys and the doors together.

`app.extensions["vault.database"]` and `["vault.keys"]` hold what the doors are built from.
"""

import time

import structlog
from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from vault import diagnosis, log
from vault.crypto.server_keys import ServerKeys
from vault.errors import VaultError
from vault.resources import resource_folder
from vault.settings import Settings
from vault.storage.engine import Database

_log = structlog.get_logger("vault.requests")


def create_app(settings: Settings) -> Flask:
    """Make the application; raises ConfigurationError or Unopenable where it cannot start."""
    log.configure()
    app = Flask("vault", template_folder=str(resource_folder("templates")), static_folder=None)
    keys = ServerKeys.load_or_create(settings.secret_file)
    app.secret_key = keys.derive("flask session").hex()
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload
    app.extensions["vault.database"] = Database(settings.database_url)
    app.extensions["vault.keys"] = keys
    _answer_probes(app)
    _log_requests(app)
    return app


def _answer_probes(app: Flask) -> None:
    """Install what a load balancer asks: is the process alive, and may it be sent requests."""

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        try:
            diagnosis.check_ready(app.extensions["vault.database"])
        except VaultError as error:
            _log.warning("not_ready", code=error.code)
            return jsonify(status="unavailable", code=error.code), 503
        return jsonify(status="ok")


def _log_requests(app: Flask) -> None:
    """Log which rule answered, never the address itself: ids and queries stay out of logs."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        began = g.get("began", time.perf_counter())
        _log.info(
            "request",
            method=request.method,
            rule=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return response
