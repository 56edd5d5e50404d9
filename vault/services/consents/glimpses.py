"""*What they will see*: the records that terms would release, shown to the customer beforehand."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection

from vault.crypto.wire import WireKey
from vault.domain.compartments import Kind
from vault.domain.facets import date_of
from vault.domain.terms import Terms
from vault.services.access.releasing import Release, Released
from vault.services.open_vault import OpenVault
from vault.storage import segments, vaults
from vault.storage.keyring import KeyRing
from vault.storage.store import Store

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a vendor will see of one kind: the latest records, and how many there are in all.

    `withheld` counts what the customer keeps back of that kind; it is for the customer alone.
    """

    items: list[dict[str, Any]]
    count: int
    withheld: int


class Glimpses:
    """Looks at a vault as a vendor would.

    Made by the code that answers vendors, with a ring that opens only what the grant's package
    would.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, vault: OpenVault, terms: Terms) -> dict[Kind, Glimpse]:
        """*What they will see*: the very records that these terms release now, kind by kind."""
        with self._releasing(vault, terms) as (conn, release):
            return {kind: _glimpse(conn, release, vault, kind) for kind in _read(terms)}

    def all(self, vault: OpenVault, terms: Terms) -> dict[str, list[dict[str, Any]]]:
        """Every record that these terms release now, in the order in which a vendor reads them.

        As the vendor receives it, but for `id`: the id on the wire is of the consent's own key.
        """
        with self._releasing(vault, terms) as (_, release):
            return {
                kind.plural: [_without_id(one.item) for one in release.visible(kind, 0, _SHOWN)]
                for kind in _read(terms)
            }

    @contextmanager
    def _releasing(self, vault: OpenVault, terms: Terms) -> Iterator[tuple[Connection, Release]]:
        with self._store.database.read() as conn:
            horizon = vaults.find(conn, vault.vault_id).change
            ring = KeyRing(vault.vault_id, vault.ring.only(terms.compartments()))
            yield conn, Release(conn, ring, terms, WireKey(os.urandom(32)), horizon)


def _read(terms: Terms) -> list[Kind]:
    """The kinds that have pages: license keys stand in the licenses."""
    return [kind for kind in terms.rules if kind is not Kind.LICENSE_KEY]


def _without_id(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "id"}


def _glimpse(conn: Connection, release: Release, vault: OpenVault, kind: Kind) -> Glimpse:
    count = 0

    def counted() -> Iterator[Released]:
        nonlocal count
        for count, one in enumerate(release.visible(kind, 0, _SHOWN), 1):  # noqa: B007
            yield one

    latest = nlargest(_SHOWN, counted(), key=lambda one: date_of(kind, one.record.data) or "")
    held = sum(
        segment.count
        for compartment in (kind.compartment, kind.gift_compartment)
        if compartment
        for segment in segments.heads(conn, vault.ring, compartment, release.horizon)
    )
    return Glimpse([one.item for one in latest], count, held - count)
