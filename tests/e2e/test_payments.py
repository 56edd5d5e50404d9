"""What was paid, in a real browser: a bank's file, a question, an answer, and taking it back."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import sqlite_only
from tests.e2e.conftest import FIXTURES, Site
from tests.e2e.looking import axe_problems, width_of
from vault.domain.compartments import Kind

pytestmark = sqlite_only

STATEMENT = FIXTURES / "payments" / "ofx-bank" / "input.ofx"
PAID: dict[str, Any] = {
    "invoiceNumber": "SI-2026-0042",
    "issueDate": "2026-09-20",
    "paymentDueDate": "2026-10-20",
    "provider": {"name": "Sample & Daughters"},
    "totalPaymentDue": "1234.56",
    "priceCurrency": "USD",
}
ASKED: dict[str, Any] = {
    **PAID,
    "invoiceNumber": "SCREWS-9",
    "provider": {"name": "Sample Screws Ltd"},
    "totalPaymentDue": "80.00",
}


@pytest.mark.parametrize("width", [1280, 360])
def test_a_statement_is_brought_in_and_asked_about(
    browser: Browser, site: Site, *, width: int
) -> None:
    """What is certain is paid at once; of the rest the customer says what it was for."""
    page = site.unlocked(browser, viewport={"width": width, "height": 800})
    paid, asked = (_keep(site, page, bill) for bill in (PAID, ASKED))
    page.goto("/import")
    page.get_by_label("Choose files").set_input_files(str(STATEMENT))
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Stored")).to_be_visible()
    page.goto(f"/invoices/{paid}")
    expect(page.get_by_text("With this it is paid.")).to_be_visible()
    _looks_well(page, width)
    page.goto("/invoices?sort=due")
    expect(page.get_by_text("A payment may be for it")).to_have_count(1)
    page.get_by_role("link", name="What you have paid").click()
    expect(page.get_by_text("For invoice SCREWS-9 of Sample Screws Ltd")).to_be_visible()
    _looks_well(page, width)
    page.get_by_role("button", name="Yes, it is for this").click()
    expect(page.get_by_text("Noted: it counts as paid.")).to_be_visible()
    expect(page.get_by_text("What were these for?")).to_have_count(0)
    page.goto(f"/invoices/{asked}")
    _looks_well(page, width)
    page.get_by_role("button", name="Take that back").click()
    expect(page.get_by_text("One of these may have been for it:")).to_be_visible()


def _keep(site: Site, page: Page, bill: dict[str, Any]) -> str:
    [cookie] = [one for one in page.context.cookies() if one["name"] == "vault"]
    vault = site.services.sessions.open(cookie["value"])
    return site.services.records.add(vault, Kind.INVOICE, dict(bill))


def _looks_well(page: Page, width: int) -> None:
    assert axe_problems(page) == []
    assert width_of(page) == width
