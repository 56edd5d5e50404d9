"""What the customer has noted goes from the pages."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from vault.web.blueprint import open_vault, pages, services
from vault.web.shared import check_ids


@pages.post("/notices")
def note() -> ResponseReturnValue:
    """Mark notices as seen, and show the page again on which they stood."""
    services().notices.note(open_vault(), check_ids(request.form.getlist("notice")))
    from_consents = request.form.get("page") == "consents"
    return redirect(url_for("web.consents" if from_consents else "web.home"), 303)
