"""The walk: a customer and a vendor go the whole way, in a real browser against a real server."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import Key
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.conftest import both_databases
from tests.e2e import thief
from tests.e2e.conftest import WAIT
from tests.e2e.live import Callback, LiveVault, live_vault, vendor_site
from tests.e2e.ticking import tick_everything
from tests.vendor_client import VendorClient, answer, ec_key, public

PASSPHRASE = "walking through the meadow at dawn"
AMAZON = """\
"Website","Order ID","Order Date","Purchase Order Number","Currency","Unit Price","Unit Price Tax",\
"Shipping Charge","Total Discounts","Total Owed","Shipment Item Subtotal",\
"Shipment Item Subtotal Tax","ASIN","Product Condition","Quantity","Payment Instrument Type",\
"Order Status","Shipment Status","Ship Date","Shipping Option","Shipping Address",\
"Billing Address","Carrier Name & Tracking Number","Product Name","Gift Message",\
"Gift Sender Name","Gift Recipient Contact Details"
"Amazon.com","112-0000001-0000001","2025-03-01T10:00:00Z","Not Applicable","USD","24.00","1.92",\
"0","0","2592.17","24.00","1.92","B00KETTLE0","new","1","Visa","Closed","Shipped",\
"2025-03-02T10:00:00Z","standard","Jo Walker 1 Hill Street","Jo Walker 1 Hill Street",\
"UPS(1Z0000000000000001)","Copper Kettle","Not Available","Not Available","Not Available"
"Amazon.com","112-0000002-0000002","2025-04-05T10:00:00Z","Not Applicable","USD","59.00","4.72",\
"0","0","6372.41","59.00","4.72","B00LANTERN","new","1","Visa","Closed","Shipped",\
"2025-04-06T10:00:00Z","standard","Jo Walker 1 Hill Street","Jo Walker 1 Hill Street",\
"UPS(1Z0000000000000002)","Storm Lantern","Not Available","Not Available","Not Available"
"Amazon.com","112-0000003-0000003","2025-05-07T10:00:00Z","Not Applicable","USD","31.00","2.48",\
"0","0","3348.63","31.00","2.48","B00SCARF00","new","1","Visa","Closed","Shipped",\
"2025-05-08T10:00:00Z","standard","Jo Walker 1 Hill Street","Jo Walker 1 Hill Street",\
"UPS(1Z0000000000000003)","Silk Scarf","Not Available","Not Available","Not Available"
"""
INVOICE = """\
<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>INV-77</cbc:ID><cbc:IssueDate>2025-06-01</cbc:IssueDate>
 <cbc:DueDate>2025-07-01</cbc:DueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:OrderReference><cbc:ID>PO-55</cbc:ID></cac:OrderReference>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PartyName><cbc:Name>Bench and Vice GmbH</cbc:Name></cac:PartyName>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cac:PartyName><cbc:Name>Jo Walker</cbc:Name></cac:PartyName>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">1900.17</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal>
  <cbc:LineExtensionAmount currencyID="EUR">10000.40</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">10000.40</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">11900.57</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">11900.57</cbc:PayableAmount>
 </cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID>
  <cbc:InvoicedQuantity unitCode="C62">2</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">10000.40</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Beech Workbench</cbc:Name></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">5000.20</cbc:PriceAmount></cac:Price>
 </cac:InvoiceLine>
</Invoice>
"""

WRITTEN = (
    "Copper Kettle", "Storm Lantern", "Silk Scarf", "Beech Workbench", "Bench and Vice",
    "Hill Street", "112-0000001-0000001", "112-0000003-0000003", "INV-77", "B00SCARF00",
    "1Z0000000000000002", "2592.17", "6372.41", "3348.63", "11900.57", "invoice.xml",
)  # fmt: skip
"""What the customer's documents say, and their names: none of it may stand anywhere in clear."""


@pytest.fixture
def vault(tmp_path: Path, database_url: str) -> Iterator[LiveVault]:
    """A running vault of this test's own."""
    home = tmp_path / "home"
    home.mkdir()
    with live_vault(home, database_url) as running:
        yield running


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that knows nothing yet."""
    context = browser.new_context()
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


class Walker:
    """What the customer does in the browser."""

    def __init__(self, page: Page, vault: LiveVault) -> None:
        self.page = page
        self.url = vault.url

    def sign_up(self, name: str) -> None:
        """Create a vault and keep the recovery code."""
        self.page.goto(f"{self.url}/signup")
        self.page.get_by_label("Username").fill(name)
        for field in self.page.get_by_label(re.compile("Passphrase")).all():
            if field.get_attribute("type") == "password":
                field.fill(PASSPHRASE)
        self.page.get_by_role("button", name="Create vault").click()
        self.recovery_code = self.page.locator("#recovery-code").inner_text()
        self.page.get_by_role("checkbox").check()
        self.page.get_by_role("button", name="Go on").click()

    def bring_in(self, *files: tuple[str, str]) -> None:
        """Import files: choose, look at the preview, store."""
        self.page.goto(f"{self.url}/import")
        self.page.locator("input[type=file]").set_input_files(
            [
                FilePayload(name=name, mimeType="application/octet-stream", buffer=text.encode())
                for name, text in files
            ]
        )
        self.page.get_by_role("button", name="Import").click()
        expect(self.page.get_by_role("heading", name="Before it is stored")).to_be_visible()
        self.page.get_by_role("button", name="Import").click()
        expect(self.page.get_by_role("heading", name="Stored")).to_be_visible()

    def open_purchase(self, title: str) -> None:
        """Open a purchase from the list."""
        self.page.goto(f"{self.url}/purchases")
        self.page.get_by_role("link", name=title).click()

    def mark_as_gift(self, title: str) -> None:
        """Mark one purchase as a gift."""
        self.open_purchase(title)
        self.page.get_by_role("button", name="Mark as gift").click()
        expect(self.page.get_by_text(title).first).to_be_visible()


@contextmanager
def registered(vault: LiveVault, callback: Callback, tmp_path: Path) -> Iterator[VendorClient]:
    """Register a vendor on the command line, as an operator does."""
    key: Key = ec_key()
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [public(key)]}))
    done = vault.run(
        "vendor", "register", "--name", "Meadow Insurance", "--redirect-uri", callback.url,
        "--jwks", str(jwks),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    client_id = json.loads(done.stdout)["client_id"]
    with httpx.Client(timeout=20) as http:
        yield VendorClient(http, vault.url, client_id, key, redirect_uri=callback.url)


def names(page: httpx.Response) -> set[str]:
    """The names of the items on a page."""
    assert page.status_code == 200, page.text
    return {item["name"] for item in page.json()["items"] if "name" in item}


def kinds_seen(vendor: VendorClient) -> dict[str, list[dict[str, Any]]]:
    """All that the vendor can read, by kind."""
    return {
        kind: vendor.get(f"/api/v1/{kind}").json()["items"]
        for kind in ("purchases", "orders", "invoices")
    }


@both_databases
def test_the_walk(vault: LiveVault, browser_page: Page, tmp_path: Path) -> None:
    """From signing up to a refused read after withdrawal, every step shows what it promises."""
    walker = Walker(browser_page, vault)
    walker.sign_up("jo")
    walker.bring_in(("Retail.OrderHistory.1.csv", AMAZON), ("invoice.xml", INVOICE))
    walker.mark_as_gift("Storm Lantern")
    with vendor_site() as callback, registered(vault, callback, tmp_path) as vendor:
        address = vendor.begin(scope="purchases:read orders:read invoices:read")
        browser_page.goto(address)
        choose(browser_page)
        browser_page.get_by_role("button", name="Allow").click()
        browser_page.wait_for_url(re.compile("localhost.*callback"))
        came_back = answer(f"?{callback.received[-1]}")
        assert came_back["iss"] == vault.url
        assert vendor.exchange(came_back["code"]).status_code == 200

        first = vendor.get("/api/v1/purchases")
        assert names(first) == {"Copper Kettle", "Silk Scarf", "Beech Workbench"}
        assert not any("deliveryAddress" in item for item in first.json()["items"])
        seen = kinds_seen(vendor)
        assert "112-0000002-0000002" not in json.dumps(seen)
        assert {one["invoiceNumber"] for one in seen["invoices"]} == {"INV-77"}

        walker.mark_as_gift("Silk Scarf")
        walker.mark_as_gift("Beech Workbench")
        page = vendor.get("/api/v1/purchases", cursor=first.json()["next_cursor"])
        gone = {item["id"] for item in page.json()["items"] if item.get("deleted")}
        expected = {
            item["id"]
            for item in first.json()["items"]
            if item["name"] in {"Silk Scarf", "Beech Workbench"}
        }
        assert gone == expected
        betrayed = json.dumps(kinds_seen(vendor))
        for secret in ("Silk Scarf", "112-0000003-0000003", "INV-77", "Beech", "11900.57"):
            assert secret not in betrayed

        browser_page.goto(f"{vault.url}/consents")
        browser_page.get_by_role("button", name="Withdraw").click()
        expect(browser_page.get_by_text("Meadow Insurance").first).to_be_visible()
        assert vendor.get("/api/v1/purchases").status_code == 401

    cookies = [cookie["value"] for cookie in browser_page.context.cookies()]
    browser_page.goto(f"{vault.url}/activity")
    told = browser_page.locator("main").inner_text()
    assert "Meadow Insurance" in told
    assert "refused" in told.lower()
    browser_page.get_by_role("button", name="Verify").click()
    expect(browser_page.get_by_text("nothing altered or missing")).to_be_visible()
    browser_page.get_by_role("button", name="Lock").first.click()
    browser_page.goto(f"{vault.url}/purchases")
    expect(browser_page.get_by_role("button", name="Unlock")).to_be_visible()

    credentials = [came_back["code"], vendor.access_token, vendor.refresh_token, *cookies]
    secrets = [*WRITTEN, PASSPHRASE, walker.recovery_code, *credentials]
    places = [thief.database_files(vault.environment["VAULT_DATABASE_URL"]), tmp_path]
    assert thief.found(["jo"], places), "the thief looks in the wrong place"
    assert thief.found(secrets, places) == []


def choose(page: Page) -> None:
    """Tick everything, see what that shows, and leave the delivery address out again."""
    shown = page.get_by_role("region", name="What they will see")
    expect(shown.get_by_text("Copper Kettle")).to_have_count(0)
    tick_everything(page)
    expect(shown.get_by_text("Copper Kettle").first).to_be_visible()
    expect(shown.get_by_text("Storm Lantern")).to_have_count(0)
    expect(shown.get_by_text("Hill Street").first).to_be_attached()
    purchases = page.get_by_role("group", name="Purchases")
    purchases.get_by_label("Where it was delivered").uncheck()
    expect(shown.get_by_text("Hill Street")).to_have_count(0)
