"""Slowing down those who guess passphrases, without locking out the one who knows it.

Only failures count. A browser that has unlocked this name before carries a signed mark and is
counted on its own, so a stranger at the same address cannot use up its tries. Names that exist and
names that do not are counted alike.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer

from vault.web.language import gettext as _

FAILURES_BY_NAME = "5 per minute"
FAILURES_BY_ADDRESS = "20 per minute"
SIGN_UPS_BY_ADDRESS = "30 per minute"

_YEAR = 31_536_000
_MARK = "known"
_FAILED = 401

View = TypeVar("View", bound=Callable[..., Any])

limiter = Limiter(get_remote_address)


def install(app: Flask, *, storage_uri: str) -> None:
    """Keep the counts at `storage_uri` (VAULT_RATELIMIT_URL; in memory by default)."""
    app.config["RATELIMIT_STORAGE_URI"] = storage_uri
    limiter.init_app(app)


def slow_failures(view: View) -> View:
    """Count failed tries to unlock, by (address, name) and by address."""
    by_name = limiter.limit(
        FAILURES_BY_NAME, key_func=_by_name, methods=["POST"], deduct_when=_has_failed
    )
    by_address = limiter.limit(
        FAILURES_BY_ADDRESS, key_func=_by_address, methods=["POST"], deduct_when=_has_failed
    )
    return cast("View", by_name(by_address(view)))


def slow_confirmations(view: View) -> View:
    """Count wrong passphrases given in an open session, where one is asked for again."""
    limit = limiter.limit(
        FAILURES_BY_NAME, key_func=_by_owner, methods=["POST"], deduct_when=_was_wrong
    )
    return cast("View", limit(view))


def wrong_passphrase() -> str:
    """Count this request as a failed try; what to say at the field."""
    g.wrong_passphrase = True
    return _("That is not the passphrase of this vault.")


def slow_sign_ups(view: View) -> View:
    """Count sign-ups by address: each costs the server a key derivation."""
    return cast("View", limiter.limit(SIGN_UPS_BY_ADDRESS, methods=["POST"])(view))


def remember(response: Response, name: str) -> Response:
    """Mark this browser as one in which `name` has unlocked the vault."""
    response.set_cookie(
        _MARK,
        _signer().dumps([_digest(name), secrets.token_urlsafe(12)]),
        max_age=_YEAR,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="known-browser")


def _digest(name: str) -> str:
    """The name as counted: so that no name stands in a counter's key."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, name.strip().casefold().encode(), "sha256").hex()[:32]


def _known_browser(name: str) -> str | None:
    """The mark of a browser that has unlocked this very name before, or None."""
    try:
        marked, mark = _signer().loads(request.cookies.get(_MARK, ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(mark) if marked == _digest(name) else None


def _by_name() -> str:
    name = request.form.get("username", "")
    return f"{_known_browser(name) or get_remote_address()}:{_digest(name)}"


def _by_address() -> str:
    return _known_browser(request.form.get("username", "")) or get_remote_address()


def _by_owner() -> str:
    return f"owner:{_digest(current_user.name)}" if current_user.is_authenticated else _by_address()


def _was_wrong(_response: Response) -> bool:
    return bool(g.get("wrong_passphrase"))


def _has_failed(response: Response) -> bool:
    return response.status_code == _FAILED
