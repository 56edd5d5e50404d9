"""Where notices go by e-mail, if this server sends any."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vault.errors import InvalidInput, NotFound
from vault.web import reader
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms.contact import ContactForm
from vault.web.language import gettext as _
from vault.web.language import said


@pages.route("/settings/notices", methods=["GET", "POST"])
def notices_by_mail() -> ResponseReturnValue:
    """Leave an address, change it, or take it away."""
    contacts = services().contacts
    if not contacts.offered:
        raise NotFound("This vault sends no mail.")
    form = ContactForm(address=contacts.of(open_vault()))
    if form.validate_on_submit():
        try:
            contacts.put(open_vault(), form.address.data or "")
        except InvalidInput as error:
            form.address.errors = [said(error)]
        else:
            _keep_language()
            flash(_("Kept: notices go there.") if form.address.data else _("No mail is sent."))
            return redirect(url_for("web.settings"))
    return render_template("settings/notices.html", form=form), 422 if form.errors else 200


def _keep_language() -> None:
    """Keep the language in which an address was left: a mail has no browser to ask."""
    if open_vault().language is None:
        services().customers.choose_language(open_vault(), reader.language())
