"""Where records come from: an honest page on what can be read, and which file to fetch."""

from flask import render_template
from flask.typing import ResponseReturnValue

from vault.web.blueprint import open_vault, pages, services
from vault.web.guides import GUIDES


@pages.get("/connections", endpoint="connections")
def index() -> ResponseReturnValue:
    """Which file to fetch from which vendor, and which sheets were explained."""
    maps = services().column_maps.kept(open_vault())
    return render_template("connections.html", guides=GUIDES, maps=maps)
