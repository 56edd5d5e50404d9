"""`vault customer create` and `vault erase`, and what every command refuses alike."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.command import PASSPHRASE, Command
from tests.conftest import sqlite_only
from vault.composition import Services
from vault.crypto.credentials import Credential, CredentialKind
from vault.storage.engine import Database
from vault.storage.schema import metadata


@pytest.fixture
def vault(environment: dict[str, str], services: Services) -> Command:
    """Commands on migrated tables."""
    assert services.settings.home.is_dir()
    return Command(environment)


def test_a_vault_is_made_and_erased(vault: Command, database: Database) -> None:
    """The recovery code is printed once; erased, no row of the vault is left in any table."""
    made = vault.json("customer", "create", "anna")
    assert made["name"] == "anna"
    Credential.parse(CredentialKind.RECOVERY_CODE, made["recoveryCode"])
    assert "taken" in vault.refused("customer", "create", "anna")
    assert vault.json("erase", "anna", "--yes") == {"erased": "anna"}
    with database.read() as conn:
        for table in metadata.sorted_tables:
            assert conn.execute(select(func.count()).select_from(table)).scalar() == 0, table


@sqlite_only
def test_the_passphrase_may_come_from_a_file(vault: Command, tmp_path: Path) -> None:
    """`--passphrase-file` reads the first line and leaves stdin alone."""
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    assert vault("customer", "create", "anna", "--passphrase-file", file, stdin="").exit_code == 0
    assert vault("ledger", "anna", "--passphrase-file", file, stdin="").exit_code == 0


@sqlite_only
@pytest.mark.parametrize(
    ("name", "passphrase", "said"),
    [("anna", "short", "15 characters"), (" ", PASSPHRASE, "username"), ("anna", "", "nothing")],
)
def test_a_senseless_name_or_passphrase_makes_no_vault(
    vault: Command, name: str, passphrase: str, said: str
) -> None:
    """Each is refused by what is wrong with it."""
    assert said in vault.refused("customer", "create", name, stdin=f"{passphrase}\n")


@sqlite_only
@pytest.mark.parametrize("typed", ["", "otto\n", "yes\n"])
def test_without_its_name_typed_again_nothing_is_erased(vault: Command, typed: str) -> None:
    """The name must be given after the passphrase; anything else erases nothing."""
    vault.json("customer", "create", "anna")
    stdin = f"{PASSPHRASE}\n{typed}"
    assert "nothing was erased" in vault.refused("erase", "anna", stdin=stdin)
    assert vault("erase", "anna", stdin=f"{PASSPHRASE}\nanna\n").exit_code == 0


@sqlite_only
def test_the_wrong_passphrase_erases_nothing(vault: Command) -> None:
    """`--yes` does not stand for the passphrase."""
    vault.json("customer", "create", "anna")
    assert "open no vault" in vault.refused("erase", "anna", "--yes", stdin="wrong passphrase\n")
    assert vault("ledger", "anna").exit_code == 0


@sqlite_only
@pytest.mark.parametrize("arguments", [("ledger", "anna"), ("rotate-keys",), ("verify", "anna")])
def test_a_secret_file_that_others_may_read_stops_every_command(
    vault: Command, services: Services, arguments: tuple[str, ...]
) -> None:
    """The file is named, with what to do about it."""
    services.settings.secret_file.chmod(0o640)
    assert "chmod 600" in vault.refused(*arguments)


@sqlite_only
@pytest.mark.parametrize(
    ("revision", "said"),
    [(None, "no tables yet"), ("9999", "newer than this version")],
)
def test_tables_of_another_version_stop_every_command(
    vault: Command, database: Database, revision: str | None, said: str
) -> None:
    """Without tables, or with those of a newer version, nothing is read or written."""
    with database.write() as conn:
        conn.exec_driver_sql("DELETE FROM alembic_version")
        if revision:
            conn.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{revision}')")
    for arguments in (["customer", "create", "anna"], ["ledger", "anna"], ["rotate-keys"]):
        assert said in vault.refused(*arguments)


@sqlite_only
def test_a_senseless_setting_stops_every_command(vault: Command) -> None:
    """The variable is named with what is allowed."""
    vault.environment["VAULT_MAX_UPLOAD"] = "plenty"
    assert vault.refused("ledger", "anna").startswith("VAULT_MAX_UPLOAD must be a size")
