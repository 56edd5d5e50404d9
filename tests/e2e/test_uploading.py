"""Many files at once, in a real browser: told one by one, previewed, stored and undone as one."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import FIXTURES, Site
from tests.e2e.looking import axe_problems, width_of
from vault.domain.compartments import Kind
from vault.services.records.lists import Query

pytestmark = sqlite_only

RETAIL = FIXTURES / "amazon" / "retail-2026" / "input.csv"
INVOICE = FIXTURES / "einvoice" / "invoice" / "input.xml"
FEED = FIXTURES / "cdw" / "asset-feed-xlsx" / "input.xlsx"


def _file(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.write(INVOICE, "invoice.xml")
        archive.writestr("nested.zip", b"PK\x03\x04")
    return out.getvalue()


def _mixture() -> list[FilePayload]:
    """Documents of three vendors, an archive, and pictures: twenty files."""
    read = [(path.name, path.read_bytes()) for path in (RETAIL, FEED)]
    pictures = [(f"holiday-{n}.png", b"\x89PNG\r\n\x1a\n" * 50) for n in range(17)]
    named = [("orders.csv", read[0][1]), read[1], ("docs.zip", _archive()), *pictures]
    return [_file(*one) for one in named]


def _purchases(site: Site, page: Page) -> int:
    [cookie] = [one for one in page.context.cookies() if one["name"] == "vault"]
    vault = site.services.sessions.open(cookie["value"])
    return site.services.records.page(vault, Kind.PURCHASE, Query()).summary.count


@pytest.mark.parametrize("script", [True, False])
def test_twenty_mixed_files_are_one_preview_one_import_and_one_undo(
    browser: Browser, site: Site, *, script: bool
) -> None:
    """With the page's script and without it: the same preview, and everything goes back at once."""
    page = site.unlocked(browser, java_script_enabled=script)
    page.set_default_timeout(60_000)
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(_mixture())
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Before it is stored")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="18 files are left out")).to_be_visible()
    for name in ("orders.csv", "input.xlsx", "docs.zip › invoice.xml"):  # noqa: RUF001 as shown
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("docs.zip › nested.zip")).to_be_visible()  # noqa: RUF001 likewise
    assert _purchases(site, page) == 0
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Stored")).to_be_visible()
    assert _purchases(site, page) > 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert _purchases(site, page) == 0


def test_each_file_is_told_while_the_others_are_on_their_way(browser: Browser, site: Site) -> None:
    """Which of how many, a bar, and what came of those before; axe finds nothing, at 360 pixels."""
    page = site.unlocked(browser, viewport={"width": 360, "height": 740})
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(
        [_file("invoice.xml", INVOICE.read_bytes()), _file("a.png", b"\x89PNG"), _file("b", b"b")]
    )
    page.route("**/files", _hold_third())
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Reading b: 3 of 3")
    expect(page.get_by_text("Electronic invoice or order:")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="a.png")).to_contain_text(
        "Nothing here can read"
    )
    assert page.get_by_role("progressbar").evaluate("bar => [bar.value, bar.max]") == [2, 3]
    assert not axe_problems(page)
    assert width_of(page) == 360


def test_a_preview_with_long_names_fits_a_phone(browser: Browser, site: Site) -> None:
    """Names without a place to break stay on the page, folded or not; axe finds nothing."""
    page = site.unlocked(browser, viewport={"width": 360, "height": 740})
    for count in (1, 4):
        page.goto("/import")
        files = [_file(f"{'long_name_' * 8}{n}.xml", INVOICE.read_bytes()) for n in range(count)]
        page.get_by_label("Choose files").set_input_files(files)
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_role("heading", name="Before it is stored")).to_be_visible()
        assert width_of(page) == 360
        assert axe_problems(page) == []


def _hold_third() -> Any:
    seen: list[Route] = []

    def hold(route: Route) -> None:
        seen.append(route)
        if len(seen) < 3:
            route.continue_()

    return hold


def test_an_upload_can_be_given_up(browser: Browser, site: Site) -> None:
    """What was sent already is thrown away, and the page says so."""
    page = site.unlocked(browser)
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files([INVOICE, RETAIL, FEED])
    page.route("**/files", _hold_third())
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("3 of 3")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Discarded. Nothing was stored.")).to_be_visible()
    with site.services.store.database.read() as conn:
        for table in ("imports", "inbox"):
            assert conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def test_a_file_that_did_not_arrive_is_named_and_the_others_go_on(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    """One too large is not even sent; a broken line is said; a button goes on with what came."""
    page = site.unlocked(browser)
    page.goto("/import")
    most = page.locator("form[data-upload]").get_attribute("data-most")
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(int(most or 0) + 1)
    page.get_by_label("Choose files").set_input_files([large, INVOICE, RETAIL])
    sent: list[Route] = []

    def break_second(route: Route) -> None:
        sent.append(route)
        route.abort() if len(sent) == 2 else route.continue_()

    page.route("**/files", break_second)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Not all of it arrived")
    expect(page.get_by_role("listitem").filter(has_text="large.bin")).to_contain_text("too large")
    expect(page.get_by_role("listitem").filter(has_text="input.csv")).to_contain_text(
        "did not arrive"
    )
    page.get_by_role("link", name="Go on with what arrived").click()
    expect(page.get_by_role("heading", name="input.xml")).to_be_visible()


def test_a_vault_that_was_locked_meanwhile_asks_to_be_unlocked(
    browser: Browser, site: Site
) -> None:
    """The upload ends at the door, and not in a row of errors."""
    page = site.unlocked(browser)
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(INVOICE)
    page.context.clear_cookies(name="vault")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Unlock your vault")).to_be_visible()
