"""The guarded HTTP client: every call that the vault makes to an address somebody else has named.

A vendor that names an address must not make the vault speak to the vault's own network (RFC 7591
section 5). Which addresses may be called says `outgoing_addresses.py`; the connection goes to one
that was checked there, so that a second answer of the name's server changes nothing. TLS is
verified against the name. No redirect is followed, no cookie is kept, no proxy of the environment
is used, and bytes and seconds are counted over the whole answer.
"""

import functools
import ssl
import time
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from vault.services.vendors.outgoing_addresses import Guard, OutgoingRefused, Resolve

MAX_BYTES = 64 * 1024
MAX_HEAD = 16 * 1024
SECONDS = 5.0


def client(
    *,
    max_bytes: int = MAX_BYTES,
    seconds: float = SECONDS,
    loopback: bool = False,
    trust: ssl.SSLContext | None = None,
    resolve: Resolve | None = None,
) -> httpx.Client:
    """Make a client whose requests are guarded; they raise `OutgoingRefused` or `httpx.HTTPError`.

    `seconds` is for a whole request, from the name to the last byte. `loopback` is for tests alone:
    it allows this machine, there plain http as well. `trust` replaces the usual authorities,
    `resolve` the system's name service.
    """
    guard = Guard(resolve, loopback=loopback)
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.Client(
        transport=_Transport(
            guard,
            trust or _usual_authorities(),
            lambda: _Budget(seconds, max_bytes + MAX_HEAD),
        ),
        timeout=seconds,
        trust_env=False,
        follow_redirects=False,
        cookies=jar,
        # A few compressed bytes may stand for many: nothing compressed is asked for or taken.
        headers={"Accept-Encoding": "identity", "User-Agent": "vault"},
    )


@functools.cache
def _usual_authorities() -> ssl.SSLContext:
    """The authorities that this machine trusts; once a process, since there are many to read."""
    return httpx.create_ssl_context()


class _Budget:
    """The seconds and bytes that are left of one request."""

    def __init__(self, seconds: float, count: int) -> None:
        self._deadline, self._count = time.monotonic() + seconds, count

    def seconds(self) -> float:
        """Return what is left; raise when nothing is."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutgoingRefused("The answer takes too long.")
        return left

    def take(self, count: int) -> None:
        """Count bytes that came; raise when they are too many."""
        self._count -= count
        if self._count < 0:
            raise OutgoingRefused("The answer is too long.")


class _Backend(httpcore.NetworkBackend):
    """Connects to an address that was checked, and to no other."""

    def __init__(self, guard: Guard, budget: _Budget) -> None:
        self._guard, self._budget = guard, budget
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 (what is left of the whole counts)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._guard.addresses(host, port, self._budget.seconds())
        for last, address in enumerate(addresses, 1 - len(addresses)):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._budget.seconds(), local_address, socket_options
                )
                return _Stream(stream, self._budget)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == 0:
                    raise
        raise AssertionError("a name without addresses was let through")

    def connect_unix_socket(self, *_: object, **__: object) -> httpcore.NetworkStream:
        raise OutgoingRefused("Only hosts with a full name are called.")


class _Stream(httpcore.NetworkStream):
    """Bytes to and from one address, counted."""

    def __init__(self, stream: httpcore.NetworkStream, budget: _Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        data = self._stream.read(max_bytes, self._budget.seconds())
        self._budget.take(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._budget.seconds())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._budget.seconds()
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """One connection for each request: what was checked for it is not used for another."""

    def __init__(self, guard: Guard, trust: ssl.SSLContext, budget: Callable[[], _Budget]) -> None:
        """Each request gets a `budget` of its own."""
        self._guard, self._trust, self._budget = guard, trust, budget

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Check the address, send, and refuse an answer that is compressed."""
        self._guard.check_url(request.url)
        connection = httpx.HTTPTransport(verify=self._trust, trust_env=False)
        connection._pool = httpcore.ConnectionPool(  # noqa: SLF001 (httpx offers no other way)
            ssl_context=self._trust,
            network_backend=_Backend(self._guard, self._budget()),
            max_keepalive_connections=0,
        )
        response = connection.handle_request(request)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            response.close()
            raise OutgoingRefused("The answer is compressed, which was not asked for.")
        return response
