"""Decisions: what a vendor asks for is allowed, narrowed or refused here, once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.hpke import KeyPair
from vault.domain.events import LedgerEvent
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.errors import InvalidInput
from vault.services import renewal
from vault.services.access import authorizations
from vault.services.consents import backchannel, blocking, pending
from vault.services.consents.pending import Backchannel, PendingRequest
from vault.services.consents.requests import InvalidRequestUri
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import auth_req_ids, credentials, notices, vaults
from vault.storage.bindings import Binding
from vault.storage.clients import Client
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
            ring = self._begin(conn, vault, request_id)
            consent, authorization = authorizations.authorize(
                conn, self._store, ring, client, request, terms, pair.public_key
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

    def approve(
        self,
        vault: OpenVault,
        client: Client,
        request: Request,
        terms: Terms,
        asked: PendingRequest,
    ) -> None:
        """Give or amend a consent that the vendor has asked for while the customer was away.

        As `allow`, but for the key pair, which was made with the request: the package is sealed to
        the public key that stands in it, and the seed waits in the `auth_req_id`'s wrap for the
        vendor's next poll. Raises InvalidRequestUri where that has ended.
        """
        _check(request, terms)
        away = _backchannel(asked)
        with self._store.database.write() as conn:
            ring = self._begin(conn, vault, asked.request_id)
            consent, authorization = authorizations.authorize(
                conn, self._store, ring, client, request, terms, away.public_key
            )
            place = (vault.vault_id, authorization.holder_id, consent.grant_id)
            now = self._store.clock()
            if not auth_req_ids.approve(conn, away.lookup, client.client_id, place, now):
                raise InvalidRequestUri("this request has expired or was replaced by another")
            self._noted(conn, vault, client)
        vault.ring = ring

    def _begin(self, conn: Connection, vault: OpenVault, request_id: bytes) -> KeyRing:
        """Use a request up and renew what is due, under the lock of the vault's row."""
        vaults.lock(conn, vault.vault_id)
        pending.spend(conn, vault.vault_id, request_id)
        return renewal.renew(conn, self._store, vault)

    def decline(
        self, vault: OpenVault, client: Client, request: Request, request_id: bytes
    ) -> None:
        """Refuse a request, which is spent with it; it stands in the ledger."""
        with self._store.database.write() as conn:
            self._refuse(conn, vault, client, request, request_id)

    def refuse(
        self,
        vault: OpenVault,
        client: Client,
        request: Request,
        asked: PendingRequest,
        *,
        block: bool = False,
    ) -> None:
        """Refuse what was asked while away: the vendor hears of it at its next poll.

        With `block` it may not ask so again, and hears nothing of that.
        """
        lookup = _backchannel(asked).lookup
        with self._store.database.write() as conn:
            self._refuse(conn, vault, client, request, asked.request_id)
            now, reason = self._store.clock(), auth_req_ids.DECLINED
            auth_req_ids.end(conn, lookup, client.client_id, reason, now)
            self._noted(conn, vault, client)
            if block:
                blocking.block(conn, self._store, vault.vault_id, client)

    def _noted(self, conn: Connection, vault: OpenVault, client: Client) -> None:
        """Whoever has answered a request has noticed it."""
        about = backchannel.asked_by(self._store, client.client_id, vault.name)
        notices.see_request(conn, vault.vault_id, about, self._store.clock())

    def _refuse(
        self,
        conn: Connection,
        vault: OpenVault,
        client: Client,
        request: Request,
        request_id: bytes,
    ) -> None:
        details = {
            "client": client.client_id,
            "clientName": client.name,
            "kinds": sorted(str(kind) for kind in request.kinds),
        }
        vaults.lock(conn, vault.vault_id)
        pending.spend(conn, vault.vault_id, request_id)
        Recording(conn, self._store, vault.vault_id).write(LedgerEvent.CONSENT_REFUSED, details)


def _backchannel(asked: PendingRequest) -> Backchannel:
    if asked.backchannel is None:
        raise InvalidRequestUri("this request came with a customer, and is answered through him")
    return asked.backchannel


def _check(request: Request, terms: Terms) -> None:
    if not terms.rules:
        raise InvalidInput("A consent needs at least one thing to share.")
    bound = request.grant(terms.rules, expires_at=terms.expires_at, once=terms.once)
    if bound != terms:
        raise InvalidInput("The consent goes beyond what was asked.")
