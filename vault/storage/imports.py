"""Imports: what was staged, kept and undone; what their files hold is sealed to the owner.

What an import repeated may be many megabytes: it is read by itself, and only where one is undone.
"""

from enum import IntEnum
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from vault.crypto.envelope import context
from vault.domain.compartments import Compartment
from vault.errors import NotFound
from vault.storage.keyring import KeyRing
from vault.storage.schema import imports


class ImportState(IntEnum):
    """The life of an import. Append-only."""

    PREVIEWED = 1
    CONFIRMED = 2
    FILED = 3
    UNDONE = 4


def _place(vault_id: bytes, import_id: bytes, epoch: int) -> bytes:
    return context("import", vault_id, import_id, epoch)


def _repeated_place(vault_id: bytes, import_id: bytes, epoch: int) -> bytes:
    return context("import/repeated", vault_id, import_id, epoch)


_ROW = [column for column in imports.columns if column is not imports.c.repeated]


def add(
    conn: Connection, ring: KeyRing, import_id: bytes, summary: dict[str, Any], now: int
) -> None:
    """Note a staged import; `summary` is what its preview shows."""
    conn.execute(
        insert(imports).values(
            vault_id=ring.vault_id,
            import_id=import_id,
            state=int(ImportState.PREVIEWED),
            created_at=now,
            **_sealed(ring, import_id, summary),
        )
    )


def _sealed(ring: KeyRing, import_id: bytes, summary: dict[str, Any]) -> dict[str, Any]:
    place = _place(ring.vault_id, import_id, ring.epoch(Compartment.ROOT))
    epoch, envelope = ring.seal(Compartment.ROOT, orjson.dumps(summary), place)
    return {"summary": envelope, "summary_epoch": epoch}


def gone() -> NotFound:
    """What to raise where a preview was thrown away."""
    return NotFound("This preview is gone: it is kept for an hour. Choose the file again.")


def find(
    conn: Connection, vault_id: bytes, import_id: bytes, missing: NotFound | None = None
) -> "Row[Any]":
    """An import's row; raises `missing`, or `gone()`, where this vault has none of that id."""
    row = conn.execute(
        select(*_ROW).where(imports.c.vault_id == vault_id, imports.c.import_id == import_id)
    ).first()
    if row is None:
        raise missing or gone()
    return row


def rows(conn: Connection, vault_id: bytes, *states: ImportState) -> "list[Row[Any]]":
    """The imports in some states, newest first."""
    return list(
        conn.execute(
            select(*_ROW)
            .where(imports.c.vault_id == vault_id, imports.c.state.in_([int(s) for s in states]))
            .order_by(imports.c.created_at.desc(), imports.c.import_id)
        )
    )


def open_summary(conn: Connection, ring: KeyRing, row: "Row[Any]") -> dict[str, Any]:
    """What the import's preview shows."""
    place = _place(ring.vault_id, row.import_id, row.summary_epoch)
    opened: dict[str, Any] = orjson.loads(
        ring.unseal(conn, Compartment.ROOT, row.summary_epoch, row.summary, place)
    )
    return opened


def set_values(conn: Connection, vault_id: bytes, import_id: bytes, **values: Any) -> None:
    """Change columns of an import's row."""
    conn.execute(
        update(imports)
        .where(imports.c.vault_id == vault_id, imports.c.import_id == import_id)
        .values(**values)
    )


def replace_summary(
    conn: Connection, ring: KeyRing, import_id: bytes, summary: dict[str, Any]
) -> None:
    """Seal another summary in its place."""
    set_values(conn, ring.vault_id, import_id, **_sealed(ring, import_id, summary))


def keep_repeated(
    conn: Connection, ring: KeyRing, import_id: bytes, repeated: bytes | None
) -> None:
    """Seal what an import repeated; None where it repeated nothing, or is undone."""
    values: dict[str, Any] = {"repeated": None, "repeated_epoch": None}
    if repeated is not None:
        place = _repeated_place(ring.vault_id, import_id, ring.epoch(Compartment.ROOT))
        epoch, envelope = ring.seal(Compartment.ROOT, repeated, place)
        values = {"repeated": envelope, "repeated_epoch": epoch}
    set_values(conn, ring.vault_id, import_id, **values)


def repeating(conn: Connection, vault_id: bytes, since: int) -> "list[Row[Any]]":
    """The imports filed at a change or later that repeated something, in the order of filing."""
    return list(
        conn.execute(
            select(*_ROW)
            .where(
                imports.c.vault_id == vault_id,
                imports.c.repeated_epoch.is_not(None),
                imports.c.filed_change >= since,
            )
            .order_by(imports.c.filed_change, imports.c.filed_at, imports.c.import_id)
        )
    )


def open_repeated(conn: Connection, ring: KeyRing, row: "Row[Any]") -> bytes:
    """What an import repeated, as `keep_repeated` was given it."""
    mine = imports.c.vault_id == ring.vault_id, imports.c.import_id == row.import_id
    envelope = conn.execute(select(imports.c.repeated).where(*mine)).scalar_one()
    place = _repeated_place(ring.vault_id, row.import_id, row.repeated_epoch)
    return ring.unseal(conn, Compartment.ROOT, row.repeated_epoch, envelope, place)


def drop(conn: Connection, vault_id: bytes, import_id: bytes) -> None:
    """Forget an import that was never filed."""
    conn.execute(
        delete(imports).where(imports.c.vault_id == vault_id, imports.c.import_id == import_id)
    )


def drop_previews(conn: Connection) -> None:
    """Forget every preview of every vault."""
    conn.execute(delete(imports).where(imports.c.state == int(ImportState.PREVIEWED)))


def sweep(conn: Connection, before: int) -> int:
    """Forget previews made before a moment; how many they were.

    Their items in the inbox go with the next `inbox.sweep`, in the same transaction.
    """
    gone = conn.execute(
        delete(imports).where(
            imports.c.state == int(ImportState.PREVIEWED), imports.c.created_at <= before
        )
    )
    return gone.rowcount
