"""Passes: where a vendor's reading of one kind begins, what has closed since, where it goes on.

A token that carries the whole consent reads everything once, and then what changed. Tombstones are
written for the consent, by an owner's session that knows nothing of narrowed tokens: whether one of
those had shown what has closed, nobody can tell any more. So a narrowed token hears of nothing that
went, and when its pass is over its cursor begins the next one from the start.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from vault.domain.compartments import Kind
from vault.errors import InvalidInput
from vault.services.access.bearers import Bearer
from vault.services.access.releasing import Changes
from vault.storage import tombstones
from vault.storage.tombstones import Tombstone

TOMBSTONES = 5_000
"""How many tombstones a page looks at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vendor's pass stands: the change it has reached, and the vault's when it began.

    `reset` tells the vendor to drop what it holds.
    """

    after: int
    since: int
    reset: bool


def place(bearer: Bearer, vault: "Row[Any]", kind: Kind, cursor: str | None) -> Place:
    """Where to begin. A cursor of other terms or forgotten history begins anew."""
    if cursor is None:
        return Place(0, vault.change, reset=False)
    kind_number, edition, change, since = bearer.wire.open_cursor(cursor)
    if kind_number != int(kind.compartment):
        raise InvalidInput("this cursor belongs to another kind of record")
    # A first pass that is under way needs no tombstones from before it began. Beyond the counter
    # lies a future that a restored backup has taken back.
    known = vault.tombstones_from <= max(change, since) <= vault.change
    over = bearer.narrowed and change == 0
    if edition != bearer.edition or over or not known:
        return Place(0, vault.change, reset=True)
    return Place(change, since, reset=False)


def buried(conn: Connection, bearer: Bearer, kind: Kind, place: Place) -> list[Tombstone]:
    """What has closed since, oldest first, at most TOMBSTONES; of a narrowed token nothing."""
    if bearer.narrowed:
        return []
    grant_id, number = bearer.package.grant_id, int(kind.compartment)
    above = max(place.after, place.since)
    return tombstones.after(conn, bearer.vault_id, grant_id, number, above, TOMBSTONES)


def cursor(bearer: Bearer, kind: Kind, place: Place, page: Changes) -> str:
    """Where the next page begins; change 0 after a narrowed token's last page."""
    upto = 0 if bearer.narrowed and not page.more else page.upto
    return bearer.wire.seal_cursor(int(kind.compartment), bearer.edition, upto, place.since)
