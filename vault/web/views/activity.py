"""Everything that happened to the vault, and the proof that nothing was cut out."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from vault.web.activity_words import tell
from vault.web.blueprint import open_vault, pages, services


@pages.get("/activity", endpoint="activity")
def index() -> ResponseReturnValue:
    """Every read, refused ones too, and every act of the customer's own, latest first."""
    return _page(request.args.get("before", type=int))


@pages.post("/activity/verify")
def verify() -> ResponseReturnValue:
    """Check the whole record, with an earlier head if the customer kept one."""
    head = (request.form.get("head") or "").strip() or None
    return _page(None, verification=services().activity.verify(open_vault(), head=head))


def _page(before: int | None, **shown: Any) -> ResponseReturnValue:
    page = services().activity.page(open_vault(), before=before)
    told = [tell(event) for event in page.entries]
    return render_template("activity.html", page=page, told=told, **shown)
