"""The customer's pages in a real browser: the first five minutes, gifts, and who may look."""

from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import FIXTURES, PASSPHRASE, Site
from tests.e2e.looking import axe_problems, width_of
from tests.e2e.ticking import tick_everything
from vault.domain.compartments import Kind
from vault.services.open_vault import OpenVault
from vault.services.vendors.vendors import Registration

pytestmark = sqlite_only

AMAZON = FIXTURES / "amazon" / "retail-2026"
PAGES = (
    "/",
    "/purchases",
    "/orders",
    "/invoices",
    "/payments",
    "/licenses",
    "/preferences",
    "/purchases/add",
    "/import",
    "/sellers",
    "/connections",
    "/consents",
    "/activity",
    "/export",
    "/settings",
    "/settings/passphrase",
    "/settings/erase",
    "/terms",
    "/terms/no-sharing",
    "/nowhere",
)


def _amazon_file() -> str:
    return str(next(AMAZON.glob("*.csv")))


def _bring_in(page: Page) -> None:
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(_amazon_file())
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Stored")).to_be_visible()


def test_a_customer_signs_up_keeps_the_code_and_stands_at_home(fresh: Page) -> None:
    """Signing up shows the recovery code once, asks that it is kept, and leads home."""
    fresh.goto("/signup")
    fresh.get_by_label("Username").fill("anna")
    fresh.get_by_label("Passphrase").fill(PASSPHRASE)
    fresh.get_by_role("button", name="Create vault").click()
    expect(fresh.get_by_role("heading", name="Keep this recovery code")).to_be_visible()
    fresh.get_by_label("I have printed it").check()
    fresh.get_by_role("button", name="Go on").click()
    expect(fresh.get_by_role("heading", name="Welcome, anna")).to_be_visible()


def test_whoever_a_vendor_sent_signs_up_and_stands_before_its_request(
    fresh: Page, site: Site
) -> None:
    """Neither the sign-up nor its recovery code loses the way to what the vendor asks."""
    fresh.goto(_request(site))
    fresh.get_by_role("link", name="Create one").click()
    fresh.get_by_label("Username").fill("anna")
    fresh.get_by_label("Passphrase").fill(PASSPHRASE)
    fresh.get_by_role("button", name="Create vault").click()
    fresh.get_by_label("I have printed it").check()
    fresh.get_by_role("button", name="Go on").click()
    expect(fresh.get_by_role("heading", name="Kettle Club asks")).to_be_visible()


def test_a_request_left_for_later_is_found_among_the_consents(browser: Browser, site: Site) -> None:
    """Home and the list lead back to it, on a phone too, and its page decides all the same."""
    page = site.unlocked(browser, viewport={"width": 360, "height": 800})
    page.goto(_request(site))
    expect(page.get_by_text("You need not decide at once")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Kettle Club asks to see a part of your vault.")).to_be_visible()
    page.goto("/consents")
    assert axe_problems(page) == []
    page.get_by_role("link", name="Look and decide").click()
    assert axe_problems(page) == []
    assert width_of(page) == 360
    page.get_by_role("button", name="Decline").click()
    page.wait_for_url("**/healthz?error=access_denied&*")
    page.goto(f"{site.url}/consents")
    expect(page.get_by_text("Waiting for your answer")).to_have_count(0)


def test_locking_and_unlocking(fresh: Page, site: Site) -> None:
    """A locked vault shows nothing, and unlocking leads on to where the customer was going."""
    site.services.customers.create("anna", PASSPHRASE)
    fresh.goto("/purchases?sort=largest")
    expect(fresh.get_by_role("heading", name="Unlock your vault")).to_be_visible()
    fresh.get_by_label("Username").fill("anna")
    fresh.get_by_label("Passphrase").fill(PASSPHRASE)
    fresh.get_by_role("button", name="Unlock").click()
    expect(fresh).to_have_url(f"{site.url}/purchases?sort=largest")
    fresh.get_by_role("button", name="Lock").click()
    expect(fresh.get_by_text("Your vault is locked.")).to_be_visible()
    fresh.goto("/purchases")
    expect(fresh.get_by_role("heading", name="Unlock your vault")).to_be_visible()


def test_a_file_is_previewed_stored_and_undone(browser: Browser, site: Site) -> None:
    """What is new is shown before it is stored, and one button takes the whole import back."""
    page = site.unlocked(browser)
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(_amazon_file())
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Before it is stored")).to_be_visible()
    assert site.services.overview.standing(_vault(site, page)).empty
    page.get_by_role("button", name="Import", exact=True).click()
    assert not site.services.overview.standing(_vault(site, page)).empty
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert site.services.overview.standing(_vault(site, page)).empty


def test_a_file_that_nobody_reads_is_refused_in_words(browser: Browser, site: Site) -> None:
    """An unknown file gives a reason and stores nothing."""
    page = site.unlocked(browser)
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(
        {"name": "holiday.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" * 50}
    )
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("None of it could be read, and nothing was stored.")).to_be_visible()


def test_a_purchase_becomes_a_gift_and_is_one_no_longer(browser: Browser, site: Site) -> None:
    """Marking is one button, on the list and on the purchase's own page."""
    page = site.unlocked(browser)
    vault = _vault(site, page)
    record_id = site.services.records.add(vault, Kind.PURCHASE, {"name": "Moka pot"})
    page.goto("/purchases")
    page.get_by_label("Moka pot").check()
    page.get_by_role("button", name="Mark as gift").click()
    expect(page.get_by_text("Marked as a gift.")).to_be_visible()
    expect(page.get_by_role("img", name="Gift")).to_be_visible()
    page.goto(f"/purchases/{record_id}")
    page.get_by_role("button", name="Not a gift").click()
    expect(page.get_by_text("No longer a gift.")).to_be_visible()
    expect(page.get_by_role("button", name="Mark as gift")).to_be_visible()


def test_it_all_works_without_a_script(browser: Browser, site: Site) -> None:
    """Sign-up, import and marking need no JavaScript."""
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/signup")
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Create vault").click()
    page.get_by_label("I have printed it").check()
    page.get_by_role("button", name="Go on").click()
    _bring_in(page)
    page.goto("/purchases")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Mark as gift").click()
    expect(page.get_by_role("status").first).to_contain_text("Marked as a gift.")
    context.close()


def test_records_are_written_changed_and_deleted_by_hand(browser: Browser, site: Site) -> None:
    """A preference is added, edited and deleted on its pages."""
    page = site.unlocked(browser)
    page.goto("/preferences/add")
    page.get_by_label("What it is about").fill("Shoes")
    page.get_by_label("Your word on it").fill("size 41")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Shoes")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Your word on it").fill("size 42")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("size 42")).to_be_visible()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("1 entry deleted.")).to_be_visible()


def test_an_export_needs_the_passphrase(browser: Browser, site: Site) -> None:
    """A wrong passphrase exports nothing; the right one downloads a file."""
    page = site.unlocked(browser)
    page.goto("/export")
    page.get_by_label("Passphrase").fill("not the one")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("That is not the passphrase of this vault.")).to_be_visible()
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.endswith(".json")


def test_allowing_leads_back_to_the_vendor(browser: Browser, site: Site) -> None:
    """The policy of the consent page lets Chromium follow the redirect after Allow."""
    page = site.unlocked(browser)
    vault = _vault(site, page)
    site.services.records.add(vault, Kind.PURCHASE, {"name": "Moka pot", "price": "34.90"})
    page.goto(_request(site))
    seen = page.get_by_role("region", name="What they will see")
    expect(seen.get_by_text("Nothing yet.")).to_be_visible()
    tick_everything(page)
    expect(seen.get_by_text("Moka pot")).to_be_visible()
    expect(seen.get_by_text("34.90")).to_be_visible()
    assert axe_problems(page) == []
    page.get_by_label("What it cost").uncheck()
    expect(seen.get_by_text("34.90")).to_have_count(0)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("http://localhost:*/healthz?*code=*")
    page.goto("/consents")
    expect(page.get_by_text("Kettle Club can see what you bought")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("No vendor sees anything of yours now.")).to_be_visible()


def _request(site: Site) -> str:
    """The address to which a vendor sends its customer."""
    back = f"{site.url.replace('127.0.0.1', 'localhost')}/healthz"
    registration = Registration("Kettle Club", (back,), profile="basic")
    client, _ = site.services.vendors.register(registration)
    asked = {
        "client_id": client.client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": "purchases:read",
        "state": "a-state-of-the-vendor",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(asked)}"


def test_every_page_passes_axe_on_a_desk_and_on_a_phone(browser: Browser, site: Site) -> None:
    """What axe looks for is on no page: light on a desk, dark on a phone of 360 pixels."""
    site.unlocked(browser).context.close()
    for scheme, width in (("light", 1280), ("dark", 360)):
        page = site.enter(browser, color_scheme=scheme, viewport={"width": width, "height": 800})
        if scheme == "light":
            _bring_in(page)
        for path in PAGES:
            page.goto(path)
            assert axe_problems(page) == [], (path, scheme)
            assert width_of(page) <= width, path
        page.context.close()


def test_the_doors_pass_axe(browser: Browser, site: Site) -> None:
    """Also what is seen before the vault is open passes axe, light and dark."""
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=site.url, color_scheme=scheme)
        page = context.new_page()
        for path in ("/signup", "/unlock", "/recover"):
            page.goto(path)
            assert axe_problems(page) == [], (path, scheme)
        context.close()


def test_no_page_trips_over_its_own_policy(browser: Browser, site: Site) -> None:
    """Nothing on any page is refused by the Content-Security-Policy."""
    page = site.unlocked(browser)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in PAGES:
        page.goto(path)
    assert [text for text in said if "Content Security Policy" in text] == []


def _vault(site: Site, page: Page) -> OpenVault:
    [cookie] = [one for one in page.context.cookies() if one["name"] == "vault"]
    return site.services.sessions.open(cookie["value"])
