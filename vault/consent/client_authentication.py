"""Client authentication for doors other than OAuth's own: RFC 6749 section 2.3, RFC 7523 section 3.

The same methods and the same strictness as at the token endpoint; a refusal speaks the product's
errors instead of OAuth's.
"""

from collections.abc import Callable
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error

from vault.consent.dpop import ProofOfPossession
from vault.consent.endpoints import authorization_server
from vault.consent.server import FormRequest
from vault.errors import VaultError


class ClientRefused(VaultError):
    """No authentication of a client, or one that does not hold."""

    def __init__(self, error: OAuth2Error) -> None:
        super().__init__(error.description or "Client authentication failed.")
        self.code, self.status = str(error.error), int(error.status_code)


def authenticator(services: Any) -> Callable[[], str]:
    """Return what authenticates the current request's client by its form, and gives its id."""
    possession = ProofOfPossession(services.proofs, services.replays)
    server = authorization_server(services, possession)

    def authenticate() -> str:
        try:
            request = FormRequest(services.settings.base_url)
            return str(server.authenticate_client(request, endpoint="deletion").client_id)
        except OAuth2Error as error:
            raise ClientRefused(error) from error

    return authenticate
