"""The first page: where the customer stands."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from vault.web.activity_words import tell_reads
from vault.web.blueprint import open_vault, pages, public, services
from vault.web.notice_words import shown_notices
from vault.web.shown_consents import in_words, waiting


@pages.get("/")
@public
def home() -> ResponseReturnValue:
    """What is due, what runs out, what was bought lately, who has looked, who is asking."""
    if not current_user.is_authenticated:
        return redirect(url_for("web.unlock"))
    standing, unseen = services().overview.standing(open_vault()), shown_notices()
    noticed = {one.request_id for one in unseen}
    return render_template(
        "home.html",
        standing=standing,
        notices=unseen,
        waiting=[one for one in waiting() if one.request_id not in noticed],
        consents=in_words(standing.consents),
        reads=tell_reads(standing.reads),
    )
