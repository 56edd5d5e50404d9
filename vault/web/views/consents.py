"""The consents that the customer has given: what each vendor sees, and taking it back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vault.web.blueprint import open_vault, pages, services
from vault.web.shared import check_ids


@pages.get("/consents", endpoint="consents")
def index() -> ResponseReturnValue:
    """Who may see what until when, who is asking, and what has ended."""
    return render_template("consents/list.html", consents=services().consents.all(open_vault()))


@pages.post("/consents/<grant_id>/withdraw")
def withdraw(grant_id: str) -> ResponseReturnValue:
    """End a consent at once."""
    check_ids([grant_id])
    ended = services().consents.withdraw(open_vault(), grant_id)
    flash(
        _(
            "Withdrawn. %(vendor)s sees nothing of yours from now on. What it has read before "
            "stays with it; you may ask it to delete that.",
            vendor=ended.vendor,
        )
    )
    return redirect(url_for("web.consents"))
