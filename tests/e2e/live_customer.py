"""A customer of a running vault, who decides in a browser that is only an HTTP client."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.command import orders
from tests.e2e.live import LiveVault
from tests.served import everything

PASSPHRASE = "tulip harbour quartz violin"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass
class LiveCustomer:
    """A customer with a vault and an unlocked session."""

    vault: LiveVault
    browser: httpx.Client
    name: str = "anna"

    def move_in(self, folder: Path) -> None:
        """Create the vault, import a file of five purchases, one a gift, and unlock."""
        file = orders(folder / "orders.csv")
        for command in (("customer", "create", self.name), ("import", self.name, str(file))):
            done = self.vault.run(*command, stdin=f"{PASSPHRASE}\n{PASSPHRASE}\n")
            assert done.returncode == 0, done.stderr
        form = {
            "username": self.name,
            "passphrase": PASSPHRASE,
            "csrf_token": self._open("/unlock"),
        }
        unlocked = self.browser.post(f"{self.vault.url}/unlock", data=form)
        assert unlocked.is_redirect, unlocked.text

    def allow(self, url: str) -> str:
        """Open a vendor's request, tick everything, allow it, and return where that leads."""
        while (page := self.browser.get(url)).status_code == httpx.codes.SEE_OTHER:
            url = f"{self.vault.url}{page.headers['Location']}"
        assert page.status_code == httpx.codes.OK, page.text
        query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
        form = {**everything(page.text), **query, "action": "allow"}
        form["csrf_token"] = _TOKEN.findall(page.text)[0]
        answer = self.browser.post(f"{self.vault.url}/oauth/authorize", data=form)
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        return answer.headers["Location"]

    def _open(self, path: str) -> str:
        page = self.browser.get(f"{self.vault.url}{path}")
        return str(_TOKEN.findall(page.text)[0])
