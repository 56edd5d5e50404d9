"""Which addresses the vault calls at all: https, named hosts, on the public internet alone.

Hosts are names, never numbers in any spelling; a name is resolved once, and every address that it
stands for must be one of the public internet.
"""

import re
import socket
import threading
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

import httpx

from vault.errors import VaultError

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


def may_be_called(url: str) -> bool:
    """Say whether a call to an address would be tried at all; resolves nothing."""
    try:
        _check_url(httpx.URL(url), loopback=False)
    except (OutgoingRefused, httpx.InvalidURL):
        return False
    return True


def _check_url(url: httpx.URL, *, loopback: bool) -> None:
    host = url.raw_host.decode("ascii").lower()
    local = loopback and host in _LOCAL_NAMES
    if url.scheme != "https" and not (url.scheme == "http" and local):
        raise OutgoingRefused("Only https addresses are called.")
    if url.userinfo or not (local or _NAME.fullmatch(host)):
        raise OutgoingRefused("Only hosts with a full name are called.")


class Guard:
    """What is allowed, for all requests of a client."""

    def __init__(self, resolve: Resolve | None = None, *, loopback: bool = False) -> None:
        """Names are resolved by the system where nothing else is given; see `outgoing.client`."""
        self._resolve, self._loopback = resolve or _system_resolve, loopback

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
