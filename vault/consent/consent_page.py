"""The page on which the customer decides.

`templates/consent/request.html` gets what `choosing` gives, and `client`, `known_since`,
`standing` (the consent that it has already), `expires_at`, `fields`, `message` and `away`. Beside
the actions of `choosing` its form posts allow, decline, and block where `away`.
"""

from http import HTTPStatus

from flask import g, render_template
from flask.typing import ResponseReturnValue

from vault.consent.answers import Collected
from vault.consent.choosing import LOOKS, Bound, Choosing
from vault.consent.decision import Choice, Form, Unclear
from vault.consent.waiting import Asking, DoubtfulRequest, doubting
from vault.services.consents.consents import Consents, GivenConsent
from vault.storage.grants import LIVE


class ConsentPage:
    """Shows a request, with the very records that it would release, and acts on the decision."""

    def __init__(self, consents: Consents, choosing: Choosing) -> None:
        self._consents, self._choosing = consents, choosing

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
        if action != "allow" and action not in LOOKS:
            raise DoubtfulRequest("Choose to allow or to decline.")
        return self._choose(asking, Choice.sent(asking.asked, form), action)

    def _choose(self, asking: Asking, choice: Choice, action: str) -> ResponseReturnValue:
        if action == "preview":
            return self._render(asking, choice), HTTPStatus.OK
        try:
            terms = _bound(asking).terms(choice)
        except Unclear as error:
            return self._render(asking, choice, error), HTTPStatus.UNPROCESSABLE_ENTITY
        if action == "download":
            return self._choosing.download(_bound(asking), terms)
        with doubting():
            return asking.answer.allow(g.vault, terms)

    def _render(self, asking: Asking, choice: Choice, problem: Unclear | None = None) -> str:
        known = self._known(asking)
        g.form_action = list(asking.answer.leads_to)
        return render_template(
            "consent/request.html",
            **self._choosing.context(_bound(asking), choice, problem),
            client=asking.client,
            known_since=min((one.created_at for one in known), default=None),
            standing=next((one for one in known if one.state in LIVE), None),
            expires_at=asking.expires_at,
            fields=asking.fields,
            message=asking.message,
            away=isinstance(asking.answer, Collected),
        )

    def _known(self, asking: Asking) -> list[GivenConsent]:
        """Return what the vendor was ever given here."""
        mine = asking.client.client_id
        return [one for one in self._consents.given(g.vault) if one.client_id == mine]


def _bound(asking: Asking) -> Bound:
    return Bound(asking.client.name, asking.asked, asking.client.sellers)
