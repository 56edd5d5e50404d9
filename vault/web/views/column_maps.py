"""What the columns of a sheet mean: one page with a look at what it becomes, kept for next time."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vault.domain.presets import PRESETS
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms import columns
from vault.web.language import gettext as _
from vault.web.shared import check_ids


@pages.route("/import/<import_id>/<int:number>/columns", methods=["GET", "POST"])
def import_columns(import_id: str, number: int) -> ResponseReturnValue:
    """Say what the columns of one sheet of a preview mean, and see what comes of it."""
    check_ids([import_id])
    maps = services().column_maps
    document, proposal, by = maps.sheet(open_vault(), import_id, number)
    if request.method == "POST":
        form = columns.sent(proposal, request.form)
    else:
        form = columns.proposed(proposal, by, request.args.get("preset", ""))
    stated = form.map
    if stated is not None and request.form.get("action") == "use":
        maps.use(open_vault(), import_id, number, stated)
        flash(_("Read as you said. The next sheet with these columns is read so by itself."))
        return redirect(url_for("web.import_preview", import_id=import_id))
    look = maps.look(open_vault(), document, stated) if stated is not None else None
    page = render_template(
        "imports/map.html",
        import_id=import_id,
        number=number,
        document=document,
        form=form,
        look=look,
        presets=PRESETS,
        styles={"dates": columns.DATES, "decimals": columns.DECIMALS},
    )
    refused = request.form.get("action") == "use"
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK


@pages.post("/import/columns/<map_id>/forget")
def forget_columns(map_id: str) -> ResponseReturnValue:
    """Use what was said of a sheet no more."""
    check_ids([map_id])
    services().column_maps.forget(open_vault(), map_id)
    flash(_("Forgotten. The next sheet with these columns asks you again."))
    return redirect(url_for("web.connections"))
