"""The session cookie: one random credential and nothing else.

Flask's own signed session carries the CSRF token and messages, never a key. Flask-Login knows the
visitor through this cookie alone (`request_loader`).
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, flash, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin
from werkzeug.wrappers import Response as BaseResponse

from vault.errors import Locked
from vault.web.blueprint import for_pages, open_vault, services
from vault.web.language import gettext as _

_BOUND_TO = "csrf_bound_to"


class Owner(UserMixin):
    """The customer whose vault this request has opened."""

    def __init__(self, name: str) -> None:
        """Keep the user name, as signed up with."""
        self.name = name

    def get_id(self) -> str:
        """The user name: Flask-Login asks, nothing stores it."""
        return self.name


def install(app: Flask, *, secure: bool) -> LoginManager:
    """Open the vault before each page and tell Flask-Login who is there."""
    app.config["VAULT_COOKIE"] = "__Host-vault" if secure else "vault"
    app.config["ASKED_COOKIE"] = "__Host-asked" if secure else "asked"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-page" if secure else "page",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.before_request(_open)
    app.before_request(_bind_to_request)
    app.after_request(_forget_if_stale)
    return _install_login(app)


def begin(response: Response, token: str) -> Response:
    """Hand the credential of a session just opened to the browser; see also `bind_csrf`."""
    response.set_cookie(
        current_app.config["VAULT_COOKIE"],
        token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    g.stale_session = False
    return response


def end(response: BaseResponse) -> BaseResponse:
    """Take the credential and everything about the person back from the browser."""
    session.clear()
    response.delete_cookie(
        current_app.config["VAULT_COOKIE"],
        path="/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def token() -> str | None:
    """The credential that came with this request, opened or not."""
    return request.cookies.get(current_app.config["VAULT_COOKIE"])


def local_target(target: str | None) -> str:
    """Where to go on after unlocking: a path of this site, else home (no open redirect)."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")):
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc:
            return target
    return url_for("web.home")


def _open() -> None:
    g.vault = None
    credential = token()
    if credential is None or not for_pages():
        return
    try:
        g.vault = services().sessions.open(credential)
    except Locked:
        g.stale_session = True


def bind_csrf(credential: str) -> None:
    """Drop a CSRF token that was made for another credential than this one."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    bound = hmac.new(key, credential.encode(), hashlib.sha256).hexdigest()
    if session.get(_BOUND_TO) != bound:
        session.pop("csrf_token", None)
        g.pop("csrf_token", None)
        session[_BOUND_TO] = bound


def _bind_to_request() -> None:
    if for_pages():
        bind_csrf(token() or "")


def _forget_if_stale(response: Response) -> Response:
    if g.get("stale_session"):
        response.delete_cookie(current_app.config["VAULT_COOKIE"], path="/")
    return response


def _install_login(app: Flask) -> LoginManager:
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.request_loader
    def load(_request: object) -> Owner | None:
        return Owner(open_vault().name) if g.get("vault") is not None else None

    @manager.unauthorized_handler
    def to_unlock() -> BaseResponse:
        if g.get("stale_session"):
            flash(_("Your vault locked itself after a while. Unlock it to go on."), "notice")
        going = request.full_path.rstrip("?") if request.method == "GET" else None
        going = None if going == "/" else going
        return redirect(url_for("web.unlock", next=going))

    return manager
