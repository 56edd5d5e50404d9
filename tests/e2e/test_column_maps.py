"""A sheet that nothing knows is explained on one page, with and without a script."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import FIXTURES, Site
from tests.e2e.looking import axe_problems

pytestmark = sqlite_only

SHEET = FIXTURES / "sheet" / "german-orders" / "input.txt"
AMBIGUOUS = b"Invoice No;Invoice date;Amount\nR-1;03/04/2026;1,234\nR-2;05/04/2026;2,500\n"


def _drop(page: Page, *files: object) -> None:
    """Choose files on the import page, go on to the preview, and on to the columns."""
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(list(files))  # type: ignore[arg-type]
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Before it is stored")).to_be_visible()
    page.get_by_role("link", name="Say what the columns mean").first.click()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_sheet_is_explained_and_stored(browser: Browser, site: Site, *, scripts: bool) -> None:
    """The proposal is shown with what it becomes, corrected, used, stored, and used again."""
    page = site.unlocked(browser, java_script_enabled=scripts)
    _drop(page, SHEET)
    assert page.get_by_label("A row is").input_value() == "purchase"
    page.get_by_label("Whose sheet it is").fill("Muster")
    if scripts:
        page.get_by_label("Whose sheet it is").blur()
    else:
        page.get_by_role("button", name="Show").click()
    look = page.get_by_role("region", name="What it becomes")
    expect(look).to_contain_text("Lampe, schwenkbar")
    expect(look).to_contain_text("Line 9")
    expect(look).to_contain_text("Menge is not an amount")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_text("Read as you said.")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Stored")).to_be_visible()
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(SHEET)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("As you said:")).to_be_visible()
    page.get_by_role("link", name="Change what the columns mean").click()
    assert page.get_by_label("Whose sheet it is").input_value() == "Muster"


def test_another_kind_is_looked_at_before_it_is_used(browser: Browser, site: Site) -> None:
    """Without a script a changed kind proposes its columns first; nobody's sheet is read unseen."""
    page = site.unlocked(browser, java_script_enabled=False)
    _drop(page, SHEET)
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_text("Say whose sheet this is")).to_be_visible()
    page.get_by_label("Whose sheet it is").fill("Muster")
    page.get_by_label("A row is").select_option("order")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_text("look at them first")).to_be_visible()
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_text("Read as you said.")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_two_readings_is_asked(
    browser: Browser, site: Site, width: int, scheme: str
) -> None:
    """Nothing is read while it is open; axe finds nothing, and a phone is wide enough."""
    page = site.unlocked(browser, viewport={"width": width, "height": 900}, color_scheme=scheme)
    _drop(page, {"name": "list.csv", "mimeType": "text/csv", "buffer": AMBIGUOUS})
    expect(page.get_by_text("Such dates can be read in two ways")).to_be_visible()
    page.get_by_label("Whose sheet it is").fill("Example Supply")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_text("Such amounts can be read in two ways")).to_be_visible()
    assert axe_problems(page) == []
    page.get_by_label("Dates are written").select_option("mdy")
    page.get_by_label("Decimals stand").select_option(".")
    look = page.get_by_role("region", name="What it becomes")
    expect(look).to_contain_text("1,234")
    expect(look).to_contain_text("Mar")
    assert axe_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
