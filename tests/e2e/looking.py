"""Looking at a page: what keeps somebody from reading or using it, and how wide it is."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

_AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"


def axe_problems(page: Page) -> list[str]:
    """Each violation that axe finds, with the elements that it concerns.

    The script is evaluated and not added to the page: the page's policy allows no script of
    others. Only violations are told in full: to tell what passes takes axe longer than to look.
    """
    page.wait_for_load_state()
    page.evaluate(_AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {', '.join(node['html'][:120] for node in one['nodes'])}"
        for one in found["violations"]
    ]


def width_of(page: Page) -> int:
    """How wide a page is with all that it scrolls to, in CSS pixels.

    Its words may be there before its styles, and without them it may be wider.
    """
    page.wait_for_load_state()
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return found
