"""Consents: what vendors may see is listed, let go on and withdrawn here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault.domain.events import LedgerEvent
from vault.domain.terms import Terms
from vault.errors import Conflict, NotFound
from vault.services import renewal
from vault.services.ending import end_grant
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import clients, grants, vaults
from vault.storage.clients import Client
from vault.storage.consent_records import Consent
from vault.storage.grants import GrantState
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A consent as its customer sees it; times in seconds since the epoch."""

    grant_id: str
    client_id: str
    client_name: str
    verified: bool
    state: GrantState
    terms: Terms
    created_at: int
    ended_at: int | None
    last_read_at: int | None
    reads: int


class Consents:
    """The consents of a vault."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def given(self, vault: OpenVault) -> list[GivenConsent]:
        """Every consent of the vault, newest first, ended ones included."""
        now = self._store.clock()
        with self._store.database.read() as conn:
            rows = grants.rows(conn, vault.vault_id)
            known = clients.find_any(conn, [row.client_id for row in rows])
            return [
                _given(row, grants.open_consent(conn, vault.ring, row), known, now) for row in rows
            ]

    def standing(self, vault: OpenVault, client_id: str) -> GivenConsent | None:
        """The consent that a vendor has now: a new request of its would amend that."""
        given = (one for one in self.given(vault) if one.client_id == client_id)
        return next((one for one in given if one.state in grants.LIVE), None)

    def withdraw(self, vault: OpenVault, grant_id: str) -> None:
        """Withdraw a consent: done when this returns; NotFound for another vault's."""
        self.withdraw_by_id(vault.vault_id, grant_id)

    def withdraw_by_id(self, vault_id: bytes, grant_id: str) -> bool:
        """Withdraw a consent without opening the vault: nothing needs its keys.

        False where it had ended before.
        """
        with self._store.database.write() as conn:
            ended = end_grant(conn, self._store, vault_id, _id(grant_id), GrantState.WITHDRAWN)
        # The erased wraps must not linger in SQLite's log.
        self._store.database.checkpoint()
        return ended

    def resume(self, vault: OpenVault, grant_id: str) -> None:
        """Let a consent go on that a restore has suspended.

        Epochs that are due are renewed first, as before any of the owner's writes. NotFound for
        another vault's, Conflict for one that is not suspended or whose time is over.
        """
        wanted, now = _id(grant_id), self._store.clock()
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            row = grants.find(conn, vault.vault_id, wanted)
            ring = renewal.renew(conn, self._store, vault)
            recording = Recording(conn, self._store, vault.vault_id)
            if row.expires_at <= now or not grants.resume(conn, vault.vault_id, wanted):
                raise Conflict("this consent is not waiting to be confirmed")
            details = {"grant": wanted.hex(), "client": row.client_id}
            recording.write(LedgerEvent.CONSENT_RESUMED, details)
        vault.ring = ring


def _given(row: Any, consent: Consent, known: Mapping[str, Client], now: int) -> GivenConsent:
    # By the sealed record, not by the row: whoever can write there shall not rename a vendor.
    client = known.get(consent.client_id)
    state = GrantState(row.state)
    if state in grants.LIVE and row.expires_at <= now:
        state = GrantState.EXPIRED
    return GivenConsent(
        grant_id=row.grant_id.hex(),
        client_id=consent.client_id,
        client_name=client.name if client else consent.client_name,
        verified=bool(client and client.verified),
        state=state,
        terms=consent.terms,
        created_at=row.created_at,
        ended_at=row.ended_at,
        last_read_at=row.last_read_at,
        reads=row.reads,
    )


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("there is no such consent") from None
