"""*What they will see*: the records that terms would release, shown to the customer beforehand."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection

from vault.crypto.wire import WireKey
from vault.domain.compartments import Kind
from vault.domain.terms import Terms, date_of
from vault.services.open_vault import OpenVault
from vault.services.releasing import Release, Released
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
    """Looks at a vault as a vendor would."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, vault: OpenVault, terms: Terms) -> dict[Kind, Glimpse]:
        """*What they will see*: the very records that these terms release now, kind by kind.

        It is made by the code that answers vendors, with a ring that opens only what the grant's
        package would.
        """
        with self._store.database.read() as conn:
            horizon = vaults.find(conn, vault.vault_id).change
            ring = KeyRing(vault.vault_id, vault.ring.only(terms.compartments()))
            wire = WireKey(os.urandom(32))
            release = Release(conn, ring, terms, wire, horizon)
            return {
                kind: self._glimpse(conn, release, vault, kind, horizon)
                for kind in terms.rules
                if kind is not Kind.LICENSE_KEY
            }

    def _glimpse(
        self, conn: Connection, release: Release, vault: OpenVault, kind: Kind, horizon: int
    ) -> Glimpse:
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
            for segment in segments.heads(conn, vault.ring, compartment, horizon)
        )
        return Glimpse([one.item for one in latest], count, held - count)
