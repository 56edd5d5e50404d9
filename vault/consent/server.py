"""The authorization server: RFC 6749 section 3.2 as Authlib frames it, with stricter requests.

Authlib's traps worked round here: its Flask request reads parameters from the query string too,
where tokens and codes end up in logs, takes the first of a repeated parameter, and refuses http
behind a proxy that ends TLS; its client authentication tries one method after the other, where two
at once must be refused (RFC 6749 section 2.3); its bearer tokens live for ten days, so its
generators are not used at all.
"""

from authlib.integrations.flask_oauth2 import AuthorizationServer as FlaskAuthorizationServer
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from flask import request as flask_request

from vault.consent import client_secret_basic, private_key_jwt
from vault.services.access.replays import Replays
from vault.services.vendors.key_sets import KeySets
from vault.services.vendors.vendors import Vendors
from vault.storage.clients import Client

AUTH_METHODS = (private_key_jwt.METHOD, client_secret_basic.METHOD)
FORM = "application/x-www-form-urlencoded"
MAX_PARAMETER = 20_000


class FormRequest(OAuth2Request):
    """A request whose parameters stand in its body, each once (RFC 6749 section 3.2).

    Its address is built from the issuer: Authlib refuses http, and behind a proxy that ends TLS
    that is what the server itself is called by.
    """

    def __init__(self, issuer: str) -> None:
        uri = issuer + flask_request.path
        super().__init__(flask_request.method, uri, headers=flask_request.headers)
        self._parameters = self.read()
        self.payload = BasicOAuth2Payload(self._parameters)

    def read(self) -> dict[str, str]:
        """Read the parameters. Raise `InvalidRequestError`."""
        return _parameters()

    @property
    def args(self) -> dict[str, str]:
        """The query string, which is always empty."""
        return {}

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body; empty ones count as absent (RFC 6749 section 3.1)."""
        return self._parameters


class ManagementRequest(FormRequest):
    """A GET or DELETE: without a body, an assertion may stand in the header as a bearer's."""

    def read(self) -> dict[str, str]:
        """Read the form, or the header in its place."""
        if flask_request.content_length or flask_request.query_string:
            return _parameters()
        scheme, _, assertion = flask_request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return {}
        others = {name: v for name, v in flask_request.headers if name != "Authorization"}
        self.headers = others
        return {
            "client_assertion_type": private_key_jwt.ASSERTION_TYPE,
            "client_assertion": assertion.strip(),
        }


class AuthorizationServer(FlaskAuthorizationServer):
    """Authlib's dispatcher with our clients, our authentication and our requests."""

    def __init__(self, vendors: Vendors, replays: Replays, key_sets: KeySets, issuer: str) -> None:
        super().__init__(query_client=vendors.find)
        self._issuer = issuer
        assertions = private_key_jwt.Assertions(issuer, replays, key_sets)
        self.register_client_auth_method(private_key_jwt.METHOD, assertions.authenticate)
        self.register_client_auth_method(
            client_secret_basic.METHOD, client_secret_basic.authenticate
        )

    def create_oauth2_request(self, request: object) -> OAuth2Request:
        """Read the current request strictly. Raise `InvalidRequestError`."""
        return request if isinstance(request, OAuth2Request) else FormRequest(self._issuer)

    def authenticate_client(
        self,
        request: OAuth2Request,
        methods: object = None,  # noqa: ARG002 (Authlib passes each endpoint's; ours are all alike)
        endpoint: str = "token",
    ) -> Client:
        """Authenticate by the one method that the request presents. Public clients are refused."""
        presented = [
            module.METHOD
            for module in (private_key_jwt, client_secret_basic)
            if module.presented(request)
        ]
        if len(presented) > 1 or "client_secret" in request.form:
            raise InvalidRequestError("Authenticate in one way, and not by client_secret_post.")
        if not presented:
            raise InvalidClientError("Client authentication is required.", status_code=401)
        try:
            client: Client = super().authenticate_client(request, presented, endpoint)
        except InvalidClientError as error:
            raise InvalidClientError("Client authentication failed.", status_code=401) from error
        if request.form.get("client_id", client.client_id) != client.client_id:
            raise InvalidRequestError("The client_id is not that of the authenticated client.")
        request.client = client
        return client


def _parameters() -> dict[str, str]:
    if flask_request.query_string:
        raise InvalidRequestError("Parameters belong into the body, not into the address.")
    if flask_request.mimetype != FORM:
        raise InvalidRequestError(f"The body must be {FORM}.")
    lists: dict[str, list[str]] = dict(flask_request.form.lists())
    if any(len(values) > 1 for values in lists.values()):
        raise InvalidRequestError("A parameter is repeated.")
    if any(len(values[0]) > MAX_PARAMETER for values in lists.values()):
        raise InvalidRequestError("A parameter is too long.")
    return {name: values[0] for name, values in lists.items() if values[0]}
