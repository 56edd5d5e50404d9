"""The page on which the customer changes a consent that stands: as the request's, less its answer.

`templates/consent/change.html` gets what `choosing` gives, and `client` (None where the vendor was
removed), `consent` and `blocked`. Beside the actions of `choosing` its form posts save or block.
"""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vault.consent.choosing import LOOKS, Bound, Choosing
from vault.consent.decision import Choice, Form, Unclear
from vault.errors import InvalidInput
from vault.services.consents.amending import Amendable

_ID = re.compile(r"[0-9a-f]{32}")


class ChangePage:
    """Shows what stands of a consent, and puts another choice in its place."""

    def __init__(self, services: Any, choosing: Choosing) -> None:
        self._amending, self._blocking = services.amending, services.blocking
        self._vendors, self._choosing = services.vendors, choosing

    def show(self, consent: Amendable) -> ResponseReturnValue:
        """Show the choice as it stands."""
        return self._render(consent, Choice.standing(consent.asked, consent.terms))

    def answer(self, consent: Amendable, form: Form) -> ResponseReturnValue:
        """Act on the button that was pressed; a choice that cannot be comes back with why."""
        action = form.get("action", "")
        if action == "block":
            return self._block(consent)
        if action != "save" and action not in LOOKS:
            raise InvalidInput("Choose what to change, and save it.")
        choice = replace(Choice.sent(consent.asked, form), once=consent.terms.once)
        if action == "preview":
            return self._render(consent, choice)
        try:
            terms = self._bound(consent).terms(choice)
        except Unclear as error:
            return self._render(consent, choice, error), HTTPStatus.UNPROCESSABLE_ENTITY
        if action == "download":
            return self._choosing.download(self._bound(consent), terms)
        self._amending.amend(g.vault, consent.grant_id, terms)
        flash(_("Saved. From now on it sees what you have chosen, and nothing else."))
        return redirect(url_for("web.consents"), 303)

    def _block(self, consent: Amendable) -> ResponseReturnValue:
        client = self._vendors.find(consent.client_id)
        if client is not None:
            self._blocking.block(g.vault, client)
            flash(_("It cannot ask for more while you are away. You can let it ask again below."))
        return redirect(url_for("web.consents"), 303)

    def _bound(self, consent: Amendable) -> Bound:
        client = self._vendors.find(consent.client_id)
        own = client.sellers if client else ()
        return Bound(consent.client_name, consent.asked, own, consent.terms.expires_at)

    def _render(self, consent: Amendable, choice: Choice, problem: Unclear | None = None) -> str:
        blocked = {one.client_id for one in self._blocking.blocked(g.vault)}
        return render_template(
            "consent/change.html",
            **self._choosing.context(self._bound(consent), choice, problem),
            client=self._vendors.find(consent.client_id),
            consent=consent,
            blocked=consent.client_id in blocked,
        )


def register(app: Flask, services: Any, page: ChangePage) -> None:
    """Serve the page at /consents/<id>/change, behind the customer's session and CSRF."""
    blueprint = Blueprint("change", __name__, url_prefix="/consents")

    @blueprint.route("/<grant_id>/change", methods=["GET", "POST"])
    def change(grant_id: str) -> ResponseReturnValue:
        """Show a consent to be changed, or act on what was chosen."""
        if not _ID.fullmatch(grant_id):
            abort(404)
        if not g.vault:
            return redirect(url_for("web.unlock", next=request.path), 303)
        consent = services.amending.find(g.vault, grant_id)
        if request.method == "GET":
            return page.show(consent)
        return page.answer(consent, request.form)

    app.register_blueprint(blueprint)
