"""Pushed authorization requests (RFC 9126): kept so that only their `request_uri` opens them."""

from collections.abc import Mapping

import orjson

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.server_keys import ServerKeys
from vault.errors import InvalidInput, Unopenable
from vault.storage import credentials
from vault.storage.bindings import Binding
from vault.storage.credentials import CredentialRow
from vault.storage.store import Store

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME = 590
"""Seconds; FAPI 2.0, 5.3.2.2 demands less than 600."""


class InvalidRequestUri(InvalidInput):
    """Unknown, expired, spent, or another client's (RFC 9126, section 4)."""

    code = "invalid_request_uri"


class Requests:
    """Purposes and terms of a request never stand in clear: the URI is the key to them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def push(self, client_id: str, parameters: Mapping[str, str]) -> tuple[str, int]:
        """Keep a request; its `request_uri`, and the seconds that it lives."""
        credential = Credential.generate(CredentialKind.REQUEST_URI)
        now = self._store.clock()
        binding = Binding(client_id=client_id, expires_at=now + LIFETIME)
        payload = orjson.dumps(dict(parameters))
        with self._store.database.write() as conn:
            credentials.add(conn, self._store.keys, credential, payload, binding, now=now)
        return PREFIX + credential.text, LIFETIME

    def open(self, request_uri: str, client_id: str) -> dict[str, str]:
        """The parameters of a request of this client that nobody has seen; InvalidRequestUri."""
        credential = parse(request_uri)
        with self._store.database.read() as conn:
            row = credentials.find(conn, credential)
        if row is None or row.client_id != client_id or not row.live(self._store.clock()):
            raise InvalidRequestUri("this request has expired or was answered already")
        return unsealed(self._store.keys, row, credential)


def unsealed(keys: ServerKeys, row: CredentialRow, credential: Credential) -> dict[str, str]:
    """The parameters in a live row; InvalidRequestUri where it was altered."""
    try:
        opened: dict[str, str] = orjson.loads(credentials.unseal(keys, row, credential))
    except Unopenable as err:
        raise InvalidRequestUri("this request is not what the vendor has pushed") from err
    return opened


def parse(request_uri: str) -> Credential:
    """The credential that a URI carries; raises InvalidRequestUri."""
    text = request_uri.removeprefix(PREFIX) if request_uri.startswith(PREFIX) else ""
    try:
        return Credential.parse(CredentialKind.REQUEST_URI, text)
    except InvalidInput as err:
        raise InvalidRequestUri("this request is not known here") from err
