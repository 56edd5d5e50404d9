"""Decisions: what a vendor asks for is allowed, narrowed or refused here, once."""

import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.hpke import KeyPair
from vault.domain.events import LedgerEvent
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.errors import InvalidInput
from vault.services import renewal, requests
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import credentials, grants, holders, vaults
from vault.storage.clients import Client
from vault.storage.credentials import Binding
from vault.storage.grants import Consent
from vault.storage.keyring import KeyRing
from vault.storage.store import Store

CODE_SECONDS = 60
"""The life of an authorization code (FAPI 2.0, 5.3.2.1-11)."""


class Decisions:
    """The customer's answers to vendors' requests."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
