"""Each page in a language that does not exist: no word of it stands in the code alone."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bare import Pseudo, bare_strings, bare_words
from tests.conftest import sqlite_only
from tests.served import ISSUER, PASSPHRASE, Customer, Served
from tests.vendor_client import VendorClient
from vault.domain.compartments import Kind
from vault.settings import Settings
from vault.web.catalogs import Catalogs
from vault.web.throttle import limiter

pytestmark = sqlite_only

_FIXTURES = Path(__file__).parents[1] / "fixtures" / "connectors"
_SAMPLE = _FIXTURES / "amazon" / "retail-2026" / "input.csv"

SELLER = {"name": "Κατάστημα"}
PURCHASE = {
    "name": "Καρέκλα",
    "seller": SELLER,
    "orderNumber": "114-1",
    "orderDate": "2026-11-02",
    "price": "34.90",
    "lineTotal": "69.80",
    "quantity": "2",
    "priceCurrency": "EUR",
    "category": "Έπιπλα",
    "brand": "Μάρκα",
    "serialNumbers": ["1", "2"],
    "deliveryAddress": "Αθήνα",
    "returnBy": "2026-12-02",
}
ORDER = {
    "orderNumber": "114-1",
    "seller": SELLER,
    "orderDate": "2026-11-02",
    "totalPrice": "69.80",
    "priceCurrency": "EUR",
    "deliveries": [
        {"provider": "Ταχυδρομείο", "deliveredAt": "2026-11-05"},
        {"provider": "Ταχυδρομείο", "expectedArrivalUntil": "2026-11-25"},
    ],
}
INVOICE = {
    "invoiceNumber": "7",
    "typeCode": "380",
    "provider": SELLER,
    "issueDate": "2026-10-02",
    "paymentDueDate": "2026-11-01",
    "totalPaymentDue": "69.80",
    "priceCurrency": "EUR",
    "referencesOrder": ["114-1", "114-2"],
    "lines": [{"name": "Καρέκλα", "quantity": "2", "lineTotal": "69.80"}],
}
LICENSE = {
    "name": "Πρόγραμμα",
    "seller": SELLER,
    "quantityOwned": "50",
    "quantityUsed": "38",
    "ownedThrough": "2026-12-24",
}
PREFERENCE = {"subject": "Παπούτσια", "topic": "size", "value": "41", "strength": "prefer"}
PAYMENT = {
    "paymentDate": "2026-10-20",
    "amount": "9.80",
    "priceCurrency": "EUR",
    "payee": SELLER,
    "reference": "7",
    "account": "3000",
}
ALL_KINDS = "purchases:read orders:read invoices:read licenses:read preferences:read gifts:read"
SHARED = ("purchases", "orders", "invoices", "licenses", "preferences")
LISTS = (*SHARED, "payments")
DOORS = ("/signup", "/unlock", "/recover", "/nowhere")
ROOMS = (
    "/",
    *(f"/{kind}" for kind in LISTS),
    *(f"/{kind}/add" for kind in LISTS),
    "/purchases?q=zzz",
    "/purchases?seller=Κάτι&gift=only&from=2026-01-01&min=1",
    "/purchases?from=never&to=never&min=x&max=x",
    "/import",
    "/connections",
    "/consents",
    "/activity",
    "/terms",
    "/export",
    "/settings",
    "/settings/passphrase",
    "/settings/recovery-code",
    "/settings/erase",
    "/settings/notices",
    "/nowhere",
    f"/purchases/{'0' * 32}",
    f"/import/{'0' * 32}",
    f"/consents/{'0' * 32}",
    "/requests/unknown",
)


@pytest.fixture(autouse=True)
def _pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalogs, "get_translations", lambda _self: Pseudo())


@pytest.fixture
def server(settings: Settings) -> Iterator[Served]:
    """A server of this test's own."""
    server = Served(settings)
    limiter.reset()
    yield server
    server.close()


@pytest.fixture
def visitor(server: Served) -> httpx.Client:
    """Somebody's browser, which asks for Chinese: dates are then Chinese, and no Latin letters."""
    browser = server.connection()
    browser.headers["Accept-Language"] = "zh"
    browser.base_url = httpx.URL(ISSUER)
    return browser


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer's browser, which asks for Chinese; her vault is empty."""
    customer = server.customer("άννα")
    customer.browser.headers["Accept-Language"] = "zh"
    customer.browser.base_url = httpx.URL(ISSUER)
    return customer


@pytest.fixture
def rich(anna: Customer) -> dict[Kind, str]:
    """What Anna's vault holds of each kind: the id of one."""
    stored: dict[Kind, dict[str, Any]] = {
        Kind.PURCHASE: PURCHASE,
        Kind.ORDER: ORDER,
        Kind.INVOICE: INVOICE,
        Kind.LICENSE: LICENSE,
        Kind.PREFERENCE: PREFERENCE,
        Kind.PAYMENT: PAYMENT,
    }
    anna.keep(Kind.PURCHASE, {"name": "Δώρο", "seller": SELLER}, gift=True)
    return {kind: anna.keep(kind, data)[0].hex() for kind, data in stored.items()}


def _form(browser: httpx.Client, path: str, at: str | None = None, **fields: object) -> str:
    """What comes of a form, redirects followed."""
    found = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', browser.get(at or path).text)
    answer = browser.post(path, data={"csrf_token": found[0], **fields}, follow_redirects=True)
    return answer.text


def _check(*pages: str) -> None:
    for page in pages:
        assert bare_strings(page) == [], re.findall(r"<h1[^>]*>.*?</h1>", page, re.DOTALL)


@pytest.mark.parametrize("path", DOORS)
def test_before_the_vault_is_open(visitor: httpx.Client, path: str) -> None:
    """Doors, and an address that leads nowhere."""
    _check(visitor.get(path).text)


def test_what_the_doors_refuse(visitor: httpx.Client, server: Served) -> None:
    """Empty fields, names that are taken, passphrases that are weak or wrong."""
    server.services.customers.create("άννα", PASSPHRASE)
    weak = {"username": "a b", "passphrase": "abc"}
    taken = {"username": "άννα", "passphrase": "tulip harbour quartz violin"}
    wrong = {"username": "άννα", "passphrase": "x", "recovery_code": "x"}
    _check(*(_form(visitor, path) for path in ("/signup", "/unlock", "/recover")))
    _check(_form(visitor, "/signup", **weak), _form(visitor, "/signup", **taken))
    _check(_form(visitor, "/unlock", **wrong), _form(visitor, "/recover", **wrong))
    _check(*(_form(visitor, "/unlock", **wrong) for _ in range(6)))  # and then it slows down
    _check(visitor.post("/unlock").text, visitor.put("/unlock").text)


def test_a_request_that_nobody_may_trust(
    visitor: httpx.Client, anna: Customer, server: Served
) -> None:
    """No vendor, an unknown one, a foreign address to go back to, and a request that is over."""
    known = f"client_id={server.basic_vendor('Κατάστημα').client_id}"
    unpushed = f"client_id={server.vendor('Άλλο').client_id}"
    over = f"{known}&request_uri=urn:ietf:params:oauth:request_uri:over"
    elsewhere = f"{known}&redirect_uri=https://elsewhere.example/"
    for query in ("", "client_id=x", known, unpushed, over, elsewhere, f"{known}&{known}"):
        for browser in (visitor, anna.browser):
            _check(browser.get(f"/oauth/authorize?{query}").text)


def test_a_new_vault(visitor: httpx.Client) -> None:
    """The recovery code's page, and the first one behind it."""
    taken = {"username": "άννα", "passphrase": "tulip harbour quartz violin"}
    _check(_form(visitor, "/signup", **taken), visitor.get("/").text)


def test_an_empty_vault(anna: Customer) -> None:
    """What the pages say before anything stands on them."""
    assert _bare_rooms(anna) == {}


@pytest.mark.usefixtures("rich")
def test_a_vault_with_something_in_it(anna: Customer) -> None:
    """Lists, totals and what they lead to."""
    assert _bare_rooms(anna) == {}


def _bare_rooms(customer: Customer) -> dict[str, list[str]]:
    pages = {path: customer.browser.get(path).text for path in ROOMS}
    found = {path: bare_strings(page) for path, page in pages.items()}
    return {path: words for path, words in found.items() if words}


def test_a_record_and_what_is_done_with_it(anna: Customer, rich: dict[Kind, str]) -> None:
    """Its page, its form, its mark as a gift, and its deletion."""
    for kind, record in rich.items():
        at = f"/{kind.plural}/{record}"
        _check(anna.browser.get(at).text, anna.browser.get(f"{at}/edit").text)
        _check(_form(anna.browser, f"{at}/edit"))
    purchase = rich[Kind.PURCHASE]
    query = f"/purchases/gifts/consequence?ids={purchase}"
    assert bare_words(anna.browser.get(query).text) == []
    for gift in ("yes", "no"):
        _check(_form(anna.browser, "/purchases/gifts", "/purchases", ids=purchase, gift=gift))
    _check(_form(anna.browser, "/purchases/gifts", "/purchases", gift="yes"))
    _check(_form(anna.browser, "/purchases/delete", "/purchases", ids=purchase))
    _check(_form(anna.browser, "/licenses/add", name="Πρόγραμμα", keys="123"))
    senseless = {"orderDate": "never", "price": "x", "brand": "7" * 2001, "priceCurrency": "€"}
    _check(_form(anna.browser, "/purchases/add", name="7" * 2001, **senseless))


def test_what_a_payment_was_for(anna: Customer, rich: dict[Kind, str]) -> None:
    """The question, each answer, and taking it back: on the payment, the invoice and the lists."""
    payment, bill = f"/payments/{rich[Kind.PAYMENT]}", f"/invoices/{rich[Kind.INVOICE]}"
    for decision, origin in (("", ""), ("rejected", "invoice"), ("confirmed", "list")):
        word = {"invoice": rich[Kind.INVOICE], "decision": decision, "from": origin}
        _check(_form(anna.browser, f"{payment}/matches", payment, **word))
        _check(*(anna.browser.get(path).text for path in (payment, bill, "/payments", "/invoices")))
    senseless = {"amount": "x", "account": "7" * 20, "paymentDate": "never"}
    _check(_form(anna.browser, "/payments/add", **senseless))


def test_what_the_settings_refuse_and_do(anna: Customer) -> None:
    """A wrong passphrase, a weak one, a new one, and the end."""
    browser, weak = anna.browser, {"current": PASSPHRASE, "chosen": "weak"}
    for path in ("/settings/passphrase", "/settings/recovery-code", "/settings/erase", "/export"):
        _check(_form(browser, path, passphrase="wrong", current="wrong", certain="yes"))
    _check(_form(browser, "/settings/passphrase", **weak))
    _check(_form(browser, "/settings/recovery-code", passphrase=PASSPHRASE))
    _check(_form(browser, "/language", "/settings", language="tlh"))
    _check(_form(browser, "/lock", "/settings"))


def test_an_import(anna: Customer) -> None:
    """Nothing chosen, a file that nobody reads, one with damaged rows; stored, and undone."""
    _check(_form(anna.browser, "/import"))
    _check(_upload(anna, "φωτογραφία", b"\x89PNG\r\n\x1a\n" * 50))
    page = _upload(anna, "αγορές", _orders())
    _check(page)
    [import_id] = re.findall(r"/import/([0-9a-f]{32})/store", page)
    _check(_form(anna.browser, f"/import/{import_id}/store", f"/import/{import_id}"))
    _check(anna.browser.get("/import").text, anna.browser.get("/").text)
    _check(_form(anna.browser, f"/import/{import_id}/undo", "/import"))
    _check(_form(anna.browser, f"/import/{import_id}/undo", "/import"))


def _upload(customer: Customer, name: str, content: bytes) -> str:
    token = re.findall(
        r'name="csrf_token"[^>]* value="([^"]+)"', customer.browser.get("/import").text
    )
    answer = customer.browser.post(
        "/import",
        data={"csrf_token": token[0]},
        files={"files": (name, content)},
        follow_redirects=True,
    )
    return answer.text


def _orders() -> bytes:
    """Amazon's sample, a damaged row included, with Greek for whatever it says."""
    rows = list(csv.reader(io.StringIO(_SAMPLE.read_text(encoding="utf-8-sig"), newline="")))
    greek = [rows[0].index(name) for name in ("Product Name", "Website", "Order Status")]
    for row in rows[1:]:
        for column in greek:
            row[column] = "Κάτι"
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


@pytest.fixture
def vendor(server: Served) -> VendorClient:
    """A vendor with a Greek name."""
    return server.vendor("Κατάστημα")


@pytest.mark.usefixtures("rich")
def test_a_request_and_its_answers(
    anna: Customer, visitor: httpx.Client, vendor: VendorClient
) -> None:
    """Before it is opened, as it comes, narrowed, with something wrong, left, declined."""
    url = vendor.begin(scope=ALL_KINDS)
    _check(visitor.get(url, follow_redirects=True).text)
    page = anna.open(url)
    _check(page.text)
    for name, value in (("days", "99999"), ("from", "never"), ("gifts", "yes"), ("sellers", [])):
        _check(anna.press(page, url, "preview", **{name: value}).text)
    _check(anna.press(page, url, "allow", clusters=[], fields=[]).text)
    _check(anna.browser.get("/").text, anna.browser.get("/consents").text)
    [waiting] = re.findall(r'href="(/requests/[^"]+)"', anna.browser.get("/consents").text)[:1]
    _check(anna.browser.get(waiting).text)
    assert anna.decide(url, "decline").status_code == 303
    _check(anna.browser.get("/activity").text)
    _check(anna.browser.get(url, follow_redirects=True).text)


@pytest.mark.usefixtures("rich")
def test_a_consent_from_beginning_to_end(anna: Customer, vendor: VendorClient) -> None:
    """Given, read, changed, withdrawn: its pages, its receipts, and each entry of the activity."""
    code = anna.allow(vendor.begin(scope=ALL_KINDS), gifts="yes")
    assert vendor.exchange(code).status_code == 200
    for kind in SHARED:
        assert vendor.get(f"/api/v1/{kind}").status_code == 200
    assert vendor.get("/api/v1/license-keys").status_code in {403, 404}
    [grant] = {*re.findall(r"/consents/([0-9a-f]{32})", anna.browser.get("/consents").text)}
    _walk(anna, grant)
    _check(_form(anna.browser, f"/consents/{grant}/change"))
    _check(_form(anna.browser, f"/consents/{grant}/change", action="save", days="7"))
    _check(_form(anna.browser, f"/consents/{grant}/block", f"/consents/{grant}"))
    _check(_form(anna.browser, f"/consents/{grant}/withdraw", f"/consents/{grant}"))
    assert vendor.get("/api/v1/purchases").status_code == 401
    _walk(anna, grant)


def _walk(customer: Customer, grant: str) -> None:
    """All pages that speak of a consent, and all entries of the activity."""
    browser = customer.browser
    at = f"/consents/{grant}"
    _check(*(browser.get(path).text for path in ("/", "/consents", at, f"{at}/receipts")))
    _check(browser.get(f"{at}/change").text, browser.get("/terms/service-only/1").text)
    activity = browser.get("/activity").text
    _check(activity, browser.get("/activity?vendor=x").text)
    for entry in {*re.findall(r'"(/activity/\d+)"', activity)}:
        _check(browser.get(entry).text)
    _check(_form(browser, "/activity/verify", "/activity"))
    _check(_form(browser, "/activity/verify", "/activity", head="zz"))
    _check(_form(browser, "/activity/verify", "/activity", head="0" * 64))
