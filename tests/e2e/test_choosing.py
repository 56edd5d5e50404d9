"""The page of a request and of a change in a real browser: ticking, looking, saving."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import Site
from tests.e2e.looking import axe_problems, width_of
from tests.e2e.ticking import tick_everything
from vault.domain.compartments import Kind
from vault.services.vendors.vendors import Registration

pytestmark = sqlite_only

KETTLE = {"name": "Kettle", "price": "24.00", "seller": {"name": "CDW"}, "category": "Kitchen"}
LAMP = {"name": "Lamp", "price": "59.00", "seller": {"name": "Amazon"}, "category": "Garden"}


def request_of(site: Site, scope: str = "purchases:read") -> str:
    """The address to which a vendor sends its customer."""
    back = f"{site.url.replace('127.0.0.1', 'localhost')}/healthz"
    registration = Registration("Kettle Club", (back,), profile="basic")
    client, _ = site.services.vendors.register(registration)
    asked = {
        "client_id": client.client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": scope,
        "state": "a-state-of-the-vendor",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(asked)}"


def keeping(site: Site, browser: Browser, *records: dict[str, Any], **options: Any) -> Page:
    """A page of a customer who has these purchases."""
    page = site.unlocked(browser, **options)
    [cookie] = [one for one in page.context.cookies() if one["name"] == "vault"]
    vault = site.services.sessions.open(cookie["value"])
    for record in records:
        site.services.records.add(vault, Kind.PURCHASE, dict(record))
    return page


def test_a_cluster_and_its_fields_are_ticked_together(browser: Browser, site: Site) -> None:
    """Ticking a cluster ticks its fields; unticking one of them keeps the others."""
    page = keeping(site, browser, KETTLE, LAMP)
    page.goto(request_of(site))
    cost = page.get_by_label("What it cost")
    cost.check()
    page.locator("summary", has_text="price and amount").click()
    price, amount = page.get_by_label("Price of one"), page.get_by_label("Amount")
    expect(price).to_be_checked()
    expect(amount).to_be_checked()
    amount.uncheck()
    expect(cost).not_to_be_checked()
    expect(price).to_be_checked()
    assert cost.evaluate("box => box.indeterminate")
    amount.check()
    expect(cost).to_be_checked()
    cost.uncheck()
    expect(price).not_to_be_checked()


def test_what_they_will_see_follows_each_choice(browser: Browser, site: Site) -> None:
    """Live, with counts, and how many stay with the customer; all or single sellers."""
    page = keeping(site, browser, KETTLE, LAMP)
    page.goto(request_of(site))
    seen = page.get_by_role("region", name="What they will see")
    page.get_by_label("What it is").check()
    expect(seen.get_by_text("Choose from which sellers")).to_be_visible()
    page.get_by_label("All sellers").check()
    expect(seen.get_by_text("2 purchases")).to_be_visible()
    page.get_by_label("CDW").check()
    expect(page.get_by_label("All sellers")).not_to_be_checked()
    expect(seen.get_by_text("1 purchase", exact=True)).to_be_visible()
    expect(seen.get_by_text("1 more stays with you")).to_be_visible()
    expect(seen.get_by_text("Lamp")).to_have_count(0)
    page.get_by_text("Categories: all of them").click()
    page.get_by_label("Garden").check()
    expect(seen.get_by_text("0 purchases")).to_be_visible()
    assert axe_problems(page) == []
    with page.expect_download() as download:
        seen.get_by_role("button", name="Download as a file").click()
    assert json.loads(download.value.path().read_text()) == {"purchases": []}


def test_by_keyboard_alone(browser: Browser, site: Site) -> None:
    """Space ticks, Enter opens the details, and what is focused can be seen."""
    page = keeping(site, browser, KETTLE)
    page.goto(request_of(site))
    page.locator("#c-purchases-what").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Name", exact=True)).to_be_checked()
    page.locator("#s-all").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("region", name="What they will see")).to_contain_text("Kettle")
    page.get_by_role("button", name="Allow").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("http://localhost:*/healthz?*code=*")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_nothing_ticked_comes_back_with_all_that_was_chosen(
    browser: Browser, site: Site, *, scripts: bool
) -> None:
    """The message stands beside the form, and the form as it was left."""
    page = keeping(site, browser, KETTLE, java_script_enabled=scripts)
    page.goto(request_of(site))
    page.get_by_label("CDW").check()
    page.get_by_label("It may look until").select_option("30")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one thing")
    expect(page.get_by_label("CDW")).to_be_checked()
    expect(page.get_by_label("It may look until")).to_have_value("30")
    assert axe_problems(page) == [] if scripts else True
    page.get_by_label("What it is").check()
    if not scripts:
        page.get_by_role("button", name="Show what that changes").click()
    seen = page.get_by_role("region", name="What they will see")
    expect(seen.get_by_text("Kettle")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("http://localhost:*/healthz?*code=*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_consent_is_changed_in_two_clicks(browser: Browser, site: Site, scheme: str) -> None:
    """From the consents: Change, then Save; what is unticked between is seen no more."""
    page = keeping(
        site, browser, KETTLE, color_scheme=scheme, viewport={"width": 360, "height": 800}
    )
    page.goto(request_of(site, "purchases:read gifts:read"))
    tick_everything(page)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("http://localhost:*/healthz?*code=*")
    page.goto(f"{site.url}/consents")
    page.get_by_role("link", name="Change").click()
    seen = page.get_by_role("region", name="What they will see")
    expect(seen.get_by_text("24.00")).to_be_visible()
    assert axe_problems(page) == []
    assert width_of(page) == 360
    page.get_by_label("What it cost").uncheck()
    expect(seen.get_by_text("24.00")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("What it cost")).not_to_be_checked()
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_text("May not ask")).to_be_visible()
    page.get_by_role("link", name="Change").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("No vendor sees anything of yours now.")).to_be_visible()
