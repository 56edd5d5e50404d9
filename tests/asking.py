"""Vendors that ask customers who are away, and those customers' pages."""

import re
from typing import Any

import httpx

from tests.served import ISSUER, Customer, Served, everything
from tests.vendor_client import VendorClient


def verified(server: Served, name: str = "Shop") -> VendorClient:
    """A vendor whom the operator has verified."""
    vendor = server.vendor(name)
    server.services.vendors.verify(vendor.client_id, ["CDW"])
    return vendor


def asked(vendor: VendorClient, name: str = "anna", **changes: str | None) -> str:
    """Ask, and return the `auth_req_id`."""
    response = vendor.ask(name, **changes)
    assert response.status_code == 200, response.text
    auth_req_id: str = response.json()["auth_req_id"]
    return auth_req_id


def waiting(customer: Customer) -> list[str]:
    """The addresses of the requests that the customer's page lists."""
    page = customer.open(f"{ISSUER}/consents").text
    return [ISSUER + path for path in re.findall(r'href="(/requests/[0-9a-f]{32})"', page)]


def press(customer: Customer, url: str, action: str, **form: Any) -> httpx.Response:
    """Open a request and press a button, with everything ticked but for `form`."""
    page = customer.open(url)
    assert page.status_code == 200, page.text
    data = {"csrf_token": customer.csrf_token, "action": action} | everything(page.text, **form)
    return customer.browser.post(url, data=data)


def allow(customer: Customer, **form: Any) -> None:
    """Allow the one request that waits."""
    [url] = waiting(customer)
    assert press(customer, url, "allow", **form).status_code == 303


def refusal(response: httpx.Response) -> str:
    """The error of a refused call."""
    assert response.status_code == 400, response.text
    error: str = response.json()["error"]
    return error
