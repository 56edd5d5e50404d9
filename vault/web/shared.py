"""What several views need: the operator's choices, the status of a form, ids from the address."""

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app
from flask_login import LoginManager

from vault.errors import InvalidInput

_ID_BYTES = 16


@dataclass(frozen=True)
class PageOptions:
    """What the application told the pages when it installed them."""

    may_sign_up: bool
    by_invitation: bool
    login: LoginManager


def page_options() -> PageOptions:
    """The options of the current application."""
    return cast("PageOptions", current_app.extensions["vault.web"])


def status_of(form: Any) -> int:
    """422 for a form that was sent and refused, 200 for one that is shown the first time."""
    return 422 if form.is_submitted() else 200


def check_ids(ids: list[str]) -> list[str]:
    """Ids as sent by a form: hexadecimal, 16 bytes each."""
    for text in ids:
        try:
            fits = len(bytes.fromhex(text)) == _ID_BYTES
        except ValueError:
            fits = False
        if not fits:
            raise InvalidInput("One of the entries could not be found.")
    return ids
