"""Consents: what a vendor asks is shown, narrowed, allowed, watched and withdrawn here."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.hpke import KeyPair
from vault.crypto.wire import WireKey
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.requested import Request
from vault.domain.terms import Terms, date_of
from vault.errors import Conflict, InvalidInput, NotFound
from vault.services import renewal, requests
from vault.services.ending import end_grant
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.services.releasing import Release, Released
from vault.storage import clients, credentials, grants, holders, segments, vaults
from vault.storage.clients import Client
from vault.storage.credentials import Binding
from vault.storage.grants import Consent, GrantState
from vault.storage.keyring import KeyRing
from vault.storage.store import Store

CODE_SECONDS = 60
"""The life of an authorization code (FAPI 2.0, 5.3.2.1-11)."""

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a vendor will see of one kind: the latest records, and how many there are in all.

    `withheld` counts what the customer keeps back of that kind; it is for the customer alone.
    """

    items: list[dict[str, Any]]
    count: int
    withheld: int


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
    """The customer's decisions about vendors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def glimpse(self, vault: OpenVault, terms: Terms) -> dict[Kind, Glimpse]:
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

    def allow(
        self,
        vault: OpenVault,
        client: Client,
        request: Request,
        terms: Terms,
        binding: Mapping[str, Any],
        request_uri: str,
    ) -> str:
        """Give a consent; the authorization code that the vendor exchanges for its tokens.

        A key pair is made for the grant; its package is sealed to it, and its seed wrapped by the
        code alone: this server forgets it with this call. Terms beyond the request are refused.
        The request is spent with it: all or nothing, and InvalidRequestUri for a second decision.
        """
        if not terms.rules:
            raise InvalidInput("a consent needs at least one thing to share")
        _check_within(request, terms)
        code = Credential.generate(CredentialKind.AUTHORIZATION_CODE)
        now = self._store.clock()
        with self._store.database.write() as conn:
            requests.spend(conn, request_uri, now)
            vaults.lock(conn, vault.vault_id)
            ring = renewal.renew(conn, self._store, vault)
            recording = Recording(conn, self._store, vault.vault_id)
            consent, holder_id, seed = self._give(conn, ring, client, terms)
            credentials.add(
                conn,
                self._store.keys,
                code,
                seed,
                Binding(
                    vault.vault_id,
                    holder_id,
                    consent.grant_id,
                    client.client_id,
                    now + CODE_SECONDS,
                ),
                now=now,
                attributes=dict(binding),
            )
            recording.write(LedgerEvent.CONSENT_GIVEN, _event(consent))
        vault.ring = ring
        return code.text

    def _give(
        self, conn: Connection, ring: KeyRing, client: Client, terms: Terms
    ) -> tuple[Consent, bytes, bytes]:
        """Store a new consent with its first holder: the consent, the holder's id and its seed."""
        pair = KeyPair.generate()
        now = self._store.clock()
        grant_id = os.urandom(16)
        holder_id = holders.add_grant_holder(
            conn, ring.vault_id, grant_id, pair.public_key, terms.expires_at, now
        )
        consent = Consent(
            grant_id=grant_id,
            client_id=client.client_id,
            client_name=client.name,
            terms=terms,
            terms_version=1,
            wire_key=os.urandom(32),
            created_at=now,
            holders={holder_id.hex(): pair.public_key},
        )
        grants.add(conn, ring, consent)
        renewal.seal_packages(conn, self._store, ring, consent)
        return consent, holder_id, pair.seed

    def decline(self, vault: OpenVault, client: Client, request: Request, request_uri: str) -> None:
        """Refuse a request, which is spent with it; it stands in the ledger."""
        details = {
            "client": client.client_id,
            "clientName": client.name,
            "kinds": sorted(str(kind) for kind in request.kinds),
        }
        with self._store.database.write() as conn:
            requests.spend(conn, request_uri, self._store.clock())
            vaults.lock(conn, vault.vault_id)
            Recording(conn, self._store, vault.vault_id).write(LedgerEvent.CONSENT_REFUSED, details)

    def given(self, vault: OpenVault) -> list[GivenConsent]:
        """Every consent of the vault, newest first, ended ones included."""
        now = self._store.clock()
        with self._store.database.read() as conn:
            rows = grants.rows(conn, vault.vault_id)
            known = clients.find_any(conn, [row.client_id for row in rows])
            return [
                _given(row, grants.open_consent(conn, vault.ring, row), known, now) for row in rows
            ]

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


def _check_within(request: Request, terms: Terms) -> None:
    bound = request.grant(terms.rules, expires_at=terms.expires_at, once=terms.once)
    if bound != terms:
        raise InvalidInput("the consent goes beyond what was asked")


def _event(consent: Consent) -> dict[str, Any]:
    return {
        "grant": consent.grant_id.hex(),
        "client": consent.client_id,
        "clientName": consent.client_name,
        "terms": consent.terms.to_json(),
    }


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
