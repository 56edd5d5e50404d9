"""The tables, as SQLAlchemy Core metadata: one place that says what the database may know.

In clear stand user names, client ids, which grant exists between whom, kinds and compartments of
rows, times, sizes and counts. Everything else is an envelope (docs/format.md). All customer data
has ``vault_id`` first in its primary key; ``credentials`` is the directory from a look-up value
to the vault that it opens. Times are whole seconds since the epoch, UTC.
"""

from vault.storage.schema.base import metadata
from vault.storage.schema.consents import blocked_vendors, grants, notices, receipts
from vault.storage.schema.keys import compartments, credentials, entrusted, holders, vaults
from vault.storage.schema.ledger import ledger, refusals
from vault.storage.schema.records import (
    batches,
    column_maps,
    imports,
    inbox,
    records,
    segments,
    seller_links,
    tombstones,
)
from vault.storage.schema.vendors import clients, replays, vendor_invitations

__all__ = [
    "batches",
    "blocked_vendors",
    "clients",
    "column_maps",
    "compartments",
    "credentials",
    "entrusted",
    "grants",
    "holders",
    "imports",
    "inbox",
    "ledger",
    "metadata",
    "notices",
    "receipts",
    "records",
    "refusals",
    "replays",
    "segments",
    "seller_links",
    "tombstones",
    "vaults",
    "vendor_invitations",
]
