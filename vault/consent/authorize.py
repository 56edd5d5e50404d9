"""The authorization endpoint: RFC 6749 section 4.1.1, RFC 9126 section 4.

Of the front channel only `client_id` and `request_uri` count; whatever stands beside them is
ignored. Whenever the client or the redirect URI is in doubt the customer sees an error page and
is never sent on (RFC 9700 section 4.11). Who unlocks first changes nothing; with the first display
to an open vault the request is that customer's (ADR 16).
"""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Flask, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from vault.consent import authorization_request, browser
from vault.consent.browser import Browser
from vault.consent.consent_page import ConsentPage
from vault.consent.issuer import send_back
from vault.consent.throttle import VISITS, Throttle
from vault.consent.waiting import DoubtfulRequest, Waiting, doubting
from vault.domain.roster import Roster
from vault.services.consents.requests import Requests, parse
from vault.storage.clients import FAPI

PATH = "/oauth/authorize"
MAX_VALUE = 20_000


class Authorization:
    """What becomes of a customer who was sent here before the vault is open."""

    def __init__(self, waiting: Waiting, requests: Requests, roster: Roster, issuer: str) -> None:
        """`issuer` goes into every answer to the vendor."""
        self._waiting, self._requests = waiting, requests
        self._roster, self._issuer = roster, issuer

    def unlock_first(self, client_id: str, request_uri: str) -> ResponseReturnValue:
        """Ask for the passphrase first; the way back is an address of our own making.

        A browser that was shown a request lately is let through without asking whether it was this
        one: the vault may have locked itself while its customer was reading.
        """
        client = self._waiting.client(client_id)
        with doubting():
            if browser.digest() is None:
                kept = self._requests.open(request_uri, client.client_id)
                authorization_request.reopened(client, kept, self._roster)
            parse(request_uri)
        back = here(client.client_id, request_uri)
        return redirect(url_for("web.unlock", next=back), 303)

    def push(self, parameters: dict[str, str]) -> ResponseReturnValue:
        """Push the parameters of a `basic` client for it, and go on as if it had done so."""
        client = self._waiting.client(parameters.get("client_id", ""))
        if client.profile == FAPI:
            raise DoubtfulRequest("This vendor must push its request first.")
        try:
            uri = authorization_request.redirect_uri(client, parameters)
        except OAuth2Error as error:
            raise DoubtfulRequest("The vendor's return address is not a registered one.") from error
        try:
            authorization_request.check(client, parameters, self._roster)
        except OAuth2Error as error:
            said = {"error_description": error.description} if error.description else {}
            state = parameters.get("state")
            return send_back(uri, self._issuer, state, error=str(error.error), **said)
        kept = authorization_request.to_keep(parameters)
        return redirect(here(client.client_id, self._requests.push(client.client_id, kept)[0]), 303)


def register(
    app: Flask, waiting: Waiting, page: ConsentPage, services: Any, throttle: Throttle
) -> None:
    """Serve the page at /oauth/authorize, behind the customer's session and CSRF protection."""
    issuer = services.settings.base_url
    authorization = Authorization(waiting, services.requests, services.roster, issuer)
    blueprint = Blueprint("consent", __name__)

    @blueprint.get(PATH)
    def show() -> ResponseReturnValue:
        throttle.count(VISITS)
        parameters = _once(request.args)
        if "request_uri" not in parameters:
            return authorization.push(parameters)
        sent = parameters.get("client_id", ""), parameters["request_uri"]
        if not g.vault:
            return authorization.unlock_first(*sent)
        here_now = Browser.here()
        asking = waiting.shown(g.vault, *sent, here_now.digest)
        return here_now.remember(make_response(page.show(asking)))

    @blueprint.post(PATH)
    def decide() -> ResponseReturnValue:
        sent = request.form.get("client_id", ""), request.form.get("request_uri", "")
        if not g.vault:
            return authorization.unlock_first(*sent)
        asking = waiting.shown_before(g.vault, *sent, browser.digest())
        return page.answer(asking, request.form)

    app.register_blueprint(blueprint)


def here(client_id: str, request_uri: str) -> str:
    """Return the address of a request's page, with nothing but what counts."""
    return url_for("consent.show", client_id=client_id, request_uri=request_uri)


def _once(args: MultiDict[str, str]) -> dict[str, str]:
    """Return the parameters, each once (RFC 6749 section 3.1). Raise `DoubtfulRequest`."""
    if any(len(values) > 1 or len(values[0]) > MAX_VALUE for _, values in args.lists()):
        raise DoubtfulRequest("The vendor's request is malformed.")
    return {name: value for name, value in args.items() if value}
