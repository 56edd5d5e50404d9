"""The pages in Chinese in a real browser: chosen, kept, and each flow as in English."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import PASSPHRASE, Site
from tests.e2e.looking import axe_problems, width_of
from tests.e2e.test_choosing import request_of
from tests.e2e.test_pages import PAGES
from vault.domain.compartments import Kind
from vault.services.open_vault import OpenVault

pytestmark = sqlite_only

scripts_on_and_off = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])


def _reads(page: Page, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", language)


@scripts_on_and_off
def test_a_choice_turns_the_same_page_around(browser: Browser, site: Site, scripts: bool) -> None:  # noqa: FBT001
    """By keyboard, on a door, with its query; and back to English the same way."""
    context = browser.new_context(base_url=site.url, locale="en-GB", java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/unlock?next=%2Fpurchases")
    page.get_by_role("button", name="中文").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="解锁您的保险库")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/unlock\?next=%2Fpurchases|/unlock\?next=/purchases"))
    _reads(page, "zh-Hans")
    page.get_by_role("button", name="English").press("Enter")
    expect(page.get_by_role("heading", name="Unlock your vault")).to_be_visible()
    _reads(page, "en")
    context.close()


def test_what_was_chosen_in_the_settings_comes_along(browser: Browser, site: Site) -> None:
    """Another browser, which asks for English, shows Chinese once the vault is unlocked in it."""
    page = site.unlocked(browser, locale="en-GB")
    page.goto("/settings")
    page.get_by_role("main").get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    other = browser.new_context(base_url=site.url, locale="en-GB").new_page()
    other.goto("/unlock")
    other.get_by_label("Username").fill("anna")
    other.get_by_label("Passphrase").fill(PASSPHRASE)
    other.get_by_role("button", name="Unlock").click()
    expect(other.get_by_role("navigation", name="所有页面")).to_be_visible()
    _reads(other, "zh-Hans")
    other.context.close()


@scripts_on_and_off
def test_the_way_of_a_consent_in_chinese(browser: Browser, site: Site, scripts: bool) -> None:  # noqa: FBT001
    """Signed up, asked, looked at, allowed, changed, looked back at, and withdrawn, on a phone."""
    context = browser.new_context(
        base_url=site.url,
        locale="zh-CN",
        java_script_enabled=scripts,
        viewport={"width": 360, "height": 800},
    )
    page = context.new_page()
    _sign_up(page)
    site.services.records.add(
        vault_of(page, site), Kind.PURCHASE, {"name": "摩卡壶", "price": "34.90"}
    )
    page.goto(request_of(site))
    page.get_by_label("是什么").check()
    page.get_by_label("所有卖家").check()
    if not scripts:
        page.get_by_role("button", name="显示更改后的结果").click()
    expect(
        page.get_by_role("region", name="对方将看到的内容").get_by_text("摩卡壶")
    ).to_be_visible()
    assert width_of(page) == 360
    page.get_by_role("button", name="允许").click()
    page.wait_for_url("http://localhost:*/healthz?*code=*")
    _change_and_look_back(page, site)
    page.goto(f"{site.url}/consents")
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_text("目前没有商家能看到您的任何内容。")).to_be_visible()
    context.close()


def _change_and_look_back(page: Page, site: Site) -> None:
    """Share what it cost as well; receipts and activity tell of it."""
    page.goto(f"{site.url}/consents")
    page.get_by_role("link", name="更改").click()
    page.get_by_label("花费多少").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    page.goto(f"{site.url}/activity")
    expect(page.get_by_text("您更改了")).to_be_visible()
    [given] = site.services.consents.given(vault_of(page, site))
    page.goto(f"{site.url}/consents/{given.grant_id}")
    page.get_by_role("link", name="回执").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("回执")
    assert width_of(page) == 360


def vault_of(page: Page, site: Site) -> OpenVault:
    """The vault that a browser has open."""
    [cookie] = [one for one in page.context.cookies() if one["name"] == "vault"]
    opened: OpenVault = site.services.sessions.open(cookie["value"])
    return opened


def _sign_up(page: Page) -> None:
    page.goto("/signup")
    page.get_by_label("用户名").fill("小安")
    page.get_by_label("口令").fill(PASSPHRASE)
    page.get_by_role("button", name="创建保险库").click()
    page.get_by_label("我已打印或抄写").check()
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", name="欢迎您")).to_be_visible()


def test_every_page_in_chinese_passes_axe_and_fits(browser: Browser, site: Site) -> None:
    """Light on a desk, dark on a phone of 360 pixels."""
    site.unlocked(browser).context.close()
    for scheme, width in (("light", 1280), ("dark", 360)):
        page = site.enter(
            browser, color_scheme=scheme, viewport={"width": width, "height": 800}, locale="zh-CN"
        )
        for path in PAGES:
            page.goto(path)
            assert axe_problems(page) == [], (path, scheme)
            assert width_of(page) <= width, path
        page.context.close()
