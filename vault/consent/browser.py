"""The browser before which a request was shown, known again by a cookie of its own.

The session's cookie changes with each unlocking; this one outlives it, for as long as a request
waits. It opens nothing: the request is sealed to the vault as well (ADR 16).
"""

import secrets
from dataclasses import dataclass, field

from flask import Response, current_app, request

from vault.services.consents.pending import LIFETIME, browser_of


@dataclass(frozen=True)
class Browser:
    """One browser; `cookie` is 256 random bits in base64url."""

    cookie: str = field(repr=False)

    @classmethod
    def here(cls) -> "Browser":
        """The browser of this request, by the cookie that it has or by a new one."""
        sent = request.cookies.get(current_app.config["ASKED_COOKIE"])
        if sent is not None and browser_of(sent) is not None:
            return cls(sent)
        return cls(secrets.token_urlsafe(32))

    @property
    def digest(self) -> bytes:
        """What a request is bound to."""
        return browser_of(self.cookie) or b""

    def remember(self, response: Response) -> Response:
        """Give the browser its cookie, for another hour."""
        response.set_cookie(
            current_app.config["ASKED_COOKIE"],
            self.cookie,
            max_age=LIFETIME,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def digest() -> bytes | None:
    """What requests of this browser are bound to; None for one that was shown nothing."""
    return browser_of(request.cookies.get(current_app.config["ASKED_COOKIE"]))
