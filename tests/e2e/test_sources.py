"""A record that several sources tell of, and sellers under two names, in a real browser."""

from playwright.sync_api import Browser, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import PASSPHRASE, Site
from tests.e2e.looking import axe_problems, width_of
from tests.story import LinesParser, document, line
from vault.domain.compartments import Kind
from vault.services.importing.imports import Imports

pytestmark = sqlite_only

DELL, ALIAS = {"name": "Dell"}, {"name": "Dell Inc."}
PHONE = {"width": 360, "height": 760}
OVERLAPS = """[...document.querySelectorAll(".receipt li")].some((line) => {
  const [said, button] = [line.querySelector(".what"), line.querySelector(".btn")];
  const [one, other] = [said.getBoundingClientRect(), button.getBoundingClientRect()];
  return said.scrollWidth > said.clientWidth || (one.bottom > other.top && one.right > other.left);
})"""
"""Whether a disputed value runs under the button that chooses it."""


def _lines(seller: dict[str, str], price: str, name: str) -> bytes:
    number = {"orderNumber": "D-1001", "seller": seller}
    return document(
        line(Kind.ORDER, "o", orderNumber="D-1001", seller=seller, orderDate="2026-05-02"),
        line(
            Kind.PURCHASE, "i", ("o",), name=name, sku="L1", price=price, quantity="1",
            priceCurrency="EUR", **number,
        ),
    )  # fmt: skip


def test_sellers_are_joined_and_a_dispute_is_settled(browser: Browser, site: Site) -> None:
    """From the page of imports to the price that counts, on a phone, readable to all."""
    page = site.unlocked(browser, viewport=PHONE)
    services = site.services
    vault = services.sessions.open(services.sessions.unlock("anna", PASSPHRASE).token)
    imports = Imports(services.store, LinesParser())
    files = [
        ("amazon.lines", _lines(DELL, "10.00", "Desk lamp")),
        ("einvoice.lines", _lines(ALIAS, "11.50", "Desk lamp, oak, with a switch")),
    ]
    imports.confirm(vault, imports.stage(vault, files).import_id)
    page.goto("/import")
    page.get_by_role("link", name="Say which are one").click()
    expect(page.get_by_role("heading", name="the same seller?")).to_be_visible()
    assert axe_problems(page) == []
    page.get_by_role("button", name="The same Dell and Dell Inc.", exact=True).click()
    expect(page.get_by_role("button", name="Separate")).to_be_visible()
    assert axe_problems(page) == []
    page.goto("/purchases")
    page.get_by_role("link", name="Desk lamp").first.click()
    expect(page.get_by_text("Your sources disagree")).to_be_visible()
    assert axe_problems(page) == []
    assert width_of(page) <= PHONE["width"]
    assert not page.evaluate(OVERLAPS)
    page.get_by_role("button", name="Use 11.50").click()
    expect(page.get_by_text("Your sources disagree")).not_to_be_visible()
    expect(page.get_by_role("heading", name="Where this comes from")).to_be_visible()
    assert axe_problems(page) == []
