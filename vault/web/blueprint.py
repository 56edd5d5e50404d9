"""The blueprint that all pages hang on, and what is public on it.

A page is private unless its view carries `@public`: forgetting the mark hides a page, it never
opens one.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from vault.services.open_vault import OpenVault

View = TypeVar("View", bound=Callable[..., Any])

pages = Blueprint("web", __name__, static_folder="static", static_url_path="/assets")

_PUBLIC = "vault_public"

MACHINE_PREFIXES = ("/api/", "/oauth/", "/.well-known/", "/healthz", "/readyz", "/metrics")
"""Paths that programs speak to: no cookie opens anything there and errors are not pages."""

PERSON_PATHS = ("/oauth/authorize",)
"""The exceptions: a person stands before these."""


def public(view: View) -> View:
    """Mark a view as one that is shown while the vault is locked."""
    setattr(view, _PUBLIC, True)
    return view


def for_machines(path: str) -> bool:
    """Whether `path` (of a URL) answers programs rather than people."""
    return path.startswith(MACHINE_PREFIXES) and path not in PERSON_PATHS


def for_pages() -> bool:
    """Whether the current request is for a page: not for a program and not for a static file."""
    return not for_machines(request.path) and not (request.endpoint or "").endswith("static")


def services() -> Any:
    """The use cases of the product, as wired by the application."""
    return current_app.extensions["vault"]


def open_vault() -> OpenVault:
    """The vault that this request's session has opened; in a private view there is one."""
    return cast("OpenVault", g.vault)


@pages.before_request
def require_open_vault() -> ResponseReturnValue | None:
    """Send a visitor to the unlock page, unless the view is public."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, _PUBLIC, False) or request.endpoint == "web.static":
        return None
    if current_user.is_authenticated:
        return None
    answer: ResponseReturnValue = current_app.extensions["vault.web"].login.unauthorized()
    return answer
