"""Taking everything along."""

import datetime as dt
from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vault.errors import WrongPassphrase
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms.account import ExportForm
from vault.web.shared import status_of


@pages.route("/export", methods=["GET", "POST"])
def export() -> ResponseReturnValue:
    """Write all records into one file, after the passphrase was given again."""
    form = ExportForm()
    if not form.validate_on_submit():
        return render_template("export.html", form=form), status_of(form)
    try:
        services().customers.confirm_passphrase(open_vault(), form.passphrase.data)
    except WrongPassphrase:
        form.passphrase.errors = [_("That is not the passphrase of this vault.")]
        return render_template("export.html", form=form), 422
    out = BytesIO()
    services().exports.write(open_vault(), form.format.data, out)
    out.seek(0)
    return send_file(out, **_named(form.format.data))


def _named(format_: str) -> dict[str, object]:
    """A name with the day in it. Several tables travel in one archive."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    mimetype, ending = {
        "json": ("application/json", "json"),
        "csv": ("application/zip", "zip"),
    }[format_]
    return {
        "mimetype": mimetype,
        "as_attachment": True,
        "download_name": f"vault-{today}.{ending}",
    }
