"""How commands reach the use cases, and how a vault is opened for the length of one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vault.cli.secrets import read_passphrase
from vault.errors import NotFound
from vault.settings import Settings

if TYPE_CHECKING:
    from vault.composition import Services
    from vault.services.open_vault import OpenVault


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
        yield services, services.customers.unlock_once(name, passphrase)


def vault_id_of(services: "Services", name: str) -> bytes:
    """The id of a vault that is not opened; NotFound where the name is nobody's."""
    from vault.storage import vaults

    with services.store.database.read() as conn:
        row = vaults.find_by_name(conn, name.strip())
    if row is None:
        raise NotFound("There is no vault of that name.")
    found: bytes = row.vault_id
    return found
