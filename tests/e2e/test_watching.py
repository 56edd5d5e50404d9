"""Watching and withdrawing in a real browser: the consents, one of them, and the activity."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import WAIT, Site
from tests.e2e.looking import axe_problems, width_of
from tests.story import Story, Vendor
from vault.domain.compartments import Kind
from vault.services.access.bearers import InvalidToken
from vault.services.activity.search import Wanted

pytestmark = sqlite_only

THINGS = ("Kettle", "Ring", "Garden hose")
_MOST_TABS = 80


@dataclass
class Watched:
    """A customer, a vendor that has read three things, and one that was refused since."""

    site: Site
    story: Story
    shop: Vendor
    hawk: Vendor

    def browser(self, browser: Browser, **options: object) -> BrowserContext:
        """A browser in which the vault is open."""
        context = browser.new_context(base_url=self.site.url, **options)  # type: ignore[arg-type]
        cookie = {"name": "vault", "value": self.story.session, "url": self.site.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        context.set_default_timeout(WAIT)
        return context

    @property
    def read(self) -> int:
        """The number of the entry that tells what the shop read."""
        wanted = Wanted(client_id=self.shop.client.client_id)
        entries = self.story.activity.page(self.story.vault, wanted=wanted).entries
        return next(one.number for one in entries if one.what == "disclosure")


@pytest.fixture
def watched(site: Site) -> Watched:
    """Two vendors have read; one of them has been withdrawn and asks all the same."""
    story = Story(site.services)
    ids = [story.add(name=name) for name in THINGS]
    shop, hawk = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("Shop", "Hawk"))
    for vendor in (shop, hawk):
        vendor.items()
    story.consents.withdraw(story.vault, hawk.grant_id)
    with pytest.raises(InvalidToken):
        hawk.items()
    story.records.delete(story.vault, Kind.PURCHASE, ids[2:])
    story.mark(ids[1])
    return Watched(site, story, shop, hawk)


def listening(page: Page) -> list[str]:
    """What the browser says of a page from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


def by_keyboard(page: Page, name: str) -> None:
    """Go to what has a name by the tabulator key alone, and press Enter."""
    focused = "document.activeElement.innerText || ''"
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(focused).strip() == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(name)


def test_every_page_passes_axe_and_fits_a_phone(browser: Browser, watched: Watched) -> None:
    """Light on a desk and dark on a phone of 360 pixels; none trips over its own policy."""
    mine = watched.shop.client.client_id
    paths = (
        "/",
        "/consents",
        f"/consents/{watched.shop.grant_id}",
        f"/consents/{watched.hawk.grant_id}",
        "/activity",
        f"/activity?vendor={mine}&what=refusals",
        "/activity?day=2001-01-01",
        f"/activity/{watched.read}",
    )
    for scheme, width in (("light", 1280), ("dark", 360)):
        viewport = {"width": width, "height": 800}
        context = watched.browser(browser, color_scheme=scheme, viewport=viewport)
        page = context.new_page()
        said = listening(page)
        for path in paths:
            page.goto(path, wait_until="networkidle")
            for fold in page.locator("main details").all():
                fold.evaluate("fold => { fold.open = true; }")
            assert axe_problems(page) == [], (path, scheme)
            assert width_of(page) <= width, path
        assert [text for text in said if "Content Security Policy" in text] == []
        context.close()


def test_two_clicks_from_home_and_one_more_withdraws(browser: Browser, watched: Watched) -> None:
    """By keyboard alone: the consequence is said before, the receipt after, and it holds."""
    context = watched.browser(browser)
    page = context.new_page()
    page.goto("/")
    by_keyboard(page, "Shop")
    expect(page.get_by_text("If you withdraw, Shop sees nothing new")).to_be_visible()
    told = page.get_by_role("paragraph").filter(has_text="1 read on 1 day of the last 90")
    expect(told).to_be_visible()
    by_keyboard(page, "Withdraw")
    expect(page.get_by_role("status")).to_contain_text("It owes you the deletion")
    expect(page.get_by_text("No vendor sees anything of yours now.")).to_be_visible()
    with pytest.raises(InvalidToken):
        watched.shop.items()
    by_keyboard(page, "Shop")
    expect(page.get_by_text("Shop was refused: you had withdrawn your consent")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_activity_leads_from_a_vendor_to_the_very_records(
    browser: Browser, watched: Watched, *, scripts: bool
) -> None:
    """Narrowed by a form, opened by links; what is gone is said to be, a gift is marked."""
    context = watched.browser(browser, java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/activity")
    page.get_by_label("Vendor").select_option(label="Hawk")
    page.get_by_label("What").select_option(label="What was refused")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Hawk was refused")).to_be_visible()
    expect(page.get_by_text("Shop read")).to_have_count(0)
    page.get_by_role("link", name="Show everything").click()
    page.get_by_role("link", name="Shop read 3 purchases").click()
    main = page.get_by_role("main")
    expect(main.get_by_role("listitem")).to_have_count(len(THINGS))
    expect(main.get_by_text("Deleted since")).to_be_visible()
    expect(main.get_by_role("img", name="Gift")).to_be_visible()
    main.get_by_role("link", name="Kettle").click()
    expect(page.get_by_role("heading", name="Kettle")).to_be_visible()
    context.close()


def test_the_head_is_copied_and_the_activity_taken_along(
    browser: Browser, watched: Watched
) -> None:
    """The number that stands for everything goes to the clipboard, everything into a file."""
    context = watched.browser(browser)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/activity")
    page.get_by_role("button", name="Copy the number").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    head = page.evaluate("navigator.clipboard.readText()")
    assert head == page.locator("#newest-head").inner_text()
    page.get_by_label("A number that you kept earlier").fill(head)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("nothing altered or missing")
    with page.expect_download() as download:
        page.get_by_role("button", name="As a table (CSV)").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert download.value.suggested_filename.endswith(".csv")
    assert lines[0].startswith("number,at,vendor,said")
    assert "You took your activity along" in lines[-1]
    page.goto("/activity")
    expect(page.get_by_text("You took your activity along")).to_be_visible()
    context.close()


def test_a_vendor_is_kept_from_asking_and_let_ask_again(browser: Browser, watched: Watched) -> None:
    """Both on the page of its consent."""
    context = watched.browser(browser)
    page = context.new_page()
    page.goto(f"/consents/{watched.shop.grant_id}")
    page.get_by_role("button", name="Don’t let it ask again").click()
    expect(page.get_by_text("It may not ask any more while you are away.")).to_be_visible()
    page.get_by_role("button", name="Let it ask again").click()
    expect(page.get_by_text("It may ask again.")).to_be_visible()
    context.close()
