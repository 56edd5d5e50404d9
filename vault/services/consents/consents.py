"""Consents: what vendors may see is listed, let go on and withdrawn here."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row

from vault.domain import read_days
from vault.domain.events import LedgerEvent
from vault.domain.read_days import Counts, DayOfReads
from vault.domain.terms import Terms
from vault.errors import Conflict
from vault.services import alterations, renewal
from vault.services.access import authorizations
from vault.services.ending import end_grant
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import clients, credentials, grants, vaults
from vault.storage.clients import Client
from vault.storage.consent_records import Consent
from vault.storage.grants import GrantState
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A consent as its customer sees it; times in seconds since the epoch.

    `reads` counts all reads, `days` those of the last 90 days by day (UTC). `changed_at` says when
    the customer last allowed something else; `waiting` is that, until the vendor takes it up.
    `deleted_at` is when the vendor of an ended consent said that it has deleted what it held.
    """

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
    days: Counts = field(default_factory=dict)
    changed_at: int | None = None
    waiting: Terms | None = None
    deleted_at: int | None = None

    @property
    def records(self) -> int:
        """How many records it has read, each as often as it was read."""
        return read_days.records_in_all(self.days)

    def by_day(self, now: int) -> list[DayOfReads]:
        """Its reads on each of the last 90 days, oldest first."""
        return read_days.by_day(self.days, dt.datetime.fromtimestamp(now, dt.UTC).date())


class Consents:
    """The consents of a vault."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def given(self, vault: OpenVault) -> list[GivenConsent]:
        """Every consent of the vault, newest first, ended ones included."""
        with self._store.database.read() as conn:
            return self._given(conn, vault, grants.rows(conn, vault.vault_id))

    def one(self, vault: OpenVault, grant_id: str) -> GivenConsent:
        """One consent, an ended one too; NotFound for another vault's."""
        with self._store.database.read() as conn:
            row = grants.find(conn, vault.vault_id, grants.id_of(grant_id))
            return self._given(conn, vault, [row])[0]

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
        wanted = grants.id_of(grant_id)
        with self._store.database.write() as conn:
            ended = end_grant(conn, self._store, vault_id, wanted, GrantState.WITHDRAWN)
        # The erased wraps must not linger in SQLite's log.
        self._store.database.checkpoint()
        return ended

    def resume(self, vault: OpenVault, grant_id: str) -> None:
        """Let a consent go on that was suspended: by a restore, or by an alteration from outside.

        Epochs that are due are renewed first, as before any of the owner's writes, and then it gets
        its keys. NotFound for another vault's, Conflict for one that is not suspended or whose time
        is over, or where something was altered since the customer looked.
        """
        wanted, now = grants.id_of(grant_id), self._store.clock()
        if alterations.found(self._store, vault.vault_id):
            raise Conflict("Something was altered outside your vault: look at your consents again.")
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            row = grants.find(conn, vault.vault_id, wanted)
            ring = renewal.renew(conn, self._store, vault)
            recording = Recording(conn, self._store, vault.vault_id)
            if row.expires_at <= now or not grants.resume(conn, vault.vault_id, wanted):
                raise Conflict("This consent is not waiting to be confirmed.")
            consent = grants.open_consent(conn, ring, row)
            consent = renewal.settled(conn, ring, consent)
            renewal.seal_packages(conn, self._store, ring, consent)
            details = {"grant": wanted.hex(), "client": row.client_id}
            recording.write(LedgerEvent.CONSENT_RESUMED, details)
        vault.ring = ring

    def _given(
        self, conn: Connection, vault: OpenVault, rows: "Sequence[Row[Any]]"
    ) -> list[GivenConsent]:
        now = self._store.clock()
        known = clients.find_any(conn, [row.client_id for row in rows])
        changed = grants.changed(conn, vault.vault_id)
        found = []
        for row in rows:
            consent = grants.open_consent(conn, vault.ring, row)
            consent = authorizations.held(conn, vault.vault_id, consent, now)
            given = _given(row, consent, known, now)
            waiting = given.state in grants.LIVE
            found.append(
                replace(
                    given,
                    changed_at=changed.get(row.grant_id),
                    waiting=_waiting(conn, vault.vault_id, consent, now) if waiting else None,
                )
            )
        return found


def _given(
    row: "Row[Any]", consent: Consent, known: Mapping[str, Client], now: int
) -> GivenConsent:
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
        days=row.days,
        deleted_at=row.deleted_at,
    )


def _waiting(conn: Connection, vault_id: bytes, consent: Consent, now: int) -> Terms | None:
    """What was allowed beside the terms in force, if the vendor can still take it up."""
    others = [one for one in consent.authorizations if one is not consent.in_force]
    if not others:
        return None
    used = credentials.led_to(conn, vault_id, consent.grant_id, now)
    return next((one.terms for one in reversed(others) if one.holder_id in used), None)
