"""While a hostile file is read, other customers are answered: measured and reported, not timed."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served
from tests.unit.connectors.hostile import EVERY
from vault.connectors.sandbox import SandboxedParser
from vault.errors import UnsupportedDocument

pytestmark = sqlite_only

LONG = ("a million cells", "200,000 EDIFACT segments", "a PDF bomb")
"""Hostile files that keep their reader busy for seconds."""
_ASKED = 30


@pytest.fixture
def neighbour(server: Served) -> Customer:
    """Another customer, with an open vault."""
    return server.customer("bert")


def _reading(done: threading.Event) -> Iterator[threading.Thread]:
    """Read hostile files in a thread, as an upload does, until told to stop."""

    def work() -> None:
        files = [(EVERY[name].filename, EVERY[name].build()) for name in LONG]
        while not done.is_set():
            for filename, content in files:
                if done.is_set():
                    break
                for run in SandboxedParser().documents(filename, content):
                    try:
                        for _ in run:
                            pass
                    except UnsupportedDocument:
                        pass

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    done.set()
    thread.join()


def _median(customer: Customer) -> float:
    """Milliseconds in which a page is answered, in the middle of some."""
    times = []
    for _ in range(_ASKED):
        begun = time.perf_counter()
        answer = customer.browser.get(f"{ISSUER}/purchases")
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    return sorted(times)[_ASKED // 2]


def test_another_customer_is_answered_while_a_hostile_file_is_read(
    neighbour: Customer, record_property: Callable[[str, object], None]
) -> None:
    """Every page comes; how much slower is written into the report."""
    alone = _median(neighbour)
    done = threading.Event()
    reading = _reading(done)
    thread = next(reading)
    time.sleep(1)
    beside = _median(neighbour)
    assert thread.is_alive()
    next(reading, None)
    record_property("alone_ms", round(alone, 1))
    record_property("beside_ms", round(beside, 1))
    record_property("ratio", round(beside / alone, 2))
    print(f"a page: {alone:.1f} ms alone, {beside:.1f} ms beside a hostile file")  # noqa: T201
