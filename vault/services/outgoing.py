"""The guarded HTTP client: every call that the vault makes to an address somebody else has named.

A vendor that names an address must not make the vault speak to the vault's own network (RFC 7591
section 5). So hosts are names, never numbers in any spelling; a name is resolved once, every
address that it stands for must be one of the public internet, and the connection goes to an address
that was checked, so that a second answer of the name's server changes nothing. TLS is verified
against the name. No redirect is followed, no cookie is kept, no proxy of the environment is used,
and bytes and seconds are counted over the whole answer.
"""

import functools
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from vault.errors import VaultError

MAX_BYTES = 64 * 1024
MAX_HEAD = 16 * 1024
SECONDS = 5.0

Resolve = Callable[[str, int], list[str]]
"""From name and port to addresses as text; raises OSError for a name that nobody knows."""

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
# A last label that begins with a digit is read as a number, decimal, octal or hexadecimal, by some.
_NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+(?!-)[a-z][a-z0-9-]{{1,62}}(?<!-)")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1"})
_GLOBAL_UNICAST = ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # shared by a provider's customers
            "168.63.129.16/32",  # the host of a machine at Azure
            "192.0.0.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "2001::/23",  # Teredo and other ways into IPv4
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address inside
            "3fff::/20",
        ),
    )
)


class OutgoingRefused(VaultError):
    """The address is not one that the vault calls, or its answer is too long or too slow.

    The message never says what the address resolved to: whoever named it shall not scan with us.
    """

    code = "outgoing_refused"
    status = 502


def public(address: str) -> bool:
    """Say whether an address is one of the public internet, in the one spelling that it has."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    # IPv4 in IPv6 (mapped, compatible, NAT64), unique local and link-local stand outside 2000::/3.
    outside = isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST
    special = any(ip.version == net.version and ip in net for net in _NOT_PUBLIC)
    return ip.is_global and not (outside or special or ip.is_multicast or ip.is_reserved)


def callable_address(url: str) -> bool:
    """Say whether a call to an address would be tried at all; resolves nothing."""
    try:
        _check_url(httpx.URL(url), loopback=False)
    except (OutgoingRefused, httpx.InvalidURL):
        return False
    return True


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
    guard = _Guard(seconds, max_bytes + MAX_HEAD, resolve or _system_resolve, loopback=loopback)
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.Client(
        transport=_Transport(guard, trust or _usual_authorities()),
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


class _Guard:
    """What is allowed, for all requests of a client."""

    def __init__(self, seconds: float, max_bytes: int, resolve: Resolve, *, loopback: bool) -> None:
        self.seconds, self.max_bytes = seconds, max_bytes
        self._resolve, self._loopback = resolve, loopback

    def check_url(self, url: httpx.URL) -> None:
        """Raise unless it is https to a named host, without a user."""
        _check_url(url, loopback=self._loopback)

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """Resolve a name once; raise unless all that it stands for may be called."""
        found = _within(seconds, lambda: self._resolve(host, port))
        if not found or not all(self._allowed(address) for address in found):
            raise OutgoingRefused("The host's name does not lead to the public internet.")
        return found

    def _allowed(self, address: str) -> bool:
        return public(address) or (self._loopback and address in ("127.0.0.1", "::1"))


def _check_url(url: httpx.URL, *, loopback: bool) -> None:
    host = url.raw_host.decode("ascii").lower()
    local = loopback and host in _LOCAL_NAMES
    if url.scheme != "https" and not (url.scheme == "http" and local):
        raise OutgoingRefused("Only https addresses are called.")
    if url.userinfo or not (local or _NAME.fullmatch(host)):
        raise OutgoingRefused("Only hosts with a full name are called.")


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

    def __init__(self, guard: _Guard) -> None:
        self._guard, self._budget = guard, _Budget(guard.seconds, guard.max_bytes)
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

    def __init__(self, guard: _Guard, trust: ssl.SSLContext) -> None:
        self._guard, self._trust = guard, trust

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Check the address, send, and refuse an answer that is compressed."""
        self._guard.check_url(request.url)
        connection = httpx.HTTPTransport(verify=self._trust, trust_env=False)
        connection._pool = httpcore.ConnectionPool(  # noqa: SLF001 (httpx offers no other way)
            ssl_context=self._trust,
            network_backend=_Backend(self._guard),
            max_keepalive_connections=0,
        )
        response = connection.handle_request(request)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            response.close()
            raise OutgoingRefused("The answer is compressed, which was not asked for.")
        return response


def _within(seconds: float, resolve: Callable[[], list[str]]) -> list[str]:
    """Call the name service, which knows no limit of time, and wait no longer than `seconds`."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(resolve())
        except (OSError, UnicodeError):
            found.clear()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return [] if thread.is_alive() else found


def _system_resolve(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
