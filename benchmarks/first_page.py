"""The filtered list's first page at 1,000, 10,000 and 100,000 purchases.

By the use case itself, and as the page that a browser gets. The floor of each size is the smallest
size: what counts is how the time grows.
"""

from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.measure import Burst, Served, alternate, free_port, spread, timed, times
from benchmarks.prepared import PASSPHRASE, Prepared, prepared
from vault.domain.compartments import Kind
from vault.services.open_vault import OpenVault
from vault.services.records.lists import Query

SIZES = (1_000, 10_000, 100_000)
_QUERIES = {
    "search": (Query(search="kettle"), "q=kettle"),
    "seller": (Query(seller="BookBarn"), "seller=BookBarn"),
    "none": (Query(), ""),
}


def _by_service(home: Prepared, vault: OpenVault, query: Query, size: int) -> Burst:
    taken: list[Burst] = []
    with timed(taken, size):
        for _ in range(size):
            page = home.services.records.page(vault, Kind.PURCHASE, query)
    if len(page.lines) != query.limit:
        raise RuntimeError("the first page is not full")
    return taken[0]


def _by_http(server: Served, token: str, query: str, size: int) -> Burst:
    return server.burst([(f"/purchases?{query}", {"Cookie": f"vault={token}"})] * size)


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """Each query, over the service and over HTTP, the sizes in turn."""
    rounds, size = (4, 5) if quick else (15, 10)
    with ExitStack() as stack:
        port = free_port()
        home = stack.enter_context(prepared(port))
        vaults = {lines: home.customer(f"list-{lines}", lines) for lines in SIZES}
        tokens = {
            lines: home.services.sessions.unlock(f"list-{lines}", PASSPHRASE).token
            for lines in SIZES
        }
        server = Served("benchmarks.vault_app:app", port, home.environment)
        stack.callback(server.close)
        results = []
        for name, (query, address) in _QUERIES.items():
            service = {
                lines: partial(_by_service, home, vaults[lines], query, size) for lines in SIZES
            }
            http = {
                lines: partial(_by_http, server, tokens[lines], address, size) for lines in SIZES
            }
            results += [
                _grown(f"First page by the service, {_NAMES[name]}", service, rounds),
                _grown(f"First page over HTTP, {_NAMES[name]}", http, rounds),
            ]
    return results


_NAMES = {"search": "searched", "seller": "one seller", "none": "unfiltered"}


def _grown(subject: str, sides: dict[int, partial[Burst]], rounds: int) -> dict[str, Any]:
    """The times of each size, and how often the smallest size's CPU the largest takes."""
    taken = alternate({f"{lines:,} purchases": side for lines, side in sides.items()}, rounds)
    small, *_, large = taken.values()
    growth = [big.cpu / low.cpu for low, big in zip(small, large, strict=True)]
    return {
        "subject": subject,
        "unit": "page",
        "sides": {name: times(bursts) for name, bursts in taken.items()},
        "growth": spread(growth, 1),
        "aim": "grows at most 6 times",
    }
