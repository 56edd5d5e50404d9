"""The receipts of a consent in a real browser: to read, and to take along."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import Site
from tests.e2e.looking import axe_problems, width_of
from tests.story import BROWSER, DAY, PURPOSE, rule
from vault.domain.compartments import Kind
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.services.open_vault import OpenVault
from vault.services.vendors.vendors import Registration

pytestmark = sqlite_only


def _vault(site: Site, page: Page) -> OpenVault:
    [cookie] = [one for one in page.context.cookies() if one["name"] == "vault"]
    return site.services.sessions.open(cookie["value"])


def _allowed(site: Site, vault: OpenVault) -> str:
    """Allow a vendor something; the consent's id."""
    services = site.services
    registration = Registration("Kettle Club", ("https://vendor.example/cb",), profile="basic")
    client, _ = services.vendors.register(registration)
    uri, _ = services.requests.push(client.client_id, {"scope": "purchases:read"})
    asked = services.pending.show(vault, uri, client.client_id, BROWSER)
    until = services.store.clock() + 30 * DAY
    terms = Terms({Kind.PURCHASE: rule(Kind.PURCHASE)}, (PURPOSE,), until)
    request = Request(rules=terms.rules, purposes=terms.purposes)
    services.decisions.allow(vault, client, request, terms, {}, asked.request_id)
    return services.consents.given(vault)[0].grant_id


def test_receipts_are_read_and_taken_along(browser: Browser, site: Site) -> None:
    """As JSON and as signed; axe finds nothing, light and dark, wide and narrow."""
    site.unlocked(browser).context.close()
    for scheme, width in (("light", 1280), ("dark", 360)):
        page = site.enter(browser, color_scheme=scheme, viewport={"width": width, "height": 800})
        grant_id = _allowed(site, _vault(site, page))
        site.services.consents.withdraw(_vault(site, page), grant_id)
        page.goto(f"/consents/{grant_id}/receipts")
        expect(page.get_by_text("You withdrew it")).to_be_visible()
        expect(page.get_by_text("Kettle Club could see what you bought")).to_be_visible()
        assert axe_problems(page) == [], scheme
        assert width_of(page) <= width
        _take_along(page, grant_id)
        page.context.close()


def _take_along(page: Page, grant_id: str) -> None:
    for link, number in zip(page.get_by_text("To read (.json)").all(), (2, 1), strict=True):
        with page.expect_download() as taken:
            link.click()
        assert taken.value.suggested_filename == f"receipt-{grant_id[:8]}-{number}.json"
        assert "@context" in json.loads(Path(taken.value.path()).read_text()) or number == 2
    with page.expect_download() as signed:
        page.get_by_text("As it was signed (.jws)").first.click()
    assert Path(signed.value.path()).read_text().count(".") == 2
