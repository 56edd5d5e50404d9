"""How everything here is measured: two sides up at once, short bursts in turn, pair by pair.

Machines are noisy, and both halves of a pair meet the same noise. What counts is CPU time (user and
system, from /proc or the kernel's accounting), because it does not depend on who else runs; wall
time stands beside it. A ratio is floor by ours: 0.5 says that we need twice the floor's CPU.
"""

import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Burst:
    """What some work took: how many units of it, CPU and wall time in seconds."""

    units: int
    cpu: float
    wall: float


Side = Callable[[], Burst]
"""Does one short burst of work."""


def alternate(sides: Mapping[str, Side], rounds: int) -> dict[str, list[Burst]]:
    """Let the sides take turns; the first round warms up and does not count."""
    taken: dict[str, list[Burst]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            burst = side()
            if number:
                taken[name].append(burst)
    return taken


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Median and range."""
    found = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, digits) for name, value in found.items()}


def times(bursts: Sequence[Burst]) -> dict[str, dict[str, float]]:
    """CPU and wall milliseconds for one unit."""
    return {
        "cpu_ms": spread([one.cpu / one.units * 1_000 for one in bursts]),
        "wall_ms": spread([one.wall / one.units * 1_000 for one in bursts]),
    }


def compared(subject: str, unit: str, taken: Mapping[str, Sequence[Burst]]) -> dict[str, Any]:
    """A subject's result: the times of each side, and the first side against each other one."""
    ours, *floors = taken
    return {
        "subject": subject,
        "unit": unit,
        "sides": {name: times(bursts) for name, bursts in taken.items()},
        "ratios": {floor: spread(ratios(taken[ours], taken[floor]), 2) for floor in floors},
    }


def ratios(ours: Sequence[Burst], floor: Sequence[Burst]) -> list[float]:
    """Floor by ours, CPU for one unit, pair by pair."""
    pairs = zip(ours, floor, strict=True)
    return [(low.cpu / low.units) / (own.cpu / own.units) for own, low in pairs]


@contextmanager
def timed(taken: list[Burst], units: int) -> Iterator[None]:
    """Measure what this process and the children that it waits for do in the block."""
    cpu, wall = _own_cpu(), time.perf_counter()
    yield
    taken.append(Burst(units, _own_cpu() - cpu, time.perf_counter() - wall))


def _own_cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Served:
    """An application behind gunicorn: one sync worker, as the floors have it too."""

    def __init__(self, application: str, port: int, environment: Mapping[str, str]) -> None:
        """`application` is gunicorn's `module:name`; it logs to nowhere."""
        self.port = port
        command = [sys.executable, "-m", "gunicorn", "-w", "1", "-k", "sync"]
        command += ["-b", f"127.0.0.1:{port}", "--log-level", "error", "--no-control-socket"]
        self._process = subprocess.Popen(
            [*command, application],
            env=os.environ | dict(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        [self._worker] = _children(self._process.pid)

    def get(self, path: str, headers: Mapping[str, str]) -> bytes:
        """One request; RuntimeError for anything but 200."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200:  # noqa: PLR2004
            raise RuntimeError(f"{path}: {response.status} {body[:300]!r}")
        return body

    def burst(self, requests: Sequence[tuple[str, Mapping[str, str]]]) -> Burst:
        """Send requests one after another; the CPU is the server's alone."""
        cpu, wall = self._cpu(), time.perf_counter()
        for path, headers in requests:
            self.get(path, headers)
        return Burst(len(requests), self._cpu() - cpu, time.perf_counter() - wall)

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()

    def _cpu(self) -> float:
        _, user, system = _stat(self._worker)
        return (user + system) / _TICK

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.get("/healthz", {})
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("a server did not start")


def _stat(pid: int) -> tuple[int, int, int]:
    """Parent, user and system ticks of a process (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), int(fields[11]), int(fields[12])


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if _stat(int(folder.name))[0] == parent:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
