"""How commands reach the use cases, and how a vault is opened for the length of one command."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vault.cli.secrets import read_passphrase
from vault.errors import Busy, NotFound, Tampered, Unopenable
from vault.settings import Settings

if TYPE_CHECKING:
    from vault.composition import Services
    from vault.services.open_vault import OpenVault


T = TypeVar("T")

_PATIENCE = 120
"""Seconds."""


@contextmanager
def composed() -> "Iterator[Services]":
    """The use cases on the database of the settings; refuses tables of another version."""
    from vault.composition import compose
    from vault.storage import migrate
    from vault.storage.engine import Database

    settings = Settings.from_environment()
    database = Database(settings.database_url)
    try:
        # Before the keys: a command on no tables must not make a secret file.
        migrate.check(database)
    finally:
        database.close()
    services = compose(settings)
    try:
        yield services
    finally:
        services.store.database.close()


@contextmanager
def unlocked(name: str, passphrase_file: Path | None) -> "Iterator[tuple[Services, OpenVault]]":
    """The use cases and the vault of a customer, opened by the passphrase.

    Raises WrongPassphrase alike, and after the same work, for a wrong passphrase and a name that
    there is not.
    """
    with composed() as services:
        passphrase = read_passphrase("Passphrase", passphrase_file)
        yield services, services.sessions.unlock_once(name, passphrase)


def in_turn(action: Callable[[], T]) -> T:
    """Do something as soon as no other write to the same vault is under way.

    A person at a command waits for up to two minutes; then Busy is raised.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return action()
        except Busy:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def finish_imports(services: "Services", vault: "OpenVault") -> None:
    """Store what was confirmed and then interrupted; say on stderr where that cannot be done."""
    try:
        in_turn(lambda: services.imports.finish(vault))
    except (Tampered, Unopenable) as error:
        # It must not keep its owner from what is there.
        click.echo(f"An import that was interrupted cannot be stored: {error.message}", err=True)


def vault_id_of(services: "Services", name: str) -> bytes:
    """The id of a vault that is not opened; NotFound where the name is nobody's."""
    from vault.storage import vaults

    with services.store.database.read() as conn:
        row = vaults.find_by_name(conn, name.strip())
    if row is None:
        raise NotFound("There is no vault of that name.")
    found: bytes = row.vault_id
    return found
