"""Everything that happened to the vault, and the proof that nothing was cut out."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from vault.web.blueprint import open_vault, pages, services


@pages.get("/activity", endpoint="activity")
def index() -> ResponseReturnValue:
    """Every read, refused ones too, and every act of the customer's own, latest first."""
    before = request.args.get("before", type=int)
    return render_template(
        "activity.html", page=services().activity.page(open_vault(), before=before)
    )


@pages.post("/activity/verify")
def verify() -> ResponseReturnValue:
    """Check the whole record, with an earlier head if the customer kept one."""
    head = (request.form.get("head") or "").strip() or None
    verification = services().activity.verify(open_vault(), head=head)
    page = services().activity.page(open_vault(), before=None)
    return render_template("activity.html", page=page, verification=verification)
