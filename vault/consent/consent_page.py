"""The page on which the customer decides.

`templates/consent/request.html` gets `client`, `standing` (the consent that it has already),
`asked` (the request), `asked_fields`, `choice`, `problem`, `terms`, `sellers`, `glimpses`,
`expires_at`, `fields`, `message` and `away`. Its form posts `fields`, `action` (allow, decline,
preview; block where `away`) and the fields of `decision.Choice`.
"""

import time
from http import HTTPStatus

from flask import g, render_template
from flask.typing import ResponseReturnValue

from vault.consent import decision
from vault.consent.answers import Collected
from vault.consent.decision import Choice, Form
from vault.consent.waiting import Asking, DoubtfulRequest, doubting
from vault.errors import InvalidInput
from vault.services.consents import Consents
from vault.services.glimpses import Glimpses
from vault.services.sellers import Sellers


class ConsentPage:
    """Shows a request, with the very records that it would release, and acts on the decision."""

    def __init__(self, consents: Consents, glimpses: Glimpses, sellers: Sellers) -> None:
        self._consents, self._glimpses, self._sellers = consents, glimpses, sellers

    def show(self, asking: Asking) -> ResponseReturnValue:
        """Show what is asked for."""
        return self._render(asking, Choice.beforehand(asking.asked)), HTTPStatus.OK

    def answer(self, asking: Asking, form: Form) -> ResponseReturnValue:
        """Act on the button that was pressed; a choice that cannot be comes back with why."""
        action = form.get("action", "")
        if action == "decline":
            with doubting():
                return asking.answer.decline(g.vault)
        if action == "block" and isinstance(asking.answer, Collected):
            with doubting():
                return asking.answer.block(g.vault)
        if action not in ("allow", "preview"):
            raise DoubtfulRequest("Choose to allow or to decline.")
        try:
            choice = Choice.sent(asking.asked, form)
            terms = choice.terms(asking.asked, time.time())
        except InvalidInput as error:
            page = self._render(asking, Choice.beforehand(asking.asked), error.message)
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        if action == "preview":
            return self._render(asking, choice), HTTPStatus.OK
        with doubting():
            return asking.answer.allow(g.vault, terms)

    def _render(self, asking: Asking, choice: Choice, problem: str | None = None) -> str:
        asked = asking.asked
        try:
            terms = choice.terms(asked, time.time())
        except InvalidInput:
            terms = None  # nothing to show before a seller is chosen
        g.form_action = list(asking.answer.leads_to)
        return render_template(
            "consent/request.html",
            client=asking.client,
            standing=self._consents.standing(g.vault, asking.client.client_id),
            asked=asked,
            asked_fields=decision.asked_fields(asked),
            choice=choice,
            problem=problem,
            terms=terms,
            sellers=decision.offered(asked, self._sellers.of(g.vault, asked.kinds)),
            glimpses=self._glimpses.of(g.vault, terms) if terms else {},
            expires_at=asking.expires_at,
            fields=asking.fields,
            message=asking.message,
            away=isinstance(asking.answer, Collected),
        )
