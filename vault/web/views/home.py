"""The first page: where the customer stands."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from vault.web.blueprint import open_vault, pages, public, services


@pages.get("/")
@public
def home() -> ResponseReturnValue:
    """What is due, what runs out, what was bought lately, who has looked, who is asking."""
    if not current_user.is_authenticated:
        return redirect(url_for("web.unlock"))
    return render_template("home.html", standing=services().overview.standing(open_vault()))
