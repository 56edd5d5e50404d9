"""Client authentication by a shared secret: RFC 6749 section 2.3.1, clients of `basic` alone.

Authlib's trap: it does not undo the form encoding of user and password, which strict clients apply.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import OAuth2Request

from vault.storage.clients import Client

METHOD = "client_secret_basic"


def presented(request: OAuth2Request) -> bool:
    """Say whether the request tries to authenticate in this way."""
    return bool(request.headers.get("Authorization"))


def authenticate(find: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
    """Return the client whose id and secret the request carries, or None."""
    client_id, secret = _credentials(request.headers.get("Authorization", ""))
    client = find(client_id)
    return client if client is not None and client.check_client_secret(secret) else None


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
    except (NotBase64, ValueError):
        return "", ""
    return unquote_plus(user), unquote_plus(password)
