"""Which sellers the customer has said to be one, or not to be: each answer sealed to the owner."""

import os
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from vault.crypto.envelope import context
from vault.domain.compartments import Compartment
from vault.storage.keyring import KeyRing
from vault.storage.schema import seller_links


def _place(vault_id: bytes, link_id: bytes, epoch: int) -> bytes:
    return context("seller link", vault_id, link_id, epoch)


def add(conn: Connection, ring: KeyRing, stated: dict[str, Any], now: int) -> bytes:
    """Keep an answer; its id."""
    link_id = os.urandom(16)
    place = _place(ring.vault_id, link_id, ring.epoch(Compartment.CONNECTIONS))
    epoch, sealed = ring.seal(Compartment.CONNECTIONS, orjson.dumps(stated), place)
    row = {"vault_id": ring.vault_id, "link_id": link_id, "epoch": epoch, "sealed": sealed}
    conn.execute(insert(seller_links).values(**row, created_at=now))
    return link_id


def kept(conn: Connection, ring: KeyRing) -> list[tuple[bytes, dict[str, Any]]]:
    """Every answer with its id, the oldest first."""
    rows = conn.execute(
        select(seller_links)
        .where(seller_links.c.vault_id == ring.vault_id)
        .order_by(seller_links.c.created_at, seller_links.c.link_id)
    ).all()
    return [(row.link_id, _opened(conn, ring, row)) for row in rows]


def _opened(conn: Connection, ring: KeyRing, row: Any) -> dict[str, Any]:
    place = _place(ring.vault_id, row.link_id, row.epoch)
    plain = ring.unseal(conn, Compartment.CONNECTIONS, row.epoch, row.sealed, place)
    stated: dict[str, Any] = orjson.loads(plain)
    return stated


def drop(conn: Connection, vault_id: bytes, link_id: bytes) -> int:
    """Forget an answer; how many that were."""
    these = (seller_links.c.vault_id == vault_id, seller_links.c.link_id == link_id)
    return conn.execute(delete(seller_links).where(*these)).rowcount
