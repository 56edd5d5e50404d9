"""A vault as people run it: a process on a free port, a browser, and a vendor's web server."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess

import httpx

from tests import warm

_START_SECONDS = 30


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class LiveVault:
    """A running server; `log` is the file that its output goes to."""

    url: str
    home: Path
    environment: dict[str, str]
    log: Path

    def run(self, *arguments: str, stdin: str = "") -> "CompletedProcess[str]":
        """Run the `vault` command on the same vault."""
        return warm.ran(arguments, self.environment, stdin)


@dataclass
class Process:
    """A server process (with those that it forks) which can be ended and started again."""

    environment: dict[str, str]
    log: Path
    _running: ForkServerProcess | None = None

    @property
    def port(self) -> int:
        """Where it listens, whatever the address is by which the vault calls itself."""
        return int(self.environment["PORT"])

    def start(self) -> None:
        """Begin to start; `ready` waits for the end of that."""
        log = str(self.log)
        self._running = warm.started(
            ["serve"], self.environment, warm.Streams(stdout=log, stderr=log)
        )

    def ready(self) -> None:
        """Wait until it answers."""
        assert self._running
        _wait(f"http://127.0.0.1:{self.port}", self._running)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it as an operator does (SIGTERM), or as a power cut does (SIGKILL), and wait."""
        process, self._running = self._running, None
        if process is None:
            return
        assert process.pid
        if how is signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            os.kill(process.pid, how)
        process.join(timeout=20)
        assert process.exitcode is not None, "the server does not end"


class Route(httpx.BaseTransport):
    """The way from the vault's address to one of its processes, as a load balancer goes it.

    Each request has a connection of its own, so that none outlives the process it leads to.
    """

    def __init__(self, process: Process) -> None:
        self.process = process
        self._direct = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on; it names the vault's address and knows of no process."""
        return self._direct.handle_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host="127.0.0.1", port=self.process.port),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        """Close what is open."""
        self._direct.close()


@contextmanager
def live_vault(home: Path, database_url: str) -> Iterator[LiveVault]:
    """Start a server, wait until it is ready, and stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = _environment(home, database_url, url, port)
    log = home.parent / "server.log"
    with running(Process(environment, log)):
        yield LiveVault(url, home, environment, log)


@contextmanager
def live_processes(
    home: Path, database_url: str, url: str, count: int
) -> Iterator[tuple[Process, ...]]:
    """Start several server processes of one vault, all of which call themselves `url`.

    They share home, secret file and database; nobody listens at `url` itself: see `Route`.
    """
    processes = tuple(
        Process(
            _environment(home, database_url, url, free_port()), home.parent / f"server-{number}.log"
        )
        for number in range(count)
    )
    with running(*processes):
        yield processes


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Have processes run for as long as the block does."""
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.ready()
        yield
    finally:
        for process in processes:
            process.stop()


def _environment(home: Path, database_url: str, url: str, port: int) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("VAULT_")},
        "VAULT_HOME": str(home),
        "VAULT_DATABASE_URL": database_url,
        "VAULT_BASE_URL": url,
        "PORT": str(port),
        "TMPDIR": str(_folder(home.parent / "tmp")),
    }


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _wait(url: str, process: ForkServerProcess) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.exitcode is None, "the server stopped"
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")


@dataclass
class Callback:
    """The vendor's redirect address; `received` has the query of each arrival."""

    url: str
    received: list[str] = field(default_factory=list)


@contextmanager
def vendor_site() -> Iterator[Callback]:
    """A vendor's own web server on `localhost`, which greets whoever comes back from the vault."""
    callback = Callback("")

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path == "/callback":
                callback.received.append(query)
            body = b"<!doctype html><title>The vendor</title><p>Connected."
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Greeting)
    callback.url = f"http://localhost:{server.server_port}/callback"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield callback
    finally:
        server.shutdown()
        server.server_close()
