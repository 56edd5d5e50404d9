"""Pending requests: what a vendor asks waits in the customer's inbox until it is answered.

A pushed request belongs to whoever holds its URI. Its first display to an open vault takes the URI
and seals the request to that vault, for an hour: reading slowly, locking or changing the passphrase
loses nothing, while no other vault, browser or client finds it again.
"""

import base64
import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Row

from vault.crypto.credentials import Credential
from vault.errors import Refused, Tampered, Unopenable
from vault.services.consents import requests
from vault.services.consents.requests import InvalidRequestUri
from vault.services.open_vault import OpenVault
from vault.storage import credentials, inbox, vaults
from vault.storage.credentials import CredentialRow
from vault.storage.inbox import InboxWriter, Origin
from vault.storage.store import Store

LIFETIME = 3_600
"""Seconds from the first display."""
MOST = 20
"""How many wait for one vault; of those bound to a browser the oldest gives way."""

WHILE_AWAY, IN_A_BROWSER = 0, 1
"""The ordinal of an item says, under the server's seal, how it came. Append-only."""

_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")
_log = structlog.get_logger("vault.pending")


@dataclass(frozen=True, slots=True)
class Backchannel:
    """How the answer reaches a vendor that asked while the customer was away (CIBA).

    `public_key` is the grant's, to seal its package to; `lookup` finds the `auth_req_id`.
    """

    public_key: bytes = field(repr=False)
    lookup: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """One request that waits; times in seconds since the epoch.

    `parameters` are the vendor's. `browser` is what `browser_of` gives for the cookie of the one
    browser that may answer; None where `backchannel` says that no browser had brought it.
    """

    request_id: bytes
    client_id: str
    parameters: dict[str, str] = field(repr=False)
    created_at: int
    expires_at: int
    browser: bytes | None = field(repr=False)
    backchannel: Backchannel | None = None

    def is_for(self, browser: bytes | None) -> bool:
        """Whether it may be shown in a browser."""
        if self.backchannel is not None:
            return True
        if self.browser is None or browser is None:
            return False
        return hmac.compare_digest(self.browser, browser)

    def to_json(self) -> dict[str, Any]:
        """The request as JSON, with bytes in base64, to be sealed; its id stands beside it."""
        away = self.backchannel
        return {
            "client": self.client_id,
            "parameters": self.parameters,
            "createdAt": self.created_at,
            "expiresAt": self.expires_at,
            "browser": _text(self.browser) if self.browser is not None else None,
            "backchannel": {"publicKey": _text(away.public_key), "lookup": _text(away.lookup)}
            if away is not None
            else None,
        }

    @classmethod
    def from_json(cls, request_id: bytes, data: dict[str, Any]) -> "PendingRequest":
        """The request that `to_json` wrote."""
        away, browser = data["backchannel"], data["browser"]
        return cls(
            request_id=request_id,
            client_id=data["client"],
            parameters=data["parameters"],
            created_at=data["createdAt"],
            expires_at=data["expiresAt"],
            browser=base64.b64decode(browser) if browser is not None else None,
            backchannel=Backchannel(
                base64.b64decode(away["publicKey"]), base64.b64decode(away["lookup"])
            )
            if away is not None
            else None,
        )


def browser_of(cookie: str | None) -> bytes | None:
    """What a request is bound to: the SHA-256 of a browser's cookie; None for what is none."""
    if cookie is None or not _COOKIE.fullmatch(cookie):
        return None
    return sha256(cookie.encode()).digest()


def write(conn: Connection, store: Store, vault_id: bytes, pending: PendingRequest) -> None:
    """Seal a request into a vault's inbox. The caller holds the lock of the vault's row."""
    _make_room(conn, vault_id, pending.created_at)
    writer = InboxWriter(conn, store.keys, vault_id, Origin.REQUEST, pending.request_id)
    writer.write(
        conn,
        WHILE_AWAY if pending.backchannel is not None else IN_A_BROWSER,
        orjson.dumps(pending.to_json()),
        now=pending.created_at,
        expires_at=pending.expires_at,
    )


def spend(conn: Connection, vault_id: bytes, request_id: bytes) -> None:
    """Use a request up, in its decision's own transaction: a second decision is refused whole.

    The caller holds the lock of the vault's row. Raises InvalidRequestUri.
    """
    if inbox.take(conn, vault_id, Origin.REQUEST, request_id) != 1:
        raise _gone()


class PendingRequests:
    """What waits for the customer's answer.

    Whatever is not to be found is refused alike: another vault's, another client's or another
    browser's request, one that has expired or was answered, an item planted or altered.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def show(
        self, vault: OpenVault, request_uri: str, client_id: str, browser: bytes
    ) -> PendingRequest:
        """The request of a URI: at first display it is moved into the vault, then found there.

        Raises InvalidRequestUri.
        """
        credential = requests.parse(request_uri)
        with self._store.database.read() as conn:
            row = credentials.find(conn, credential)
        pending = None
        if row is not None and row.client_id == client_id and row.live(self._store.clock()):
            pending = self._begin(vault, row, credential, browser)
        if pending is None:
            pending = self.find(vault, credential.request_id, browser)
        if pending.client_id != client_id:
            raise _gone()
        return pending

    def find(self, vault: OpenVault, request_id: bytes, browser: bytes | None) -> PendingRequest:
        """A request that waits for this vault and may be shown here; raises InvalidRequestUri."""
        with self._store.database.read() as conn:
            rows = inbox.of_origin(conn, vault.vault_id, Origin.REQUEST, request_id)
            pending = self._open(conn, vault, rows[0]) if len(rows) == 1 else None
        if pending is None or not self._waits(pending, browser):
            raise _gone()
        return pending

    def waiting(self, vault: OpenVault, browser: bytes | None) -> list[PendingRequest]:
        """All that may be answered in this browser, oldest first."""
        with self._store.database.read() as conn:
            rows = inbox.of_origin(conn, vault.vault_id, Origin.REQUEST)
            opened = [self._open(conn, vault, row) for row in rows]
        return [one for one in opened if one is not None and self._waits(one, browser)]

    def _begin(
        self, vault: OpenVault, row: CredentialRow, credential: Credential, browser: bytes
    ) -> PendingRequest | None:
        """Take the URI and seal its request to the vault; None where another display came first."""
        now = self._store.clock()
        parameters = requests.unsealed(self._store.keys, row, credential)
        pending = PendingRequest(
            request_id=credential.request_id,
            client_id=row.client_id or "",
            parameters=parameters,
            created_at=now,
            expires_at=now + LIFETIME,
            browser=browser,
        )
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            if not credentials.take(conn, row, "shown", now):
                return None
            write(conn, self._store, vault.vault_id, pending)
        return pending

    def _waits(self, pending: PendingRequest, browser: bytes | None) -> bool:
        """Its time is read from what is sealed: the row's could be written by a thief."""
        return pending.expires_at > self._store.clock() and pending.is_for(browser)

    def _open(self, conn: Connection, vault: OpenVault, row: "Row[Any]") -> PendingRequest | None:
        """What an item holds; None where it was planted, moved or altered."""
        try:
            content = inbox.open_item(conn, self._store.keys, vault.ring, row)
        except (Unopenable, Tampered, Refused) as error:
            _log.warning("request_unopenable", code=error.code)
            return None
        return PendingRequest.from_json(bytes(row.origin_id), orjson.loads(content))


def _make_room(conn: Connection, vault_id: bytes, now: int) -> None:
    """Drop the oldest requests bound to a browser, so that one more makes at most `MOST`."""
    rows = inbox.of_origin(conn, vault_id, Origin.REQUEST)
    live = [row for row in rows if row.expires_at is None or row.expires_at > now]
    beyond = max(0, len(live) - MOST + 1)
    may_go = [bytes(row.item_id) for row in live if row.ordinal == IN_A_BROWSER]
    inbox.drop_items(conn, vault_id, may_go[:beyond])


def _gone() -> InvalidRequestUri:
    return InvalidRequestUri("this request has expired or was answered already")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
