"""The customer's pages: server-rendered, each working without a script.

`register` installs everything that stands between a request and a view: headers, the session
cookie, CSRF, the limits on guessing, languages, Bootstrap from our own server, and error pages.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect

from vault.web import formats, reader, reasons, refusals, security, session, throttle, words
from vault.web import views as _views  # noqa: F401 - hangs the views on `pages`
from vault.web.blueprint import for_machines, pages
from vault.web.catalogs import Catalogs
from vault.web.language import said
from vault.web.shared import PageOptions
from vault.web.uploads import MemoryRequest

__all__ = ["register"]

_HERE = Path(__file__).parent


def register(
    app: Flask,
    *,
    secure: bool,
    may_sign_up: bool = True,
    by_invitation: bool = False,
    ratelimit_url: str = "memory://",
) -> None:
    """Install the pages. `app.secret_key` is set and `app.extensions["vault"]` has the services.

    `by_invitation` asks whoever signs up for one. `secure` says that the vault is reached by https.
    """
    app.request_class = MemoryRequest
    login = session.install(app, secure=secure)
    app.extensions["vault.web"] = PageOptions(
        may_sign_up=may_sign_up, by_invitation=by_invitation, login=login
    )
    security.install(app, secure=secure)
    _install_csrf(app)
    throttle.install(app, storage_uri=ratelimit_url)
    reader.install(app, secure=secure)
    _install_templates(app)
    refusals.install(app)
    app.register_blueprint(pages)


def _install_csrf(app: Flask) -> None:
    """Check every form; programs bring tokens of their own and no cookie is read for them."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # It lives and dies with the session.
    csrf = CSRFProtect(app)

    @app.before_request
    def protect() -> None:
        if not for_machines(request.path):
            csrf.protect()


def _install_templates(app: Flask) -> None:
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    babel = Babel(app, locale_selector=reader.locale)
    babel.domain_instance = Catalogs()
    app.static_url_path = "/static"  # Bootstrap-Flask makes its own path of it.
    Bootstrap5(app)
    formats.install(app)
    words.install(app)
    app.jinja_env.filters.update(reason=reasons.reason, said=said)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {"asset": _asset, "here": _here, "same_page": _same_page}


def _asset(name: str) -> str:
    """The address of a file of ours, with its digest so that it may be kept for a year."""
    return url_for("web.static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    path = _HERE / "static" / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _same_page() -> str:
    """The address of this page, as far as it can be opened again; else home."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    again = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    return request.path if again else url_for("web.home")


def _here(endpoint: str) -> bool:
    """Whether the current page is `endpoint`'s, or below it."""
    current = request.endpoint or ""
    if current == f"web.{endpoint}":
        return True
    return endpoint != "home" and (request.path + "/").startswith(url_for(f"web.{endpoint}") + "/")
