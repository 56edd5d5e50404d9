"""The page on which the customer decides, and the answer to the vendor: RFC 6749 section 4.1.2.

`templates/consent/request.html` gets `client`, `asked` (the request), `asked_fields`, `choice`,
`problem`, `terms`, `sellers`, `glimpses` and `request_uri`. Its form posts `client_id`,
`request_uri`, `action` (allow, decline, preview) and the fields of `decision.Choice`.
"""

import time
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import g, render_template
from flask.typing import ResponseReturnValue

from vault.consent import decision
from vault.consent.authorization_request import AuthorizationRequest
from vault.consent.decision import Choice, Form
from vault.consent.issuer import send_back
from vault.errors import InvalidInput, Refused
from vault.services.decisions import Decisions
from vault.services.glimpses import Glimpses
from vault.services.sellers import Sellers


class DoubtfulRequest(Refused):
    """The request cannot be trusted so far as to send anyone anywhere."""

    code = "invalid_request"
    status = 400


class ConsentPage:
    """Shows a request, with the very records that it would release, and acts on the decision."""

    def __init__(
        self, decisions: Decisions, glimpses: Glimpses, sellers: Sellers, issuer: str
    ) -> None:
        """`issuer` goes into every answer to the vendor."""
        self._decisions, self._glimpses = decisions, glimpses
        self._sellers, self._issuer = sellers, issuer

    def show(self, asked: AuthorizationRequest, request_uri: str) -> ResponseReturnValue:
        """Show what is asked for."""
        choice = Choice.beforehand(asked.asked)
        return self._render(asked, request_uri, choice), HTTPStatus.OK

    def answer(
        self, asked: AuthorizationRequest, request_uri: str, form: Form
    ) -> ResponseReturnValue:
        """Act on the button that was pressed; a choice that cannot be comes back with why."""
        action = form.get("action", "")
        if action == "decline":
            return self._decline(asked, request_uri)
        if action not in ("allow", "preview"):
            raise DoubtfulRequest("Choose to allow or to decline.")
        try:
            choice = Choice.sent(asked.asked, form)
            terms = choice.terms(asked.asked, time.time())
        except InvalidInput as error:
            choice = Choice.beforehand(asked.asked)
            page = self._render(asked, request_uri, choice, error.message)
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        if action == "preview":
            return self._render(asked, request_uri, choice), HTTPStatus.OK
        code = self._decisions.allow(
            g.vault, asked.client, asked.asked, terms, asked.binding, request_uri
        )
        return send_back(asked.redirect_uri, self._issuer, asked.state, code=code)

    def _decline(self, asked: AuthorizationRequest, request_uri: str) -> ResponseReturnValue:
        self._decisions.decline(g.vault, asked.client, asked.asked, request_uri)
        return send_back(asked.redirect_uri, self._issuer, asked.state, error="access_denied")

    def _render(
        self,
        asked: AuthorizationRequest,
        request_uri: str,
        choice: Choice,
        problem: str | None = None,
    ) -> str:
        try:
            terms = choice.terms(asked.asked, time.time())
        except InvalidInput:
            terms = None  # nothing to show before a seller is chosen
        g.form_action = [_origin(asked.redirect_uri)]
        return render_template(
            "consent/request.html",
            client=asked.client,
            asked=asked.asked,
            asked_fields=decision.asked_fields(asked.asked),
            choice=choice,
            problem=problem,
            terms=terms,
            sellers=decision.offered(asked.asked, self._sellers.of(g.vault, asked.asked.kinds)),
            glimpses=self._glimpses.of(g.vault, terms) if terms else {},
            request_uri=request_uri,
        )


def _origin(uri: str) -> str:
    """Return where the form may lead: Chromium applies `form-action` to redirects as well."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
