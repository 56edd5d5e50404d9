"""The inbox: what is written while nobody can read, or is not yet to be kept.

One HPKE operation seals the key of an item, which holds many records. Anyone could seal to a
public key, so each sealed key also carries the server's outer envelope, bound to its place: an
item planted by one who can only write to the database is never filed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, delete, exists, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from vault.crypto import aead
from vault.crypto.envelope import context
from vault.crypto.hpke import seal_to
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment
from vault.storage import epochs
from vault.storage.epochs import WritingKey
from vault.storage.keyring import KeyRing
from vault.storage.rewrapping import Rewrapped, outdated
from vault.storage.schema import blocked_vendors, imports, inbox, vaults

PREVIEW_SECONDS = 3_600
"""How long a preview waits to be confirmed before it is swept."""


class Origin(IntEnum):
    """Where an item came from. Append-only."""

    IMPORT = 1
    PUSH = 2
    REQUEST = 3
    SHEET = 4


class ItemState(IntEnum):
    """What is to happen to an item. Append-only."""

    PREVIEWED = 1
    CONFIRMED = 2


class InboxWriter:
    """Writes items of one origin, all sealed to the key that the vault has now."""

    def __init__(
        self,
        conn: Connection,
        keys: ServerKeys,
        vault_id: bytes,
        origin: Origin,
        origin_id: bytes,
    ) -> None:
        self._keys = keys
        self._vault_id = vault_id
        self._origin = origin
        self._origin_id = origin_id
        self._epoch, self._public_key = epochs.writing_key(conn, keys, vault_id, Compartment.INBOX)

    def write(
        self, conn: Connection, ordinal: int, content: bytes, *, now: int, expires_at: int | None
    ) -> bytes:
        """Seal one item under a key of its own and add it; its id."""
        item_id = os.urandom(16)
        place = (
            self._vault_id, int(self._origin), self._origin_id, ordinal, item_id, self._epoch,
        )  # fmt: skip
        times = {"created_at": now, "expires_at": expires_at}
        sealed = _sealed(self._keys, self._public_key, content, place)
        conn.execute(insert(inbox).values(**sealed, **times))
        return item_id


class RequestWriter:
    """Writes requests of one vendor to a vault that may not be there, or may not want them.

    Whether there is such a vault, and whether it blocks the vendor, is asked within the statement
    that stores a request: the work is the same in every case, and neither an error nor an early
    return tells one from the other.
    """

    def __init__(self, keys: ServerKeys, to: WritingKey, client_id: str) -> None:
        self._keys, self._to = keys, to
        blocked = exists().where(
            blocked_vendors.c.vault_id == to.vault_id, blocked_vendors.c.client_id == client_id
        )
        self._wanted = (exists().where(vaults.c.vault_id == to.vault_id), ~blocked)

    def write(
        self,
        conn: Connection,
        request_id: bytes,
        ordinal: int,
        content: bytes,
        *,
        now: int,
        expires_at: int,
    ) -> None:
        """Seal one request, and store it where it is wanted."""
        to = self._to
        place = (to.vault_id, int(Origin.REQUEST), request_id, ordinal, os.urandom(16), to.epoch)
        sealed = _sealed(self._keys, to.public_key, content, place)
        row = {**sealed, "created_at": now, "expires_at": expires_at}
        values = [literal(value, inbox.c[name].type) for name, value in row.items()]
        # On PostgreSQL a vault may be erased while the statement runs, and then it is missed.
        with suppress(IntegrityError), conn.begin_nested():
            conn.execute(insert(inbox).from_select(list(row), select(*values).where(*self._wanted)))


def _sealed(
    keys: ServerKeys, public_key: bytes, content: bytes, place: tuple[bytes | int, ...]
) -> dict[str, Any]:
    """The columns of an item for its place, sealed under a key of its own."""
    vault_id, origin, origin_id, ordinal, item_id, epoch = place
    key = aead.generate_key()
    packed = zstandard.ZstdCompressor(level=1).compress(content)
    inner = seal_to(public_key, key, context("inbox key", *place))
    return {
        "vault_id": vault_id,
        "item_id": item_id,
        "origin": origin,
        "origin_id": origin_id,
        "ordinal": ordinal,
        "state": int(ItemState.PREVIEWED),
        "epoch": epoch,
        "sealed_key": keys.seal(inner, context("inbox key/outer", *place)),
        "payload": aead.seal(key, packed, context("inbox item", *place)),
    }


def _place(row: "Row[Any]") -> tuple[bytes | int, ...]:
    return (row.vault_id, row.origin, row.origin_id, row.ordinal, row.item_id, row.epoch)


def rewrap(conn: Connection, keys: ServerKeys, vault_id: bytes) -> Rewrapped:
    """Seal the outer layer of a vault's item keys with the server's newest key."""
    done = Rewrapped()
    wanted = [
        column for column in inbox.c if column.name not in ("payload", "created_at", "expires_at")
    ]
    old = (inbox.c.vault_id == vault_id, outdated(inbox.c.sealed_key, keys))
    for row in conn.execute(select(*wanted).where(*old)):
        where = context("inbox key/outer", *_place(row))
        wrapped = done.again(keys, row.sealed_key, where)
        if wrapped is not None:
            one = (inbox.c.vault_id == vault_id, inbox.c.item_id == row.item_id)
            conn.execute(update(inbox).where(*one).values(sealed_key=wrapped))
    return done


def open_item(conn: Connection, keys: ServerKeys, ring: KeyRing, row: "Row[Any]") -> bytes:
    """The content of an item; Unopenable where it was planted, moved or altered."""
    place = _place(row)
    inner = keys.unseal(row.sealed_key, context("inbox key/outer", *place))
    pair = ring.key_pair(conn, Compartment.INBOX, row.epoch)
    key = pair.unseal(inner, context("inbox key", *place))
    packed = aead.unseal(key, row.payload, context("inbox item", *place))
    return zstandard.ZstdDecompressor().decompress(packed)


def contents(
    conn: Connection, keys: ServerKeys, ring: KeyRing, origin_id: bytes
) -> Iterator[bytes]:
    """The contents of all items of one origin, in order, one at a time."""
    ids = conn.execute(
        select(inbox.c.item_id)
        .where(inbox.c.vault_id == ring.vault_id, inbox.c.origin_id == origin_id)
        .order_by(inbox.c.ordinal)
    ).all()
    for (item_id,) in ids:
        row = conn.execute(
            select(inbox).where(inbox.c.vault_id == ring.vault_id, inbox.c.item_id == item_id)
        ).one()
        yield open_item(conn, keys, ring, row)


def of_origin(
    conn: Connection, vault_id: bytes, origin: Origin, origin_id: bytes | None = None
) -> "list[Row[Any]]":
    """A vault's rows of one origin, or of one thing of that origin; oldest first."""
    limits = [inbox.c.vault_id == vault_id, inbox.c.origin == int(origin)]
    if origin_id is not None:
        limits.append(inbox.c.origin_id == origin_id)
    return list(conn.execute(select(inbox).where(*limits).order_by(inbox.c.created_at)))


def confirm(conn: Connection, vault_id: bytes, origin_id: bytes) -> None:
    """Keep the items of an origin until they are filed."""
    conn.execute(
        update(inbox)
        .where(inbox.c.vault_id == vault_id, inbox.c.origin_id == origin_id)
        .values(state=int(ItemState.CONFIRMED), expires_at=None)
    )


def drop(conn: Connection, vault_id: bytes, origin_id: bytes) -> int:
    """Erase the items of an origin: they were filed, or are not wanted."""
    gone = conn.execute(
        delete(inbox).where(inbox.c.vault_id == vault_id, inbox.c.origin_id == origin_id)
    )
    return gone.rowcount


def take(conn: Connection, vault_id: bytes, origin: Origin, origin_id: bytes) -> int:
    """Erase the rows of one thing; how many they were: of parallel takers one sees them."""
    these = (
        inbox.c.vault_id == vault_id,
        inbox.c.origin == int(origin),
        inbox.c.origin_id == origin_id,
    )
    return conn.execute(delete(inbox).where(*these)).rowcount


def ids_after(conn: Connection, vault_id: bytes, origin_id: bytes, ordinal: int) -> list[bytes]:
    """The items of an origin that came after one of them."""
    these = (inbox.c.vault_id == vault_id, inbox.c.origin_id == origin_id)
    found = conn.execute(select(inbox.c.item_id).where(*these, inbox.c.ordinal > ordinal))
    return [bytes(item_id) for (item_id,) in found]


def drop_items(conn: Connection, vault_id: bytes, ids: list[bytes]) -> None:
    """Erase some items: their document was refused half way."""
    for item_id in ids:
        conn.execute(delete(inbox).where(inbox.c.vault_id == vault_id, inbox.c.item_id == item_id))


def drop_unconfirmed(conn: Connection) -> None:
    """Erase what nobody has confirmed, in every vault: previews, and vendors' requests."""
    unconfirmed = inbox.c.expires_at.is_not(None) | (inbox.c.origin == int(Origin.REQUEST))
    conn.execute(delete(inbox).where(unconfirmed))


def sweep(conn: Connection, now: int) -> int:
    """Erase items whose hour is over; how many they were.

    An import's items are older than its preview, which may be confirmed for an hour from the last
    of them: while its row stands they stay, so that none is ever filed in part.
    """
    previewed = exists().where(
        imports.c.vault_id == inbox.c.vault_id, imports.c.import_id == inbox.c.origin_id
    )
    over = (inbox.c.expires_at <= now) & ~previewed
    return conn.execute(delete(inbox).where(over)).rowcount
