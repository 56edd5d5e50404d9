"""Gunicorn, run inside our own process with our own settings."""

import gc
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from vault import log
from vault.app import create_app
from vault.crypto.server_keys import ServerKeys
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - heartbeats only; a disk may stall


class Server(BaseApplication):
    """The web server; refuses to start on tables of another version.

    Each of its processes makes an application of its own, after the fork.
    """

    def __init__(self, settings: Settings, *, host: str, workers: int, threads: int) -> None:
        self._settings = settings
        self._options: dict[str, Any] = {
            "bind": f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
            "timeout": 120,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "logger_class": _Log,
            "control_socket_disable": True,
            "when_ready": self._announce,
        }
        settings.make_home()
        ServerKeys.load_or_create(settings.secret_file)
        _check_tables(settings)
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn: hand it our options and nothing from the command line."""
        log.configure()
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called by gunicorn in each of its processes."""
        app = create_app(self._settings)
        # What lives as long as the process need not be searched for garbage: in a request that
        # goes through ten thousand lines that took a third of the time.
        gc.collect()
        gc.freeze()
        return app

    def _announce(self, _arbiter: Arbiter) -> None:
        click.echo(
            f"\n  The vault is open at {self._settings.base_url}\n"
            "  Open that address in a browser and create your vault there.\n"
            f"  Everything is kept in {self._settings.home}; Ctrl-C stops it.\n"
        )


class _Log(Logger):
    """Gunicorn's log as part of ours."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers = []
        self.error_log.propagate = True


def _check_tables(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        migrate.check(database)
    finally:
        database.close()
