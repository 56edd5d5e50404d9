"""Where records come from: an honest page on what can be read, and which file to fetch."""

from flask import render_template
from flask.typing import ResponseReturnValue

from vault.web.blueprint import pages
from vault.web.guides import GUIDES


@pages.get("/connections", endpoint="connections")
def index() -> ResponseReturnValue:
    """Which file to fetch from which vendor."""
    return render_template("connections.html", guides=GUIDES)
