"""Decisions: what a vendor asks for is allowed, narrowed or refused here, once."""

from collections.abc import Mapping
from typing import Any

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.hpke import KeyPair
from vault.domain.events import LedgerEvent
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.errors import InvalidInput
from vault.services import authorizations, pending, renewal
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import credentials, vaults
from vault.storage.clients import Client
from vault.storage.credentials import Binding
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
        request_id: bytes,
    ) -> str:
        """Give a consent, or amend the one that stands; the code that the vendor exchanges.

        A key pair is made for the authorization; its package is sealed to it, and its seed wrapped
        by the code alone: this server forgets it with this call. Terms beyond the request are
        refused. The request is spent with it: all or nothing, and InvalidRequestUri for a second
        decision.
        """
        _check(request, terms)
        code, pair = Credential.generate(CredentialKind.AUTHORIZATION_CODE), KeyPair.generate()
        now = self._store.clock()
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            pending.spend(conn, vault.vault_id, request_id)
            ring = renewal.renew(conn, self._store, vault)
            consent, authorization = authorizations.authorize(
                conn, self._store, ring, client, terms, pair.public_key
            )
            place = Binding(
                vault.vault_id,
                authorization.holder_id,
                consent.grant_id,
                client.client_id,
                now + CODE_SECONDS,
            )
            keys, bound_to = self._store.keys, dict(binding)
            credentials.add(conn, keys, code, pair.seed, place, now=now, attributes=bound_to)
        vault.ring = ring
        return code.text

    def decline(
        self, vault: OpenVault, client: Client, request: Request, request_id: bytes
    ) -> None:
        """Refuse a request, which is spent with it; it stands in the ledger."""
        details = {
            "client": client.client_id,
            "clientName": client.name,
            "kinds": sorted(str(kind) for kind in request.kinds),
        }
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            pending.spend(conn, vault.vault_id, request_id)
            Recording(conn, self._store, vault.vault_id).write(LedgerEvent.CONSENT_REFUSED, details)


def _check(request: Request, terms: Terms) -> None:
    if not terms.rules:
        raise InvalidInput("a consent needs at least one thing to share")
    bound = request.grant(terms.rules, expires_at=terms.expires_at, once=terms.once)
    if bound != terms:
        raise InvalidInput("the consent goes beyond what was asked")
