"""The authorization response, with the issuer in success and in error: RFC 9207 section 2.

Authlib's trap: it redirects by 302; a browser may then repeat a POST, with the customer's
decision, at the vendor (RFC 9700 section 4.12). Here every redirect is a 303.
"""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import redirect
from werkzeug.wrappers import Response


def send_back(redirect_uri: str, issuer: str, state: str | None, **parameters: str) -> Response:
    """Return the 303 that takes the customer back to a redirect URI already checked."""
    if state is not None:
        parameters["state"] = state
    parts = urlsplit(redirect_uri)
    added = urlencode({**parameters, "iss": issuer})
    query = f"{parts.query}&{added}" if parts.query else added
    response = redirect(urlunsplit(parts._replace(query=query)), 303)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
