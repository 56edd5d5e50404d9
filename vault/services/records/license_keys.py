"""A license's keys: records of their own in a compartment of their own, linked to the license."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from vault.domain.compartments import Compartment, Kind
from vault.domain.relations import link_to
from vault.services.changes import Change
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord

CARRIED = ("name", "seller", "orderNumber", "invoiceNumber")
"""What a key that is added by hand says of its license."""


def keys_of(now: Snapshot, stored: StoredRecord) -> list[StoredRecord]:
    """The key records of a license, by hand or imported; empty for any other record."""
    if stored.compartment.kind is not Kind.LICENSE:
        return []
    wanted = link_to(stored.record_id.hex())
    linked = now.read(
        bytes.fromhex(line.record_id)
        for line in now.manifest(Compartment.LICENSE_KEYS, Compartment.GIFTS_LICENSE_KEYS)
        if wanted in line.tokens
    )
    return list(linked.values())


def stray_keys(now: Snapshot) -> frozenset[str]:
    """The ids in hex of the keys whose license is not in the vault."""
    keys = list(now.manifest(Compartment.LICENSE_KEYS, Compartment.GIFTS_LICENSE_KEYS))
    places = (Compartment.LICENSES, Compartment.GIFTS_LICENSES) if keys else ()
    licenses = {link_to(line.record_id) for line in now.manifest(*places)}
    return frozenset(line.record_id for line in keys if licenses.isdisjoint(line.tokens))


def with_keys(
    kind: Kind,
    record_id: bytes,
    data: dict[str, Any],
    keys: Sequence[str],
    old: StoredRecord | None = None,
) -> Iterator[Change]:
    """A record, and the keys of a license as records of their own in a compartment of their own.

    A key carries the license's numbers, so that whatever hides the license hides the key; and its
    name, so that one can tell whose it is once an undone import took the license away.
    """
    ids = [os.urandom(16) for key in keys if key.strip()]
    if ids:
        linked = [*data.get("links", ()), *(one.hex() for one in ids)]
        data = {**data, "links": linked, "hasKey": True}
    gift = old.is_gift if old else bool(data.get("isGift"))
    yield Change(kind, record_id, data, old=old, gift=gift)
    stated: dict[str, Any] = {name: data[name] for name in CARRIED if name in data}
    texts = [key.strip() for key in keys if key.strip()]
    for key_id, key in zip(ids, texts, strict=True):
        sealed = {**stated, "key": key, "links": [record_id.hex()]}
        yield Change(Kind.LICENSE_KEY, key_id, sealed, gift=gift)
