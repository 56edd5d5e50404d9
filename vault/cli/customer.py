"""`vault customer create` and `vault erase`: the beginning and the end of a vault."""

import sys
from pathlib import Path

import click

from vault.cli.opening import composed
from vault.cli.output import answer, json_option
from vault.cli.secrets import passphrase_file_option, read_passphrase
from vault.errors import InvalidInput


@click.group()
def customer() -> None:
    """Make a vault for a customer."""


@customer.command()
@click.argument("name")
@passphrase_file_option
@json_option
def create(name: str, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Make the vault of NAME and print its recovery code, which is shown this once."""
    with composed() as services:
        passphrase = read_passphrase("Passphrase", passphrase_file, confirm=True)
        code = services.customers.create(name, passphrase)
    told = [
        f"The vault of {name.strip()} is made. Its recovery code, shown this once:",
        "",
        f"    {code}",
        "",
        "Keep it on paper: without it a forgotten passphrase cannot be replaced by anybody.",
    ]
    answer({"name": name.strip(), "recoveryCode": code}, told, as_json=as_json)


@customer.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 365))
@json_option
def invite(days: int, *, as_json: bool) -> None:
    """Print an invitation to make one vault, for a server where VAULT_SIGNUP is invite."""
    with composed() as services:
        invitation = services.customers.invite(days)
    told = [f"Good for one vault within {days} days:", "", f"    {invitation}"]
    answer({"invitation": invitation, "days": days}, told, as_json=as_json)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for the name again.")
@passphrase_file_option
@json_option
def erase(name: str, passphrase_file: Path | None, *, yes: bool, as_json: bool) -> None:
    """Erase the vault of NAME with all that it holds; nothing brings it back.

    After the passphrase the name is asked for again: on a terminal, else on the next line of stdin.
    """
    with composed() as services:
        passphrase = read_passphrase("Passphrase", passphrase_file)
        vault = services.sessions.unlock_once(name, passphrase)
        if not yes:
            _confirm(vault.name)
        services.customers.erase(vault, passphrase)
    done = f"The vault of {vault.name} is erased. Backups made before still hold it."
    answer({"erased": vault.name}, [done], as_json=as_json)


def _confirm(name: str) -> None:
    if sys.stdin.isatty():
        typed = click.prompt(f"This erases everything. Type {name} to go on", err=True)
    else:
        typed = sys.stdin.readline()
    if typed.strip() != name:
        raise InvalidInput("That is not the name of the vault: nothing was erased.")


commands: list[click.Command] = [customer, erase]
