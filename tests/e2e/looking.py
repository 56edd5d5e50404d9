"""Looking at a page as axe does: what keeps somebody from reading or using it."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

_AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"


def axe_problems(page: Page) -> list[str]:
    """Each violation that axe finds, with the elements that it concerns.

    The script is evaluated and not added to the page: the page's policy allows no script of
    others.
    """
    page.evaluate(_AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {', '.join(node['html'][:120] for node in one['nodes'])}"
        for one in found["violations"]
    ]
