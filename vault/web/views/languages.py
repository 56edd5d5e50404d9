"""Choosing the language of the pages, from the foot of each or from the settings."""

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from vault.errors import InvalidInput
from vault.web import reader, session
from vault.web.blueprint import open_vault, pages, public, services


@pages.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Keep the choice, in the vault too where it is open, and go back to the same page."""
    chosen = request.form.get("language", "")
    if chosen not in reader.LANGUAGES:
        raise InvalidInput("The vault does not speak this language.")
    if current_user.is_authenticated:
        services().customers.choose_language(open_vault(), chosen)
    back = redirect(session.local_target(request.form.get("next")), 303)
    return reader.remember(back, chosen)
