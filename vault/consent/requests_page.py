"""Requests that wait, each at an address of its own: from the list of consents to the decision."""

import re

from flask import Blueprint, Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vault.consent import browser
from vault.consent.consent_page import ConsentPage
from vault.consent.waiting import Waiting

_ID = re.compile(r"[0-9a-f]{32}")


def register(app: Flask, waiting: Waiting, page: ConsentPage) -> None:
    """Serve the pages below /requests, behind the customer's session and CSRF protection."""
    blueprint = Blueprint("requests", __name__, url_prefix="/requests")

    @blueprint.route("/<request_id>", methods=["GET", "POST"])
    def show(request_id: str) -> ResponseReturnValue:
        """Show a request that waits, or act on what was decided."""
        if not _ID.fullmatch(request_id):
            abort(404)
        if not g.vault:
            return redirect(url_for("web.unlock", next=request.path), 303)
        asking = waiting.listed(g.vault, bytes.fromhex(request_id), browser.digest())
        if request.method == "GET":
            return page.show(asking)
        return page.answer(asking, request.form)

    app.register_blueprint(blueprint)
