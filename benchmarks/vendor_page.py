"""A vendor's page of 100 purchases: the full path against the same page in clear.

Ours: DPoP proof, token, package, decryption, terms, ledger entry, one sync worker of gunicorn.
Plaintext: token, rows, JSON. In between: that, a filter by field, and a durable audit row.
"""

import itertools
import secrets
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

from benchmarks.measure import Burst, Served, alternate, compared, free_port
from benchmarks.prepared import Prepared, prepared

LINES = 1_000
PATH = "/api/v1/purchases"
_PLAIN_TOKEN = "plain-token"  # noqa: S105 - it opens made-up data
_CREATE = """
CREATE TABLE tokens (hashed BLOB PRIMARY KEY, owner INTEGER, expires_at INTEGER);
CREATE TABLE records (owner INTEGER, number INTEGER, body BLOB, PRIMARY KEY (owner, number))
  WITHOUT ROWID;
CREATE TABLE audit (number INTEGER PRIMARY KEY, at INTEGER, owner INTEGER, items BLOB);
"""

Request = tuple[str, Mapping[str, str]]


class Vendor:
    """Reads a vault's pages with a fresh proof for each request."""

    def __init__(self, home: Prepared, server: Served, base_url: str) -> None:
        """Get consent and a token from a new customer with `LINES` purchases."""
        self._home, self._server, self._base_url = home, server, base_url
        self._key = ECKey.generate_key("P-256")
        self._jwk = self._key.as_dict(private=False)
        vault = home.customer("vendor-page", LINES)
        self._client_id, self._token, self._refresh = home.grant(vault, self._key)
        self.items: list[dict[str, Any]] = []
        self._paths = itertools.cycle(list(self._walk()))

    def _walk(self) -> Iterator[str]:
        """Read everything once; the address of each full page."""
        path = PATH
        while True:
            page = orjson.loads(self._server.get(path, self._headers()))
            self.items += page["items"]
            if not page["has_more"]:
                return
            yield path
            path = f"{PATH}?cursor={page['next_cursor']}"

    def _headers(self) -> dict[str, str]:
        claims = {
            "htm": "GET",
            "htu": self._base_url + PATH,
            "iat": int(time.time()),
            "jti": secrets.token_urlsafe(16),
            "ath": urlsafe_b64encode(sha256(self._token.encode()).digest()).rstrip(b"=").decode(),
            "nonce": self._home.services.proofs.nonces.current(),
        }
        proof = jwt.encode({"alg": "ES256", "typ": "dpop+jwt", "jwk": self._jwk}, claims, self._key)
        return {"Authorization": f"DPoP {self._token}", "DPoP": proof}

    def burst(self, size: int) -> Burst:
        """So many pages; the proofs are signed before the clock starts."""
        issued = self._home.services.tokens.refresh(
            self._refresh, self._client_id, self._key.thumbprint()
        )
        self._token = issued.access_token
        return self._server.burst([(next(self._paths), self._headers()) for _ in range(size)])


def _plain(items: list[dict[str, Any]], path: Path, *, audit: bool) -> Served:
    """The floor with the same records."""
    database = sqlite3.connect(path)
    database.executescript(_CREATE)
    rows = [(1, number, orjson.dumps(item)) for number, item in enumerate(items, 1)]
    database.executemany("INSERT INTO records VALUES (?, ?, ?)", rows)
    hashed = sha256(_PLAIN_TOKEN.encode()).digest()
    database.execute("INSERT INTO tokens VALUES (?, 1, ?)", (hashed, int(time.time()) + 86_400))
    database.commit()
    database.close()
    fields = " ".join(sorted({name for item in items for name in item}))
    environment = {"PLAIN_DATABASE": str(path), "PLAIN_FIELDS": fields}
    environment |= {"PLAIN_AUDIT": "1"} if audit else {}
    return Served("benchmarks.plain_app:app", free_port(), environment)


def _plain_requests(size: int) -> list[Request]:
    headers = {"Authorization": f"Bearer {_PLAIN_TOKEN}"}
    pages = LINES // 100
    return [(f"{PATH}?cursor={number % pages * 100}", headers) for number in range(size)]


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """The full path, the intermediate floor and the plain page in turn."""
    rounds, size = (6, 100) if quick else (25, 200)
    with ExitStack() as stack:
        port = free_port()
        home = stack.enter_context(prepared(port))
        server = Served("benchmarks.vault_app:app", port, home.environment)
        stack.callback(server.close)
        vendor = Vendor(home, server, home.services.settings.base_url)
        folder = Path(home.environment["VAULT_HOME"])
        plain = _plain(vendor.items, folder / "plain.db", audit=False)
        stack.callback(plain.close)
        audited = _plain(vendor.items, folder / "audited.db", audit=True)
        stack.callback(audited.close)
        requests = _plain_requests(size)
        taken = alternate(
            {
                "vault": lambda: vendor.burst(size),
                "plaintext with filter and audit row": lambda: audited.burst(requests),
                "plaintext": lambda: plain.burst(requests),
            },
            rounds,
        )
    return [compared("A vendor's page of 100 purchases", "page", taken) | {"aim": "plaintext: 0.5"}]
