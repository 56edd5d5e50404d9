"""Clients' public keys: as registered, or fetched from where the client publishes them.

A `jwks_uri` (RFC 7591 section 2) lets a vendor change keys without asking. It is the one field of a
registration that is ever fetched, by the guarded client, and under the same rules as `jwks`. Anyone
can make the vault fetch, who need not even be a client: so at most once a minute for each client,
failures included, and two at a time in a process.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
import orjson

from vault.errors import Busy, InvalidInput
from vault.services.vendors import jose
from vault.services.vendors.jose import PublicKey
from vault.services.vendors.outgoing_addresses import OutgoingRefused
from vault.storage.clients import Client

LIFE = 600
"""Seconds for which fetched keys are used: a key that the vendor takes back ends by then."""
RENEWAL = 300
"""Seconds after which the first who asks fetches anew, while the others go on with what is kept."""
PAUSE = 60
"""Seconds between two fetches for one client, whatever came of the first."""
MAX_KEPT = 1000
_OK = 200


@dataclass(frozen=True)
class _Kept:
    """A client's keys as last fetched, and when a fetch was last tried."""

    keys: Sequence[PublicKey]
    fetched_at: float
    tried_at: float


_NOTHING = _Kept((), -LIFE, -PAUSE)


class KeySets:
    """Finds the keys that a client's assertions may be signed with."""

    def __init__(self, http: httpx.Client, clock: Callable[[], float] = time.time) -> None:
        """`http` is the guarded client (`vault.services.vendors.outgoing.client`)."""
        self._http, self._clock = http, clock
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._fetching = threading.BoundedSemaphore(2)

    def of(self, client: Client, kid: str | None) -> Sequence[PublicKey]:
        """Return a client's keys, fetched again where none of them is called `kid`.

        Raise `InvalidInput` where they cannot be had, and `Busy` while too many are being fetched.
        """
        if client.jwks_uri is None:
            return [] if client.jwks is None else jose.public_keys(client.jwks)
        place = (client.client_id, client.jwks_uri)
        kept = self._kept.get(place, _NOTHING)
        keys = self._usable(kept)
        unknown = not keys or (kid is not None and kid not in {key.kid for key in keys})
        now = self._clock()
        if now - kept.tried_at >= PAUSE and (unknown or now - kept.fetched_at >= RENEWAL):
            try:
                keys = self._usable(self._renew(place, kept))
            except Busy:
                if unknown:
                    raise
        if not keys:
            raise InvalidInput("The client's key set cannot be fetched or is not valid.")
        return keys

    def _usable(self, kept: _Kept) -> Sequence[PublicKey]:
        return kept.keys if self._clock() - kept.fetched_at < LIFE else ()

    def _renew(self, place: tuple[str, str], old: _Kept) -> _Kept:
        """Fetch, unless somebody else has done so meanwhile."""
        with self._turn():
            now = self._kept.get(place, _NOTHING)
            if now is not old:
                return now
            keys, at = self._fetch(place[1]), self._clock()
            # One failure does not end keys that may be used still; nor does it prolong their life.
            return self._keep(
                place, replace(old, tried_at=at) if keys is None else _Kept(keys, at, at)
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._fetching.acquire(blocking=False):
            raise Busy("Other vendors' keys are being fetched; ask again.", retry_after=1)
        try:
            yield
        finally:
            self._fetching.release()

    def _fetch(self, uri: str) -> Sequence[PublicKey] | None:
        try:
            answer = self._http.get(uri, headers={"Accept": "application/jwk-set+json, */*"})
            if answer.status_code != _OK:
                return None
            return jose.public_keys(orjson.loads(answer.content))
        except (OutgoingRefused, httpx.HTTPError, httpx.InvalidURL, InvalidInput, ValueError):
            return None

    def _keep(self, place: tuple[str, str], kept: _Kept) -> _Kept:
        with self._lock:
            self._kept[place] = kept
            self._kept.move_to_end(place)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return kept
