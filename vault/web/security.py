"""Headers that keep a page from being framed, sniffed, cached or fed with foreign code.

`g.form_action` is the hook for pages whose form ends in a redirect elsewhere: Chromium applies
`form-action` to the whole chain of redirects, so the consent page appends the origin of the
vendor's redirect URI there before it renders.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from vault.web.blueprint import for_machines

_YEAR = 31_536_000

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def origin(url: str) -> str:
    """The origin of `url` as a CSP source; for a private scheme (RFC 8252) the scheme alone."""
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def policy(form_action: list[str]) -> str:
    """The Content-Security-Policy, with further origins to which a form may lead."""
    targets = " ".join(["'self'", *form_action])
    return (
        "default-src 'self'; base-uri 'none'; object-src 'none'; "
        f"frame-ancestors 'none'; form-action {targets}"
    )


def install(app: Flask, *, secure: bool) -> None:
    """Add the headers to every answer; HSTS only where the vault is reached by https."""

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in _FIXED.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy(g.get("form_action", [])))
        if secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
        _set_caching(response)
        return response


def _set_caching(response: Response) -> None:
    """Static files may be kept; whatever else a person sees is not stored anywhere."""
    if (request.endpoint or "").endswith("static"):
        if request.args.get("v"):
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return
    if not for_machines(request.path):
        response.headers["Cache-Control"] = "no-store"
