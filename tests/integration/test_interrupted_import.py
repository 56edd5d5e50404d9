"""An import that was confirmed and then cut off is stored by the next visit."""

import re
from pathlib import Path

from flask import Flask

from vault.composition import Services
from vault.domain.compartments import Kind
from vault.services.records.lists import Query
from vault.storage import imports, inbox
from vault.storage.imports import ImportState

PASSPHRASE = "a sample passphrase"
FILE = Path(__file__).parents[1] / "fixtures/connectors/amazon/retail-2023/input.csv"


def test_unlocking_stores_what_was_cut_off(app: Flask) -> None:
    """Confirmed and not filed: after the customer unlocks, everything is there."""
    services: Services = app.extensions["vault"]
    services.customers.create("anna", PASSPHRASE)
    vault = services.sessions.unlock_once("anna", PASSPHRASE)
    preview = services.imports.stage(vault, [(FILE.name, FILE.read_bytes())])
    import_id = bytes.fromhex(preview.import_id)
    with services.store.database.write() as conn:
        inbox.confirm(conn, vault.vault_id, import_id)
        imports.set_values(conn, vault.vault_id, import_id, state=int(ImportState.CONFIRMED))
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/unlock").text)
    assert token is not None
    form = {"username": "anna", "passphrase": PASSPHRASE, "csrf_token": token[1]}
    assert client.post("/unlock", data=form).status_code == 303
    assert services.records.page(vault, Kind.PURCHASE, Query()).summary.count == 4
    assert [one.added for one in services.imports.history(vault)] == [6]
