"""The demo's customer: a vault whose data came through the real importers, and some by hand."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from demo import history
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Conflict
from vault.services.open_vault import OpenVault
from vault.services.records.lists import Query

NAME = "robin"
PASSPHRASE = "seven herons over the mill pond"  # noqa: S105 - printed for all to read
_DOCUMENTS = Path(__file__).parent / "documents"

_PREFERENCES: list[dict[str, Any]] = [
    {"subject": "Coffee", "topic": "like", "value": "whole beans, light roast"},
    {"subject": "Shoes", "topic": "size", "value": "42 EU"},
    {"subject": "Telephone calls", "topic": "contact", "value": "never", "strength": "never"},
    {"subject": "What I bought", "topic": "recommendation", "value": "no", "strength": "never"},
    {"subject": "Something is sold out", "topic": "substitution", "value": "ask me first"},
]


def prepare(services: Services) -> None:
    """Make the sample customer with everything it has; adds nothing that is there already."""
    with suppress(Conflict):  # A start that was interrupted half way goes on here.
        services.customers.create(NAME, PASSPHRASE)
    vault = services.sessions.unlock_once(NAME, PASSPHRASE)
    for name, content in _files():
        preview = services.imports.stage(vault, [(name, content)])
        if any(one.new or one.changed for one in preview.files):
            services.imports.confirm(vault, preview.import_id)
        else:
            services.imports.discard(vault, preview.import_id)
    _add(services, vault, Kind.LICENSE, list(_licenses()))
    _add(services, vault, Kind.PREFERENCE, _PREFERENCES)


def _files() -> Iterator[tuple[str, bytes]]:
    yield from history.files()
    for path in sorted(_DOCUMENTS.iterdir()):
        if path.is_file():
            yield path.name, path.read_bytes()


def _add(services: Services, vault: OpenVault, kind: Kind, records: list[dict[str, Any]]) -> None:
    if not services.records.page(vault, kind, Query(limit=1)).lines:
        for record in records:
            services.records.add(vault, kind, record)


def _licenses() -> Iterator[dict[str, Any]]:
    """Licenses that run out soon, later and never, seen from today."""
    today = dt.datetime.now(dt.UTC).date()

    def on(days: int) -> str:
        return (today + dt.timedelta(days=days)).isoformat()

    yield {
        "name": "Drawing Board Studio",
        "publisher": "Inkwell",
        "seller": {"name": "CDW"},
        "agreementNumber": "AG-4471",
        "metric": "seats",
        "quantityOwned": "5",
        "quantityUsed": "4",
        "ownedFrom": on(-340),
        "ownedThrough": on(25),
        "keys": ["DEMO1-STUDIO-KEY00-0001X"],
    }
    yield {
        "name": "Ledgerline Accounting",
        "publisher": "Ledgerline",
        "seller": {"name": "Ledgerline"},
        "metric": "users",
        "quantityOwned": "2",
        "quantityUsed": "2",
        "ownedFrom": on(-200),
        "ownedThrough": on(165),
        "keys": ["DEMO2-LEDGER-0002"],
    }
    yield {
        "name": "Type Foundry Complete",
        "publisher": "Quay Type",
        "seller": {"name": "Quay Type"},
        "metric": "perpetual",
        "quantityOwned": "1",
        "ownedFrom": on(-1500),
        "maintenanceEnd": on(80),
    }
