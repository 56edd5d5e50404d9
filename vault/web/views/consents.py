"""Who asks, and the consents that the customer has given: what each sees, and taking it back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vault.web.activity_words import tell
from vault.web.blueprint import open_vault, pages, services
from vault.web.language import gettext as _
from vault.web.shared import check_ids
from vault.web.shown_consents import in_words, waiting, withdrawn

_ENTRIES = 12


@pages.get("/consents", endpoint="consents")
def index() -> ResponseReturnValue:
    """Who waits for an answer, who may see what until when, and what has ended."""
    given = in_words(services().consents.given(open_vault()))
    return render_template(
        "consents/list.html",
        waiting=waiting(),
        active=[consent for consent in given if consent.active],
        ended=[consent for consent in given if not consent.active],
        blocked=services().blocking.blocked(open_vault()),
    )


@pages.get("/consents/<grant_id>", endpoint="consent")
def show(grant_id: str) -> ResponseReturnValue:
    """One consent: all that it allows, how it was used, and what can be done about it."""
    given = services().consents.one(open_vault(), grant_id)
    blocked = services().blocking.blocked(open_vault())
    return render_template(
        "consents/consent.html",
        consent=in_words([given])[0],
        known=services().vendors.find(given.client_id) is not None,
        blocked=any(one.client_id == given.client_id for one in blocked),
        told=list(map(tell, services().activity.of_consent(open_vault(), grant_id, _ENTRIES))),
    )


@pages.post("/consents/<grant_id>/withdraw")
def withdraw(grant_id: str) -> ResponseReturnValue:
    """End a consent at once."""
    check_ids([grant_id])
    services().consents.withdraw(open_vault(), grant_id)
    flash(withdrawn(services().consents.one(open_vault(), grant_id)))
    return redirect(url_for("web.consents"))


@pages.post("/consents/<grant_id>/resume")
def resume(grant_id: str) -> ResponseReturnValue:
    """Let a consent go on that a restore has held back."""
    check_ids([grant_id])
    services().consents.resume(open_vault(), grant_id)
    flash(_("It goes on as before."))
    return redirect(url_for("web.consents"))


@pages.post("/consents/<grant_id>/block")
def block(grant_id: str) -> ResponseReturnValue:
    """Keep a consent's vendor from asking while the customer is away."""
    given = services().consents.one(open_vault(), grant_id)
    services().blocking.block(open_vault(), services().vendors.get(given.client_id))
    flash(_("It may not ask any more while you are away."))
    return redirect(url_for("web.consent", grant_id=grant_id))


@pages.post("/consents/blocked/<client_id>/unblock")
def unblock(client_id: str) -> ResponseReturnValue:
    """Let a vendor ask again while the customer is away."""
    services().blocking.unblock(open_vault(), client_id)
    flash(_("It may ask again."))
    return redirect(url_for("web.consents"))
