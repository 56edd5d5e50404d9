"""The terms that customers proffer: pages that everybody may read, vendors first of all."""

from flask import render_template
from flask.typing import ResponseReturnValue

from vault.errors import NotFound
from vault.web.blueprint import pages, public, services
from vault.web.promises import promise


@pages.get("/terms", endpoint="terms")
@public
def index() -> ResponseReturnValue:
    """All of them, each in a sentence, with the identifiers that a vendor names."""
    roster = services().roster
    found = [(promise(one), one.slug, roster.identifier(one)) for one in roster.newest()]
    return render_template("terms/list.html", found=found)


@pages.get("/terms/<slug>", endpoint="newest_agreement")
@pages.get("/terms/<slug>/<int:version>")
@public
def agreement(slug: str, version: int | None = None) -> ResponseReturnValue:
    """One of them; the address with a version is its identifier, and its text never changes."""
    roster = services().roster
    found = roster.get(slug, version)
    if found is None:
        raise NotFound("There are no such terms here.")
    return render_template(
        "terms/agreement.html",
        promise=promise(found),
        agreement=found,
        identifier=roster.identifier(found),
        newest=promise(roster.get(slug)) if found != roster.get(slug) else None,
    )
