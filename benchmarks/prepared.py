"""A vault to measure: made in a temporary folder, filled through the real importer."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import ECKey

from benchmarks import history
from vault.composition import Services, compose
from vault.crypto.kdf import PassphraseKdf
from vault.domain.requested import Request
from vault.services.open_vault import OpenVault
from vault.services.vendors.vendors import Registration
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database

PASSPHRASE = "a passphrase for measuring"  # noqa: S105 - of made-up data
_CHEAP = PassphraseKdf(memory_kib=64, iterations=1)


@dataclass(frozen=True)
class Prepared:
    """A vault's home with its services."""

    environment: dict[str, str]
    services: Services

    def customer(self, name: str, lines: int = 0) -> OpenVault:
        """A new customer, with so many purchases."""
        self.services.customers.create(name, PASSPHRASE)
        vault = self.services.sessions.unlock_once(name, PASSPHRASE)
        if lines:
            self.bring_in(vault, history.amazon(lines))
        return vault

    def bring_in(self, vault: OpenVault, content: bytes) -> None:
        """Import a file as a customer does: preview, then all of it."""
        preview = self.services.imports.stage(vault, [("history.csv", content)])
        self.services.imports.confirm(vault, preview.import_id)

    def grant(self, vault: OpenVault, key: ECKey) -> tuple[str, str, str]:
        """Allow a new vendor every purchase; its client id, access and refresh token."""
        jwks = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
        client, _ = self.services.vendors.register(
            Registration("Bench", ("http://localhost:9/callback",), jwks=jwks)
        )
        request = Request.parse("purchases:read")
        terms = request.grant(request.rules, expires_at=int(time.time()) + 86_400)
        uri, _ = self.services.requests.push(client.client_id, {})
        asked = self.services.pending.show(vault, uri, client.client_id, bytes(32))
        code = self.services.decisions.allow(vault, client, request, terms, {}, asked.request_id)
        issued = self.services.redemption.redeem(
            code, client.client_id, lambda _: None, key.thumbprint()
        )
        return client.client_id, issued.access_token, issued.refresh_token or ""


@contextmanager
def prepared(port: int = 8000) -> Iterator[Prepared]:
    """A home with tables and keys, gone at the end; passphrases are derived cheaply."""
    folder = Path(tempfile.mkdtemp(prefix="vault-bench-"))
    environment = {"VAULT_HOME": str(folder), "PORT": str(port)}
    settings = Settings.from_environment(environment)
    database = Database(settings.database_url)
    migrate.upgrade(database)
    database.close()
    services = compose(settings, _CHEAP)
    try:
        yield Prepared(environment, services)
    finally:
        services.store.database.close()
        shutil.rmtree(folder)
