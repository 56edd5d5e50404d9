"""Error pages: what happened and what to do next, in plain words; never a traceback.

Programs get `application/problem+json` (RFC 9457) from paths that have no handler of their own.
"""

import time
from dataclasses import dataclass

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from vault.errors import Locked, VaultError
from vault.web.blueprint import for_machines
from vault.web.language import gettext as _
from vault.web.language import said
from vault.web.throttle import limiter

_log = structlog.get_logger(__name__)

_SERVER_FAULT = 500


@dataclass(frozen=True)
class Words:
    """What an error page says: a title and a sentence."""

    title: str
    sentence: str


def install(app: Flask) -> None:
    """Answer every error with a page, or with a problem where a program asks."""
    app.register_error_handler(VaultError, _vault_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(RateLimitExceeded, _slowed)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _vault_error(error: VaultError) -> ResponseReturnValue:
    if error.status >= _SERVER_FAULT:
        _log.error("request_failed", code=error.code, endpoint=request.endpoint)
    words = _words(error.status)
    if error.status < _SERVER_FAULT and not isinstance(error, Locked):
        words = Words(words.title, said(error))
    return _answer(error.status, words, code=error.code, retry_after=error.retry_after)


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    words = Words(
        _("This form has expired"),
        _(
            "It was opened before you unlocked the vault, or too long ago. Nothing was changed. "
            "Go back, load the page again and send it once more."
        ),
    )
    return _answer(400, words, code="form_expired")


def _slowed(_error: RateLimitExceeded) -> ResponseReturnValue:
    current = limiter.current_limit
    wait = max(1, int(current.reset_at - time.time()) + 1) if current else 60
    return _answer(429, _words(429), code="too_many_requests", retry_after=wait)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or _SERVER_FAULT
    if error.response is not None or status < 400:  # noqa: PLR2004 - redirects raised by routing
        return error.get_response()
    answer = _answer(status, _words(status), code=error.name.lower().replace(" ", "_"))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    # The type alone: a message may quote what a customer typed.
    _log.error("request_crashed", error=type(error).__name__, endpoint=request.endpoint)
    return _answer(_SERVER_FAULT, _words(_SERVER_FAULT), code="internal")


def _answer(status: int, words: Words, *, code: str, retry_after: int | None = None) -> Response:
    if for_machines(request.path):
        response = jsonify(title=words.title, detail=words.sentence, status=status, code=code)
        response.content_type = "application/problem+json"
    else:
        response = make_response(render_template("error.html", words=words, status=status))
    response.status_code = status
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _words(status: int) -> Words:
    """The words for an HTTP status; for any that is not listed, those of its hundred."""
    said = {
        400: Words(
            _("That request made no sense"),
            _("Something in it was missing or misspelt. Nothing was changed."),
        ),
        401: Words(_("Your vault is locked"), _("Unlock it to go on.")),
        403: Words(_("That is not allowed"), _("Nothing was changed.")),
        404: Words(
            _("There is nothing here"),
            _("The address may be misspelt, or what stood here was deleted."),
        ),
        405: Words(_("That is not how this page works"), _("Go back and use its buttons.")),
        409: Words(_("That is taken already"), _("Nothing was changed.")),
        413: Words(
            _("That file is too large"),
            _("Nothing was stored. Split it, or use the command line, which takes any size."),
        ),
        422: Words(_("Something is missing"), _("Nothing was changed. Go back and try again.")),
        429: Words(
            _("Too many tries"),
            _("Wait a minute, then try again. Your vault is not locked for good."),
        ),
        503: Words(_("The vault is busy"), _("Nothing was changed. Try again in a few seconds.")),
    }
    fallback = Words(
        _("Something went wrong on our side"),
        _("Nothing was half done. If it happens again, tell whoever runs this vault."),
    )
    return said.get(status) or (said[400] if status < _SERVER_FAULT else fallback)
