"""Requests in a customer's browser: shown, waiting, answered at either of their addresses."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.served import ISSUER, PASSPHRASE, Customer, everything
from vault.services.consents import requests


def refused(response: httpx.Response) -> bool:
    """Whether a page says that there is no such request, and leads nowhere."""
    assert "Location" not in response.headers, response.headers
    return response.status_code == 400 and "was answered already" in response.text


def begin_again(customer: Customer, passphrase: str = PASSPHRASE) -> None:
    """Unlock once more in the same browser."""
    opened = customer.server.services.sessions.unlock(customer.name, passphrase)
    customer.session = opened.token
    customer.browser.cookies.set("vault", opened.token, domain="127.0.0.1")


def elsewhere(customer: Customer) -> Customer:
    """The same customer in another browser."""
    session = customer.server.services.sessions.unlock(customer.name, PASSPHRASE).token
    return Customer(customer.server, customer.name, session)


def parameters(url: str) -> dict[str, str]:
    """What a vendor's address says."""
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def own_address(url: str) -> str:
    """The address that a request has in the vault of whoever was shown it."""
    request_id = requests.parse(parameters(url)["request_uri"]).request_id
    return f"{ISSUER}/requests/{request_id.hex()}"


def press(customer: Customer, url: str, action: str = "allow", **form: Any) -> httpx.Response:
    """Press a button of the page at an address, with everything ticked but for `form`."""
    page = customer.open(url)
    data = {"csrf_token": customer.csrf_token, "action": action} | everything(page.text, **form)
    return customer.browser.post(url, data=data | parameters(url))


def waiting(customer: Customer) -> int:
    """How many requests the list of consents shows."""
    return customer.open(f"{ISSUER}/consents").text.count('href="/requests/')
