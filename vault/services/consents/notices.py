"""Notices: what a customer shall notice, with the names that only the open vault knows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from vault.domain.notices import NoticeKind
from vault.errors import NotFound
from vault.services.consents import backchannel
from vault.services.consents.pending import PendingRequest, PendingRequests
from vault.services.open_vault import OpenVault
from vault.storage import clients, grants, notices, vaults
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Notice:
    """One unseen notice; `at` in seconds since the epoch, ids in hex.

    `vendor` is empty where nothing tells any more who it was. `grant_id` is the consent that it is
    about, `request_id` the request that still waits.
    """

    notice_id: str
    kind: NoticeKind
    at: int
    vendor: str = ""
    grant_id: str = ""
    request_id: str = ""
    ends_at: int = 0


class Notices:
    """What waits for the customer's notice."""

    def __init__(self, store: Store, pending: PendingRequests) -> None:
        self._store = store
        self._pending = pending

    def unseen(self, vault: OpenVault) -> list[Notice]:
        """All of them, newest first."""
        with self._store.database.read() as conn:
            rows = notices.unseen(conn, vault.vault_id)
        asked = any(row.kind == NoticeKind.REQUEST for row in rows)
        waiting = self._asked(vault) if asked else {}
        with self._store.database.read() as conn:
            return [self._told(conn, vault, row, waiting) for row in rows]

    def note(self, vault: OpenVault, notice_ids: Iterable[str]) -> None:
        """Mark notices as seen."""
        try:
            ids = [bytes.fromhex(one) for one in notice_ids]
        except ValueError:
            raise NotFound("There is no such notice.") from None
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            notices.see(conn, vault.vault_id, ids, self._store.clock())

    def _asked(self, vault: OpenVault) -> dict[bytes, PendingRequest]:
        """What waits of vendors that asked while the customer was away, by what notices name."""
        return {
            backchannel.asked_by(self._store, one.client_id, vault.name): one
            for one in self._pending.waiting(vault, None)
        }

    def _told(
        self,
        conn: Connection,
        vault: OpenVault,
        row: "Row[Any]",
        waiting: dict[bytes, PendingRequest],
    ) -> Notice:
        notice = Notice(row.notice_id.hex(), NoticeKind(row.kind), row.at)
        if notice.kind is not NoticeKind.REQUEST:
            return _of_grant(conn, vault, notice, row.grant_id)
        pending = waiting.get(row.grant_id)
        if pending is None:
            return notice
        client = clients.find_any(conn, [pending.client_id]).get(pending.client_id)
        name = client.name if client else pending.client_id
        return replace(notice, vendor=name, request_id=pending.request_id.hex())


def _of_grant(conn: Connection, vault: OpenVault, notice: Notice, grant_id: bytes) -> Notice:
    """By the sealed record: whoever can write to the database shall not rename a vendor."""
    try:
        row = grants.find(conn, vault.vault_id, grant_id)
    except NotFound:
        return notice
    consent = grants.open_consent(conn, vault.ring, row)
    client = clients.find_any(conn, [consent.client_id]).get(consent.client_id)
    name = client.name if client else consent.client_name
    return replace(notice, vendor=name, grant_id=grant_id.hex(), ends_at=row.expires_at)
