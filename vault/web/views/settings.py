"""Passphrase, recovery code, and the end of the vault."""

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vault.errors import WrongPassphrase
from vault.web import session, throttle
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms.account import ChangePassphraseForm, EraseForm, PassphraseForm
from vault.web.language import gettext as _


@pages.get("/settings")
def settings() -> ResponseReturnValue:
    """The things that can be changed about the vault itself."""
    contacts = services().contacts
    address = contacts.of(open_vault()) if contacts.offered else None
    return render_template("settings/settings.html", offered=contacts.offered, address=address)


@pages.route("/settings/passphrase", methods=["GET", "POST"])
@throttle.slow_confirmations
def change_passphrase() -> ResponseReturnValue:
    """Change the passphrase; all other sessions end, and a new recovery code is shown."""
    form = ChangePassphraseForm()
    if form.validate_on_submit():
        try:
            return _rekey(form.current.data, form.chosen.data)
        except WrongPassphrase:
            form.current.errors = [throttle.wrong_passphrase()]
    return render_template("settings/passphrase.html", form=form), 422 if form.errors else 200


@pages.route("/settings/recovery-code", methods=["GET", "POST"])
@throttle.slow_confirmations
def new_recovery_code() -> ResponseReturnValue:
    """Replace the recovery code and show the new one, once; the passphrase stays."""
    form = PassphraseForm()
    if form.validate_on_submit():
        try:
            return _rekey(form.passphrase.data, form.passphrase.data)
        except WrongPassphrase:
            form.passphrase.errors = [throttle.wrong_passphrase()]
    return render_template("settings/recovery_code.html", form=form), 422 if form.errors else 200


@pages.route("/settings/erase", methods=["GET", "POST"])
@throttle.slow_confirmations
def erase() -> ResponseReturnValue:
    """Erase the vault and everything in it."""
    form = EraseForm()
    if form.validate_on_submit():
        try:
            services().customers.erase(open_vault(), form.passphrase.data)
        except WrongPassphrase:
            form.passphrase.errors = [throttle.wrong_passphrase()]
        else:
            response = session.end(redirect(url_for("web.signup")))
            flash(_("Your vault is erased. Nothing of it is left here."))
            return response
    return render_template("settings/erase.html", form=form), 422 if form.errors else 200


def _rekey(current: str, chosen: str) -> ResponseReturnValue:
    changed = services().rekeying.change_passphrase(open_vault(), current, chosen)
    session.bind_csrf(changed.session.token)
    page = render_template("account/recovery_code.html", code=changed.recovery_code)
    return session.begin(make_response(page), changed.session.token)
