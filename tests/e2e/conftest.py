"""A real vault behind a real socket, and a real Chromium in front of it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from vault.composition import Services

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT = 10_000
"""Milliseconds until a browser gives up on what should be there."""
PASSPHRASE = "tulip harbour quartz violin"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "connectors"


@dataclass
class Site:
    """A vault that answers at `url`."""

    url: str
    services: Services

    def unlocked(self, browser: Browser, name: str = "anna", **options: object) -> Page:
        """A page of a browser in which a new customer has unlocked the vault."""
        self.services.customers.create(name, PASSPHRASE)
        return self.enter(browser, name, **options)

    def enter(self, browser: Browser, name: str = "anna", **options: object) -> Page:
        """A page of a new browser in which a customer has unlocked the vault."""
        context: BrowserContext = browser.new_context(base_url=self.url, **options)  # type: ignore[arg-type]
        token = self.services.sessions.unlock(name, PASSPHRASE).token
        context.add_cookies([{"name": "vault", "value": token, "url": self.url}])
        context.set_default_timeout(WAIT)
        return context.new_page()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """The application behind a socket of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", app.extensions["vault"])
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fresh(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of a browser that has never been here."""
    context = browser.new_context(base_url=site.url)
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()
