"""`make demo` as a person goes through it: two processes on two host names, and a browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from demo import customer, history
from tests.e2e.ticking import tick_everything
from vault.connectors.sandbox import SandboxedParser

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
pytestmark = pytest.mark.timeout(240)


@dataclass
class Demo:
    """A demo that can be started and stopped; `port` is the vault's, the next is the vendor's."""

    home: Path
    port: int

    @property
    def vault(self) -> str:
        """The vault's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def vendor(self) -> str:
        """The vendor's address."""
        return f"http://localhost:{self.port + 1}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it, and stop it as Ctrl-C does."""
        process = subprocess.Popen(
            [sys.executable, "demo/run.py"],
            cwd=ROOT,
            env=os.environ | {"VAULT_HOME": str(self.home), "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            self._wait(process)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert customer.PASSPHRASE in said
        for address in (self.vault, self.vendor):
            with pytest.raises(httpx.TransportError):
                httpx.get(address)

    def _wait(self, process: subprocess.Popen[str]) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert process.poll() is None, process.communicate()
            try:
                if httpx.get(self.vendor).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("The vendor did not answer.")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo with a home and ports of its own; whoever runs it first has it make its history."""
    for port in range(20_000, 30_000, 2):
        try:
            for number in (port, port + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
        except OSError:
            continue
        return Demo(tmp_path_factory.mktemp("home") / "demo", port)
    raise AssertionError("There are no free ports.")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that has never been here."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def connect(demo: Demo, page: Page) -> None:
    """Go from the vendor's page to the vault, unlock, allow, and come back."""
    page.goto(demo.vendor)
    page.get_by_role("button", name="Connect your vault").click()
    page.get_by_label("Username").fill(customer.NAME)
    page.get_by_label("Passphrase", exact=True).fill(customer.PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    tick_everything(page)
    expect(page.get_by_role("region", name="What they will see")).to_contain_text("WW-60412")
    page.get_by_role("button", name="Allow").click()
    expect(page).to_have_url(f"{demo.vendor}/")


def press(page: Page, name: str) -> None:
    """Press a button and wait for the page that comes of it."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def counts(page: Page) -> tuple[int, int]:
    """How many purchases and invoices the vendor's page says that it has."""
    text = page.get_by_text(re.compile(r"\d+ purchases and \d+ invoices")).inner_text()
    purchases, invoices = re.findall(r"\d+", text)[:2]
    return int(purchases), int(invoices)


def test_a_customer_who_declines_is_left_in_peace(demo: Demo, page: Page) -> None:
    """Declining brings one back to the vendor, who has nothing; another time one may allow."""
    with demo.running():
        page.goto(demo.vendor)
        page.get_by_role("button", name="Connect your vault").click()
        page.get_by_label("Username").fill(customer.NAME)
        page.get_by_label("Passphrase", exact=True).fill(customer.PASSPHRASE)
        page.get_by_role("button", name="Unlock").click()
        page.get_by_role("button", name="Decline").click()
        expect(page.get_by_text("You allowed nothing")).to_be_visible()
        assert not (demo.home.with_name("demo-vendor") / "received.json").exists()


def test_the_demo_shows_what_a_vendor_sees(demo: Demo, page: Page) -> None:
    """It receives all but gifts; a gift takes its invoice along; withdrawn, nothing comes.

    In between the demo is stopped and started again, and has kept everything.
    """
    with demo.running():
        connect(demo, page)
        purchases, invoices = counts(page)
        assert (purchases, invoices) == (_lines_that_are_no_gifts(), 3)
        assert "Happy birthday" not in page.content()
        expect(page.get_by_role("cell", name="WW-60412")).to_be_visible()

        page.goto(f"{demo.vault}/purchases?q=child+seat")
        page.get_by_role("checkbox", name="Child seat").check()
        press(page, "Mark as gift")
        page.goto(demo.vendor)
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("Gone: Child seat")).to_be_visible()
        expect(page.get_by_text("Gone: WW-60412")).to_be_visible()
        expect(page.get_by_role("cell", name="WW-60412")).to_have_count(0)
        assert counts(page) == (purchases - 1, invoices - 1)

    with demo.running():
        page.goto(demo.vendor)
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("Nothing has changed.")).to_be_visible()
        page.goto(f"{demo.vault}/consents")
        press(page, "Withdraw")
        page.goto(demo.vendor)
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_text("The vault answers us no more")).to_be_visible()
        expect(page.get_by_role("button", name="Connect your vault")).to_be_visible()


def _lines_that_are_no_gifts() -> int:
    """Count the purchases of the demo's documents that are no gifts, by parsing them."""
    count = 0
    for name, content in documents():
        for lines in SandboxedParser().parse(name, content):
            count += sum(b'"kind":"purchase"' in one and b'"isGift"' not in one for one in lines)
    return count


def documents() -> Iterator[tuple[str, bytes]]:
    """The documents that the demo brings in."""
    yield from history.files()
    for path in (ROOT / "demo" / "documents").glob("*.*"):
        yield path.name, path.read_bytes()


def test_the_history_is_the_same_everywhere() -> None:
    """A few hundred lines over seven years, with gifts and cancelled rows, byte for byte alike."""
    older, newer = (content.decode() for _, content in history.files())
    assert list(history.files()) == list(history.files())
    assert 300 < older.count("\r\n") + newer.count("\r\n") < 500
    assert older.count("Cancelled") + newer.count("Cancelled") > 10
    assert newer.count("Happy birthday") + newer.count("new flat") + newer.count("Get well") > 5
    assert re.search(r"03/01/19", older)
    assert "2026-" in newer


def test_the_vendor_fits_on_a_few_pages() -> None:
    """The example to copy has fewer than 200 lines."""
    assert len((ROOT / "demo" / "vendor.py").read_text().splitlines()) < 200
