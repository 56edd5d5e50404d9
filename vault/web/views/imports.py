"""Bringing vendors' files in: preview, store or discard, and undo."""

from http import HTTPStatus
from typing import IO

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vault.errors import NotFound
from vault.web.blueprint import open_vault, pages, services
from vault.web.kinds import KIND_PAGES, KindPage
from vault.web.language import gettext as _
from vault.web.shared import check_ids


@pages.get("/import", endpoint="imports")
def start() -> ResponseReturnValue:
    """Choose files; below, what was imported before."""
    history = services().imports.history(open_vault())
    most = current_app.config["MAX_CONTENT_LENGTH"]
    asks = services().same_sellers.asks(open_vault())
    return render_template("imports/start.html", history=history, most=most, asks=asks)


@pages.post("/import")
def stage() -> ResponseReturnValue:
    """Read the files and go on to the preview; nothing of them is stored yet.

    What an earlier import left half done is finished first, so that its records are known. The
    page's script asks with `begin`, and sends the files one after another.
    """
    services().imports.finish(open_vault())
    if "begin" in request.form:
        return _begun(services().imports.begin(open_vault())), HTTPStatus.CREATED
    files = _chosen()
    if not files:
        flash(_("Choose a file first."), "notice")
        return redirect(url_for("web.imports"))
    preview = services().imports.stage(open_vault(), files)
    return redirect(url_for("web.import_preview", import_id=preview.import_id))


@pages.post("/import/<import_id>/files")
def import_add(import_id: str) -> ResponseReturnValue:
    """Read one more file into an import; what came of it, as a part of the page."""
    check_ids([import_id])
    added = services().imports.add(open_vault(), import_id, _chosen())
    return render_template("imports/added.html", files=added)


def _begun(import_id: str) -> dict[str, str]:
    """Where the script goes on: to send files, to see what they bring, to give up."""
    endpoints = {"add": "import_add", "preview": "import_preview", "discard": "import_discard"}
    return {
        name: url_for(f"web.{endpoint}", import_id=import_id)
        for name, endpoint in endpoints.items()
    }


def _chosen() -> list[tuple[str, IO[bytes]]]:
    files = [(file.filename or "", file.stream) for file in request.files.getlist("files")]
    return [(name, stream) for name, stream in files if name]


@pages.get("/import/<import_id>")
def import_preview(import_id: str) -> ResponseReturnValue:
    """What was recognised, what is new, what was there, and what could not be read and why."""
    check_ids([import_id])
    preview = services().imports.foresee(open_vault(), import_id)
    return render_template("imports/preview.html", preview=preview)


@pages.post("/import/<import_id>/store")
def import_store(import_id: str) -> ResponseReturnValue:
    """File what the preview showed."""
    check_ids([import_id])
    kinds = _kinds(import_id)
    outcome = services().imports.confirm(open_vault(), import_id)
    asks = services().same_sellers.asks(open_vault())
    return render_template(
        "imports/stored.html", outcome=outcome, import_id=import_id, asks=asks, kinds=kinds
    )


def _kinds(import_id: str) -> list[KindPage]:
    """The pages on which stands what a preview brings; none once it is stored or over."""
    try:
        files = services().imports.preview(open_vault(), import_id).files
    except NotFound:
        return []
    return [page for page in KIND_PAGES.values() if any(page.kind in one.counts for one in files)]


@pages.post("/import/<import_id>/discard")
def import_discard(import_id: str) -> ResponseReturnValue:
    """Drop a preview."""
    check_ids([import_id])
    services().imports.discard(open_vault(), import_id)
    flash(_("Discarded. Nothing was stored."))
    return redirect(url_for("web.imports"))


@pages.post("/import/<import_id>/undo")
def import_undo(import_id: str) -> ResponseReturnValue:
    """Take a whole import back."""
    check_ids([import_id])
    services().imports.undo(open_vault(), import_id)
    flash(_("Undone. What this import alone had brought is gone again."))
    return redirect(url_for("web.imports"))
