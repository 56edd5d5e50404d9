"""A vault as people run it: a process on a free port, a browser, and a vendor's web server."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

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

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run the `vault` command on the same vault."""
        return subprocess.run(
            [sys.executable, "-m", "vault", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@contextmanager
def live_vault(home: Path, database_url: str) -> Iterator[LiveVault]:
    """Start a server, wait until it is ready, and stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VAULT_")},
        "VAULT_HOME": str(home),
        "VAULT_DATABASE_URL": database_url,
        "VAULT_BASE_URL": url,
        "PORT": str(port),
        "TMPDIR": str(_folder(home.parent / "tmp")),
    }
    log = home.parent / "server.log"
    vault = LiveVault(url, home, environment, log)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vault", "serve"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(url, process)
            yield vault
        finally:
            process.terminate()
            process.wait(timeout=20)


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped"
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
