"""What must hold for the vault to run: asked by `vault doctor` and by `/readyz`."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text

from vault.crypto.server_keys import ServerKeys
from vault.errors import ConfigurationError, VaultError
from vault.queue import open_queue
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database

ENOUGH_DISK = 500_000_000
"""Bytes that should be free: an import of the largest upload, and the database's log."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has found, in a sentence that says what to do where it is not well."""

    name: str
    ok: bool
    message: str


def examine(settings: Settings) -> list[Finding]:
    """Run every check; one that fails does not keep the others from running."""
    checks: dict[str, Callable[[Settings], str]] = {
        "home": _home,
        "disk": _disk,
        "secret_file": _secret_file,
        "database": _database,
        "schema": _schema,
        "queue": _queue,
        "base_url": _base_url,
    }
    return [_finding(name, check, settings) for name, check in checks.items()]


def check_ready(database: Database) -> None:
    """Raise a VaultError unless the database answers and has the tables of this version."""
    migrate.check(database)


def _finding(name: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, ok=True, message=check(settings))
    except VaultError as error:
        return Finding(name, ok=False, message=error.message)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is a finding here
        return Finding(name, ok=False, message=f"This cannot be checked: {type(error).__name__}.")


def _home(settings: Settings) -> str:
    home = settings.home
    if not home.is_dir():
        raise ConfigurationError(f"VAULT_HOME: {home} does not exist yet: run `vault migrate`.")
    if not os.access(home, os.W_OK | os.X_OK):
        raise ConfigurationError(f"VAULT_HOME: {home} cannot be written to.")
    if home.stat().st_mode & 0o077:
        raise ConfigurationError(f"VAULT_HOME: others may look into {home}: chmod 700 it.")
    return f"{home} is ours alone."


def _disk(settings: Settings) -> str:
    standing = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(standing).free
    if free < ENOUGH_DISK:
        raise ConfigurationError(f"Only {free // 10**6} MB are free where {standing} is.")
    return f"{free // 10**6} MB are free."


def _secret_file(settings: Settings) -> str:
    if not settings.secret_file.exists():
        raise ConfigurationError(f"{settings.secret_file} is made at the first start.")
    keys = ServerKeys.load(settings.secret_file)
    return f"{settings.secret_file} is readable by its owner alone; key {keys.number} is in use."


def _database(settings: Settings) -> str:
    database = Database(settings.database_url)
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    finally:
        database.close()
    return f"{database.dialect} answers."


def _schema(settings: Settings) -> str:
    database = Database(settings.database_url)
    try:
        check_ready(database)
        return f"The tables stand at revision {migrate.current(database)}."
    finally:
        database.close()


def _queue(settings: Settings) -> str:
    return f"{open_queue(settings.queue_url).pending_count()} tasks wait."


def _base_url(settings: Settings) -> str:
    if settings.secure:
        return f"{settings.base_url}, with cookies that travel encrypted only."
    return f"{settings.base_url}, for this machine alone; others need https."
