"""Sellers that are one under several names: what is asked, and what was answered."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vault.web.blueprint import open_vault, pages, services
from vault.web.language import gettext as _
from vault.web.language import ngettext, sentences
from vault.web.shared import check_ids


@pages.get("/sellers", endpoint="sellers")
def index() -> ResponseReturnValue:
    """The questions; below, the answers, each of which can be taken back."""
    same = services().same_sellers
    answers = same.answers(open_vault())
    return render_template(
        "sellers.html",
        questions=same.proposals(open_vault()),
        joined=[one for one in answers if one.same],
        apart=[one for one in answers if not one.same],
    )


@pages.post("/sellers")
def answer_sellers() -> ResponseReturnValue:
    """Say that two are one, or that they are not."""
    one, other = request.form.get("one", ""), request.form.get("other", "")
    if request.form.get("same") == "yes":
        changed = services().same_sellers.join(open_vault(), one, other)
        flash(sentences(_("They count as one seller now."), _restated(changed)))
    else:
        services().same_sellers.keep_apart(open_vault(), one, other)
        flash(_("They stay two sellers. You will not be asked again."))
    return redirect(url_for("web.sellers"))


@pages.post("/sellers/<link_id>/separate")
def separate_sellers(link_id: str) -> ResponseReturnValue:
    """Take back that two are one."""
    check_ids([link_id])
    changed = services().same_sellers.separate(open_vault(), link_id)
    flash(sentences(_("They are two sellers again."), _restated(changed)))
    return redirect(url_for("web.sellers"))


def _restated(changed: int) -> str:
    if not changed:
        return _("No entry changed by it.")
    return ngettext("%(num)d entry changed by it.", "%(num)d entries changed by it.", changed)
