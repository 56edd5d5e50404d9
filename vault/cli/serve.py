"""`vault serve` and `vault worker`: the two processes that a running vault consists of."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from vault.errors import ConfigurationError
from vault.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--workers",
    default=None,
    type=click.IntRange(1, 64),
    help="Processes: by default 2, or 1 where the rate limits are in its memory.",
)
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
@click.option("--with-worker", is_flag=True, help="Run the worker too, and stop it at the end.")
def serve(*, host: str, workers: int | None, threads: int, with_worker: bool) -> None:
    """Serve the vault's pages and its API until told to stop."""
    settings = Settings.from_environment()
    processes = _processes(settings, workers)
    with _nothing_to_collect():
        from vault.server import Server
    server = Server(settings, host=host, workers=processes, threads=threads)
    _refuse_taken(host, settings.port)
    with _worker_beside(wanted=with_worker):
        server.run()


@click.command()
@click.option("--parent", type=int, hidden=True, help="Stop when this process is gone.")
def worker(*, parent: int | None) -> None:
    """Do what is due in the background until told to stop."""
    from vault import log

    settings = Settings.from_environment()
    with _nothing_to_collect():
        from vault.worker import create_worker
    log.configure()
    consumer = create_worker(settings)
    if parent is not None:
        threading.Thread(target=_stop_with, args=(parent,), daemon=True).start()
    consumer.run()


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """Import without looking for garbage: modules stay, and the search was a sixth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _worker_beside(*, wanted: bool) -> Iterator[None]:
    """Run the worker for as long as the block runs."""
    if not wanted:
        yield
        return
    command = [sys.executable, "-m", "vault", "worker", "--parent", str(os.getpid())]
    # In a session of its own, so that Ctrl-C reaches it once, from us.
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - ourselves
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _stop_with(parent: int) -> None:
    """Stop this process when `parent` is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)


def _processes(settings: Settings, wanted: int | None) -> int:
    """How many processes serve: limits that each counts by itself would be multiplied."""
    counted_apart = settings.ratelimit_url.startswith("memory:")
    if wanted is None:
        return 1 if counted_apart else 2
    if wanted > 1 and counted_apart:
        raise ConfigurationError(
            "VAULT_RATELIMIT_URL is memory://, which counts in one process: "
            "with --workers above 1 it must be redis://HOST/0."
        )
    return wanted


def _refuse_taken(host: str, port: int) -> None:
    """Say at once that a port is taken; gunicorn would try for five seconds first."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"PORT {port} on {host} is not to be had: {error.strerror}."
            raise ConfigurationError(message) from error


commands = [serve, worker]
