"""Sheets that are kept, sealed, while the customer may still say what their columns mean.

A file is taken apart when it comes in, and then it is gone. A sheet is the exception: for the hour
of its preview it lies in the inbox as it came, under an id that stands in the preview.
"""

import os
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from vault.errors import NotFound
from vault.services.importing.parsing import Content
from vault.services.open_vault import OpenVault
from vault.storage import inbox
from vault.storage.inbox import PREVIEW_SECONDS, InboxWriter, Origin
from vault.storage.store import Store

_PART = 4 * 1024 * 1024


def hold(store: Store, vault: OpenVault, content: Content) -> str:
    """Keep a file for an hour; its id, or "" for one that can be read only once."""
    parts = _again(content)
    if parts is None:
        return ""
    held_id = os.urandom(16)
    with store.database.read() as conn:
        writer = InboxWriter(conn, store.keys, vault.vault_id, Origin.SHEET, held_id)
    for ordinal, part in enumerate(parts, 1):
        now = store.clock()
        with store.database.write() as conn:
            writer.write(conn, ordinal, part, now=now, expires_at=now + PREVIEW_SECONDS)
    return held_id.hex()


def _again(content: Content) -> Iterator[bytes] | None:
    """The parts of a file that was read already; None where it cannot be read once more."""
    if isinstance(content, bytes | memoryview):
        return (bytes(content[start : start + _PART]) for start in range(0, len(content), _PART))
    if not hasattr(content, "seek") or not hasattr(content, "read"):
        return None
    content.seek(0)
    return iter(lambda: content.read(_PART), b"")


def parts(store: Store, vault: OpenVault, held: str) -> Iterator[bytes]:
    """The file again, part by part; NotFound once its hour is over."""
    found = False
    with store.database.read() as conn:
        for part in inbox.contents(conn, store.keys, vault.ring, bytes.fromhex(held)):
            found = True
            yield part
    if not found:
        raise NotFound("This preview is gone: it is kept for an hour. Choose the file again.")


def drop(conn: Connection, vault_id: bytes, files: list[dict[str, Any]]) -> None:
    """Erase what was held for the documents of an import."""
    for held in {str(one.get("held") or "") for one in files} - {""}:
        inbox.drop(conn, vault_id, bytes.fromhex(held))
