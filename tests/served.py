"""A whole vault server in this process, with customers and vendors to talk to it over httpx."""

import os
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc.jwk import Key

from tests.vendor_client import REDIRECT_URI, VendorClient, ec_key, public
from vault.app import create_app
from vault.composition import Services
from vault.crypto.kdf import PassphraseKdf
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.services.changes import Change
from vault.services.open_vault import OpenVault
from vault.services.vendors.vendors import Registration
from vault.services.writing import writing
from vault.settings import Settings

ISSUER = "http://127.0.0.1:8000"
PASSPHRASE = "a sample passphrase"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass
class Clock:
    """The vault's clock; `ahead` moves it."""

    ahead: int = 0

    def __call__(self) -> int:
        """Whole seconds since the epoch."""
        return int(time.time()) + self.ahead


class Served:
    """One server process: its services, its application, and a way to it."""

    def __init__(self, settings: Settings) -> None:
        self.clock = Clock()
        self.app = create_app(settings, PassphraseKdf(memory_kib=64, iterations=1))
        self.services: Services = self.app.extensions["vault"]
        self.store = self.services.store
        object.__setattr__(self.store, "clock", self.clock)
        self.http = self.connection()

    def close(self) -> None:
        """Close the database's connections."""
        self.store.database.close()

    def connection(self) -> httpx.Client:
        """A connection that follows no redirect and keeps its own cookies."""
        return httpx.Client(transport=httpx.WSGITransport(app=self.app))

    def vendor(self, name: str = "Shop", **known: Any) -> VendorClient:
        """A registered client of the profile `fapi`."""
        key: Key = known.pop("key", None) or ec_key()
        registration = Registration(name, (REDIRECT_URI,), jwks={"keys": [public(key)]})
        client, _ = self.services.vendors.register(registration)
        return VendorClient(self.http, ISSUER, client.client_id, key, **known)

    def basic_vendor(self, name: str = "Old shop") -> VendorClient:
        """A registered client of the profile `basic`."""
        registration = Registration(name, (REDIRECT_URI,), profile="basic")
        client, secret = self.services.vendors.register(registration)
        return VendorClient(self.http, ISSUER, client.client_id, secret=secret)

    def customer(self, name: str = "anna") -> "Customer":
        """A new customer with a vault and an unlocked browser."""
        self.services.customers.create(name, PASSPHRASE)
        return Customer(self, name, self.services.sessions.unlock(name, PASSPHRASE).token)


@dataclass
class Customer:
    """A customer's browser."""

    server: Served
    name: str
    session: str
    browser: httpx.Client = field(init=False)
    csrf_token: str = ""

    def __post_init__(self) -> None:
        """Put the session into the browser."""
        self.browser = self.server.connection()
        self.browser.cookies.set("vault", self.session, domain="127.0.0.1")

    def vault(self) -> OpenVault:
        """The customer's open vault."""
        opened: OpenVault = self.server.services.sessions.open(self.session)
        return opened

    def keep(self, kind: Kind, *records: dict[str, Any], gift: bool = False) -> list[bytes]:
        """File records; their ids."""
        ids = [os.urandom(16) for _ in records]
        changes = [
            Change(kind, record_id, data, gift=gift)
            for record_id, data in zip(ids, records, strict=True)
        ]
        with writing(self.server.store, self.vault()) as (writer, _):
            writer.apply(changes, LedgerEvent.RECORD_ADDED, dict)
        return ids

    def open(self, url: str) -> httpx.Response:
        """Open an address, and remember the token of its forms."""
        page = self.browser.get(url)
        self.csrf_token = next(iter(_TOKEN.findall(page.text)), self.csrf_token)
        return page

    def decide(self, url: str, action: str, **form: Any) -> httpx.Response:
        """Open a request, tick as `everything` does but for `form`, and press a button."""
        page = self.open(url)
        assert page.status_code == 200, page.text
        return self.press(page, url, action, **form)

    def press(self, page: httpx.Response, url: str, action: str, **form: Any) -> httpx.Response:
        """Press a button on the page of a request that has been opened before."""
        query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
        data = {
            **everything(page.text, **form),
            **query,
            "csrf_token": self.csrf_token,
            "action": action,
        }
        return self.browser.post(f"{ISSUER}/oauth/authorize", data=data)

    def decide_quietly(self, url: str) -> int:
        """Press "Allow" without looking at the page first; the status of the answer."""
        query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
        data = {"csrf_token": self.csrf_token, "action": "allow", "sellers": "*"}
        data |= {**query, "fields": "purchases.name", "categories": "*"}
        return self.browser.post(f"{ISSUER}/oauth/authorize", data=data).status_code

    def allow(self, url: str, **form: Any) -> str:
        """Allow a request and return the authorization code."""
        response = self.decide(url, "allow", **form)
        assert response.status_code == 303, response.text
        [code] = parse_qs(urlsplit(response.headers["Location"]).query)["code"]
        return code


_CHOICE = (
    "clusters", "fields", "sellers", "categories", "from", "to", "days", "gifts", "once"
)  # fmt: skip


def _inputs(page: str) -> list[tuple[dict[str, str], bool]]:
    """The inputs of a page's forms that say what is chosen, and whether each would be sent."""
    found = []
    for tag in re.findall(r"<input [^>]+>", page):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        sent = attributes.get("type") != "checkbox" or " checked" in tag
        if attributes.get("name") in _CHOICE:
            found.append((attributes, sent))
    return found


def ticked(page: str) -> dict[str, list[str]]:
    """What the page's form would send if it were submitted as it stands."""
    sent: dict[str, list[str]] = {}
    for attributes, sends in _inputs(page):
        if sends:
            sent.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for select in re.findall(r'<select [^>]*name="days".*?</select>', page, re.DOTALL):
        sent["days"] = re.findall(r'<option value="([^"]*)" selected', select)
    return sent


def everything(page: str, **instead: Any) -> dict[str, Any]:
    """What a person sends who ticks every cluster, and all sellers where that is a choice.

    Neither gifts nor once. Who says `instead` which fields ticks these and no cluster.
    """
    sent: dict[str, Any] = ticked(page)
    offered: dict[str, list[str]] = {}
    for attributes, _ in _inputs(page):
        offered.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    if "fields" not in instead:
        sent["clusters"] = offered.get("clusters", [])
    if "*" in offered.get("sellers", []):
        sent["sellers"] = ["*"]
    return sent | instead


def connected(server: Served, customer: Customer, **asked: str | None) -> VendorClient:
    """A vendor that has gone through the whole flow and holds tokens."""
    vendor = server.vendor()
    response = vendor.exchange(customer.allow(vendor.begin(**asked)))
    assert response.status_code == 200, response.text
    return vendor
