"""The web application: the use cases, and the three doors to them.

`app.extensions["vault"]` holds the use cases (composition.py).
"""

import time

import structlog
from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from vault import api, consent, diagnosis, log, web
from vault.composition import Services, compose
from vault.consent import client_authentication
from vault.crypto.kdf import PassphraseKdf
from vault.errors import VaultError
from vault.resources import resource_folder
from vault.settings import Settings, Signup

_log = structlog.get_logger("vault.requests")


def create_app(settings: Settings, kdf: PassphraseKdf | None = None) -> Flask:
    """Make the application; raises ConfigurationError or Unopenable where it cannot start.

    `kdf` sets what deriving a new passphrase costs.
    """
    log.configure()
    app = Flask("vault", template_folder=str(resource_folder("templates")), static_folder=None)
    services = compose(settings, kdf)
    app.secret_key = services.server_keys.derive("flask session").hex()
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload
    app.extensions["vault"] = services
    if settings.secure:
        # https ends at a proxy. The last address that it names is the browser's, which the limits
        # on guessing count by; what stands before it anybody may have written.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    _log_requests(app)
    web.register(
        app,
        secure=settings.secure,
        may_sign_up=settings.signup is not Signup.CLOSED,
        by_invitation=settings.signup is Signup.INVITE,
        ratelimit_url=settings.ratelimit_url,
    )
    consent.register(app, services)
    api.register(app, services, client_authentication.authenticator(services))
    _answer_probes(app, services)
    return app


def _answer_probes(app: Flask, services: Services) -> None:
    """Install what a load balancer asks: is the process alive, and may it be sent requests."""

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        try:
            diagnosis.check_ready(services.store.database)
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
