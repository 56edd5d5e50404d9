"""Asking a customer who is away, in the manner of OpenID CIBA Core 1.0's poll mode.

A vendor names a customer and learns nothing from it: the same is done, and the same said, whether
there is a customer of that name or not, and whether he has blocked the vendor. A key pair is made
at once, its seed wrapped under the `auth_req_id`; the request goes with the public key into the
customer's inbox, under the server's seal; approval seals the package to that key. A vendor that
polls learns of the answer, and of nothing before it.
"""

import hmac
from collections.abc import Mapping

import orjson
from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair
from vault.domain.narrowing import Narrowing
from vault.errors import InvalidInput, Refused
from vault.services.access import presented
from vault.services.access.issuing import Issued
from vault.services.access.presented import InvalidGrant
from vault.services.access.redemption import REDEEMED, Redemption
from vault.services.consents import pending
from vault.services.consents.pending import Backchannel, PendingRequest
from vault.services.customers import customers
from vault.storage import (
    auth_req_ids,
    clients,
    credentials,
    epochs,
    inbox,
    notices,
    vaults,
)
from vault.storage.bindings import Binding
from vault.storage.credentials import CredentialRow
from vault.storage.store import Store

INTERVAL = 5
"""Seconds that a vendor waits between two polls, at least."""

_ID_LENGTH = 16


class AuthorizationPending(InvalidInput):
    """The customer has not answered yet (OpenID CIBA Core, section 11)."""

    code = "authorization_pending"


class SlowDown(InvalidInput):
    """The customer has not answered yet, and the vendor asks too often (section 11)."""

    code = "slow_down"


class ExpiredToken(InvalidInput):
    """The customer has not answered in time, or the vendor not come for it (section 11)."""

    code = "expired_token"


class AccessDenied(InvalidInput):
    """The customer has declined or withdrawn, or the vendor has asked anew (section 11)."""

    code = "access_denied"


def asked_by(store: Store, client_id: str, name: str) -> bytes:
    """What the notice is about that a vendor has asked the customer of a user name.

    It is the same for each of its requests: asking again writes no second notice.
    """
    return _keyed(store, "away/notice", client_id, name)


def _keyed(store: Store, label: str, *parts: bytes | str) -> bytes:
    """16 bytes that only this server can tell to belong together with what they are made of.

    A new server key gives others: a request from before its rotation is then not found by the
    next one, and both wait until they are answered or expire.
    """
    key = store.keys.derive("requests while away")
    return hmac.digest(key, context(label, *parts), "sha256")[:_ID_LENGTH]


class AwayRequests:
    """Takes vendors' requests to customers who are away, and tells the vendors the answers."""

    def __init__(self, store: Store, redemption: Redemption) -> None:
        self._store = store
        self._redemption = redemption
        # Sealed to for names that nobody has.
        self._decoy = epochs.decoy(store.keys)

    def ask(
        self, client_id: str, login_hint: str, parameters: Mapping[str, str], seconds: int
    ) -> str:
        """Ask the customer of a user name; the `auth_req_id` to poll with for some seconds.

        What the vendor has asked of that name before and was not answered yet ends with it. Raises
        InvalidInput for a text that can be nobody's user name.
        """
        name = customers.check_name(login_hint)
        credential, pair = Credential.generate(CredentialKind.AUTH_REQ_ID), KeyPair.generate()
        now = self._store.clock()
        request = PendingRequest(
            request_id=_keyed(self._store, "away/request", credential.lookup),
            client_id=client_id,
            parameters=dict(parameters),
            created_at=now,
            expires_at=now + seconds,
            browser=None,
            backchannel=Backchannel(pair.public_key, credential.lookup),
        )
        with self._store.database.write() as conn:
            self._write(conn, name, request, credential, pair.seed)
        return credential.text

    def _write(
        self,
        conn: Connection,
        name: str,
        request: PendingRequest,
        credential: Credential,
        seed: bytes,
    ) -> None:
        """Replace the former request. No statement depends on who is asked, or on who blocks whom.

        A vendor's requests wait for one another, so that two at once leave one.
        """
        store, client_id = self._store, request.client_id
        if not clients.lock(conn, client_id):
            raise Refused("This vendor is registered no longer.")
        tag = _keyed(self._store, "away/tag", client_id, name)
        found = vaults.find_by_name(conn, name)
        to = epochs.writing_key_alike(
            conn, store.keys, found.vault_id if found else None, self._decoy
        )
        for lookup in auth_req_ids.unanswered(conn, client_id, tag):
            inbox.drop(conn, to.vault_id, _keyed(self._store, "away/request", lookup))
            auth_req_ids.end(conn, lookup, client_id, auth_req_ids.REPLACED, request.created_at)
        binding = Binding(grant_id=tag, client_id=client_id, expires_at=request.expires_at)
        credentials.add(conn, store.keys, credential, seed, binding, now=request.created_at)
        inbox.RequestWriter(store.keys, to, client_id).write(
            conn,
            request.request_id,
            pending.WHILE_AWAY,
            orjson.dumps(request.to_json()),
            now=request.created_at,
            expires_at=request.expires_at,
        )
        about = asked_by(store, client_id, name)
        notices.add_request(conn, to.vault_id, client_id, about, request.created_at)

    def poll(
        self, auth_req_id: str, client_id: str, jkt: str | None, narrowing: Narrowing | None = None
    ) -> Issued:
        """The tokens that the customer's approval gives, once (section 10.1).

        Raises AuthorizationPending, SlowDown, ExpiredToken, AccessDenied, or InvalidGrant for what
        is unknown, another client's or used up. Using one up a second time ends nothing: it has
        never passed through a browser, and polls may cross.
        """
        kind = CredentialKind.AUTH_REQ_ID
        credential, row = presented.find(self._store, kind, auth_req_id, client_id)
        self._check(row)
        if row.vault_id is None:
            raise self._unanswered(row)
        return self._redemption.collect(credential, row, jkt, narrowing)

    def _check(self, row: CredentialRow) -> None:
        if row.end_reason == REDEEMED:
            raise InvalidGrant("this auth_req_id has been used")
        if row.expires_at <= self._store.clock():
            raise ExpiredToken("the time in which this could be answered, and fetched, is over")
        if row.ended_at is not None:
            raise AccessDenied("the request was declined, withdrawn, or replaced by another")

    def _unanswered(self, row: CredentialRow) -> InvalidInput:
        with self._store.database.write() as conn:
            in_time = auth_req_ids.polled(conn, row, self._store.clock(), INTERVAL)
        if in_time:
            return AuthorizationPending("the customer has not answered yet")
        return SlowDown(f"the customer has not answered yet; wait {INTERVAL} seconds between polls")
