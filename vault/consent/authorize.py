"""The authorization endpoint: RFC 6749 section 4.1.1, RFC 9126 section 4.

Of the front channel only `client_id` and `request_uri` count; whatever stands beside them is
ignored. Whenever the client or the redirect URI is in doubt the customer sees an error page and
is never sent on (RFC 9700 section 4.11).
"""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from vault.consent import authorization_request
from vault.consent.authorization_request import AuthorizationRequest
from vault.consent.consent_page import ConsentPage, DoubtfulRequest
from vault.consent.issuer import send_back
from vault.consent.throttle import VISITS, Throttle
from vault.errors import VaultError
from vault.services.requests import Requests
from vault.services.vendors import Vendors
from vault.storage.clients import FAPI, Client

PATH = "/oauth/authorize"
MAX_VALUE = 20_000


class Authorization:
    """Finds the request that a customer was sent here with."""

    def __init__(self, vendors: Vendors, requests: Requests, issuer: str) -> None:
        """`issuer` goes into every answer to the vendor."""
        self._vendors, self._requests, self._issuer = vendors, requests, issuer

    def open(self, client_id: str, request_uri: str) -> AuthorizationRequest:
        """Return the pushed request of this very client. Raise `DoubtfulRequest`."""
        client = self._client(client_id)
        try:
            kept = self._requests.open(request_uri, client.client_id)
            return authorization_request.reopened(client, kept)
        except (VaultError, OAuth2Error) as error:
            raise DoubtfulRequest(
                "This request has expired, was answered already, or is not the vendor's own. "
                "Go back to the vendor and begin again."
            ) from error

    def push(self, parameters: dict[str, str]) -> ResponseReturnValue:
        """Push the parameters of a `basic` client for it, and go on as if it had done so."""
        client = self._client(parameters.get("client_id", ""))
        if client.profile == FAPI:
            raise DoubtfulRequest("This vendor must push its request first.")
        try:
            uri = authorization_request.redirect_uri(client, parameters)
        except OAuth2Error as error:
            raise DoubtfulRequest("The vendor's return address is not a registered one.") from error
        try:
            authorization_request.check(client, parameters)
        except OAuth2Error as error:
            said = {"error_description": error.description} if error.description else {}
            state = parameters.get("state")
            return send_back(uri, self._issuer, state, error=str(error.error), **said)
        kept = authorization_request.to_keep(parameters)
        return redirect(here(client, self._requests.push(client.client_id, kept)[0]), 303)

    def _client(self, client_id: str) -> Client:
        client = self._vendors.find(client_id)
        if client is None:
            raise DoubtfulRequest("This vault does not know the vendor who sent you.")
        return client


def register(app: Flask, services: Any, throttle: Throttle) -> None:
    """Serve the page at /oauth/authorize, behind the customer's session and CSRF protection."""
    issuer = services.settings.base_url
    authorization = Authorization(services.vendors, services.requests, issuer)
    page = ConsentPage(services.decisions, services.glimpses, services.sellers, issuer)
    blueprint = Blueprint("consent", __name__)

    @blueprint.get(PATH)
    def show() -> ResponseReturnValue:
        throttle.count(VISITS)
        parameters = _once(request.args)
        if "request_uri" not in parameters:
            return authorization.push(parameters)
        request_uri = parameters["request_uri"]
        asked = authorization.open(parameters.get("client_id", ""), request_uri)
        return page.show(asked, request_uri) if g.vault else _unlock(asked, request_uri)

    @blueprint.post(PATH)
    def decide() -> ResponseReturnValue:
        request_uri = request.form.get("request_uri", "")
        asked = authorization.open(request.form.get("client_id", ""), request_uri)
        if not g.vault:
            return _unlock(asked, request_uri)
        return page.answer(asked, request_uri, request.form)

    app.register_blueprint(blueprint)


def here(client: Client, request_uri: str) -> str:
    """Return the address of a request's page, with nothing but what counts."""
    return url_for("consent.show", client_id=client.client_id, request_uri=request_uri)


def _unlock(asked: AuthorizationRequest, request_uri: str) -> ResponseReturnValue:
    """Ask for the passphrase first; the way back is an address of our own making."""
    return redirect(url_for("web.unlock", next=here(asked.client, request_uri)), 303)


def _once(args: MultiDict[str, str]) -> dict[str, str]:
    """Return the parameters, each once (RFC 6749 section 3.1). Raise `DoubtfulRequest`."""
    if any(len(values) > 1 or len(values[0]) > MAX_VALUE for _, values in args.lists()):
        raise DoubtfulRequest("The vendor's request is malformed.")
    return {name: value for name, value in args.items() if value}
