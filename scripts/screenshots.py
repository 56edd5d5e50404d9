"""Pictures for the documents, taken of the running demo: `make screenshots`.

Starts the demo in a folder of its own, goes through it in a real Chromium as its customer would,
and writes `docs/img/*.png`. Nothing of an existing demo or vault is touched.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from demo import customer

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "img"
_DESK: ViewportSize = {"width": 1360, "height": 900}
_PHONE: ViewportSize = {"width": 360, "height": 740}
_START_SECONDS = 90


def main() -> int:
    """Take all pictures; the exit code."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        sys.stderr.write("screenshots: there is no Chromium on this machine\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        _demo(Path(folder)) as (vault, vendor),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _desk(browser, vault, vendor)
        _phone(browser, vault)
        browser.close()
    return 0


def _desk(browser: Browser, vault: str, vendor: str) -> None:
    """The way from home to a consent and its dashboard, on a desk."""
    page = browser.new_page(viewport=_DESK, color_scheme="light", locale="en-GB")
    _unlock(page, vault)
    _take(page, "home")
    page.goto(vendor)
    page.get_by_role("link", name="Connect your vault").or_(
        page.get_by_role("button", name="Connect your vault")
    ).first.click()
    page.get_by_role("heading", name="What they will see").wait_for()
    for box in page.locator('input[name="clusters"]').all():
        box.check()
    page.get_by_label("All sellers").check()
    page.wait_for_timeout(1_500)  # the preview follows by itself
    _take(page, "consent", whole=True)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{vendor}/**")
    page.goto(f"{vault}/consents")
    _take(page, "consents")


def _phone(browser: Browser, vault: str) -> None:
    """Home in a pocket, at night."""
    page = browser.new_page(viewport=_PHONE, color_scheme="dark", locale="zh-CN")
    page.goto(f"{vault}/unlock")
    page.locator('input[name="username"]').fill(customer.NAME)
    page.locator('input[name="passphrase"]').fill(customer.PASSPHRASE)
    page.locator('form button[type="submit"]').first.click()
    page.wait_for_url(f"{vault}/")
    _take(page, "home-phone")


def _unlock(page: Page, vault: str) -> None:
    page.goto(f"{vault}/unlock")
    page.get_by_label("Username").fill(customer.NAME)
    page.get_by_label("Passphrase").fill(customer.PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_url(f"{vault}/")


def _take(page: Page, name: str, *, whole: bool = False) -> None:
    page.screenshot(path=IMAGES / f"{name}.png", full_page=whole, animations="disabled")
    sys.stdout.write(f"docs/img/{name}.png\n")


@contextmanager
def _demo(home: Path) -> Iterator[tuple[str, str]]:
    """Run the demo on free ports: the addresses of its vault and of its vendor."""
    port = _free_port()
    environment = os.environ | {"VAULT_HOME": str(home / "demo"), "PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "demo/run.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            vendor = f"http://localhost:{port + 1}"
            _wait_for(vendor, process)
            yield f"http://127.0.0.1:{port}", vendor
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _free_port() -> int:
    """A port that is free, and its next one too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError("the demo did not start")


if __name__ == "__main__":
    sys.exit(main())
