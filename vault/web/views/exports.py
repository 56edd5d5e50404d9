"""Taking everything along."""

import datetime as dt
from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from vault.errors import WrongPassphrase
from vault.web import throttle
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms.account import ExportForm
from vault.web.shared import status_of

# Several tables travel in one archive.
_KINDS_OF_FILE = {"json": ("application/json", "json"), "csv": ("application/zip", "zip")}


@pages.route("/export", methods=["GET", "POST"])
@throttle.slow_confirmations
def export() -> ResponseReturnValue:
    """Write all records into one file, after the passphrase was given again."""
    form = ExportForm()
    if not form.validate_on_submit():
        return render_template("export.html", form=form), status_of(form)
    try:
        services().sessions.confirm_passphrase(open_vault(), form.passphrase.data)
    except WrongPassphrase:
        form.passphrase.errors = [throttle.wrong_passphrase()]
        return render_template("export.html", form=form), 422
    out = BytesIO()
    services().exports.write(open_vault(), form.format.data, out)
    out.seek(0)
    mimetype, ending = _KINDS_OF_FILE[form.format.data]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return send_file(
        out, mimetype=mimetype, as_attachment=True, download_name=f"vault-{today}.{ending}"
    )
