"""`vault vendor`: the operator registers vendors' clients, vouches for them and closes them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import click

from vault.cli.output import answer, json_option
from vault.settings import Settings

if TYPE_CHECKING:
    from vault.services.vendors.vendors import Vendors
    from vault.storage.clients import Client
    from vault.storage.engine import Database


@click.group()
def vendor() -> None:
    """Register, invite, list, verify, update and remove vendors' OAuth clients."""


@vendor.command()
@click.option("--name", required=True, help="What customers read: the vendor's name.")
@click.option(
    "--redirect-uri",
    "redirect_uris",
    required=True,
    multiple=True,
    help="Where customers return to; matched letter for letter. May be given several times.",
)
@click.option(
    "--jwks", type=click.File("rb"), help="A file with the vendor's public keys (RFC 7517)."
)
@click.option("--jwks-uri", help="Where the vendor publishes its keys, in place of --jwks.")
@click.option("--client-secret", is_flag=True, help="Make a secret instead; only for `basic`.")
@click.option("--profile", type=click.Choice(["fapi", "basic"]), help="Told by the credential.")
@click.option("--policy-uri", help="The vendor's privacy policy.")
def register(
    name: str,
    redirect_uris: tuple[str, ...],
    jwks: IO[bytes] | None,
    jwks_uri: str | None,
    profile: str | None,
    policy_uri: str | None,
    *,
    client_secret: bool,
) -> None:
    """Register a client and print its metadata as JSON, with its secret if it has one."""
    from vault.services.vendors.vendors import Registration, as_json

    if [jwks is not None, jwks_uri is not None, client_secret].count(True) != 1:
        raise click.UsageError("Give one of --jwks FILE, --jwks-uri URL and --client-secret.")
    registration = Registration(
        name=name,
        redirect_uris=redirect_uris,
        profile=profile or ("basic" if client_secret else "fapi"),
        jwks=None if jwks is None else _key_set(jwks),
        policy_uri=policy_uri,
        jwks_uri=jwks_uri,
    )
    with _vendors() as vendors:
        client, secret = vendors.register(registration)
    answer(as_json(client, secret), (), as_json=True)


@vendor.command()
@click.option(
    "--days", type=click.IntRange(1, 365), default=7, show_default=True, help="How long it is good."
)
@json_option
def invite(days: int, *, as_json: bool) -> None:
    """Make a token with which one vendor may register itself (VAULT_REGISTRATION=invite)."""
    from vault.services.vendors.registrations import Registrations

    with _database() as database:
        token = Registrations(database, Settings.from_environment().registration).invite(days)
    lines = [token, f"Hand it to the vendor; it registers one client within {days} days."]
    answer({"initial_access_token": token, "days": days}, lines, as_json=as_json)


@vendor.command(name="list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List the clients, oldest first."""
    from vault.services.vendors import vendors as service

    with _vendors() as vendors:
        clients = vendors.list()
    lines = [_line(client) for client in clients] or ["No vendor is registered."]
    answer([service.as_json(client) for client in clients], lines, as_json=as_json)


@vendor.command()
@click.argument("client_id")
@click.option(
    "--seller",
    "sellers",
    multiple=True,
    metavar="IDENTIFIER",
    help="A seller that this vendor is, as records name it. May be given several times.",
)
@json_option
def verify(client_id: str, sellers: tuple[str, ...], *, as_json: bool) -> None:
    """Vouch for who a vendor is, and for the sellers whose records are about itself."""
    from vault.services.vendors import vendors as service

    with _vendors() as vendors:
        client = vendors.verify(client_id, sellers)
    answer(service.as_json(client), [_line(client)], as_json=as_json)


@vendor.command()
@click.argument("client_id")
@click.option("--name", help="Another name.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="All of them, as from now on.")
@click.option("--jwks", type=click.File("rb"), help="A file with other keys.")
@click.option("--jwks-uri", help="Another address of its keys, or one in place of --jwks.")
@click.option("--policy-uri", help="Another privacy policy.")
@json_option
def update(
    client_id: str,
    name: str | None,
    redirect_uris: tuple[str, ...],
    jwks: IO[bytes] | None,
    jwks_uri: str | None,
    policy_uri: str | None,
    *,
    as_json: bool,
) -> None:
    """Change what a client is. Any change means that it has to be verified again."""
    from vault.services.vendors import vendors as service

    if jwks is not None and jwks_uri is not None:
        raise click.UsageError("Give --jwks FILE or --jwks-uri URL, not both.")
    said = {"name": name, "redirect_uris": redirect_uris, "policy_uri": policy_uri}
    changes: dict[str, Any] = {field: value for field, value in said.items() if value}
    if jwks is not None or jwks_uri is not None:
        changes |= {"jwks": None if jwks is None else _key_set(jwks), "jwks_uri": jwks_uri}
    with _vendors() as vendors:
        registered = service.registration_of(vendors.get(client_id))
        client = vendors.update(client_id, replace(registered, **changes))
    answer(service.as_json(client), [_line(client)], as_json=as_json)


@vendor.command()
@click.argument("client_id")
def remove(client_id: str) -> None:
    """Close a client: its requests are refused from now on."""
    with _vendors() as vendors:
        vendors.remove(client_id)
    click.echo(f"{client_id} is removed.")


@contextmanager
def _vendors() -> "Iterator[Vendors]":
    from vault.services.vendors.vendors import Vendors

    with _database() as database:
        yield Vendors(database)


@contextmanager
def _database() -> "Iterator[Database]":
    from vault.storage import migrate
    from vault.storage.engine import Database

    database = Database(Settings.from_environment().database_url)
    try:
        migrate.check(database)
        yield database
    finally:
        database.close()


def _key_set(file: IO[bytes]) -> dict[str, Any]:
    try:
        value = json.load(file)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise click.BadParameter("The file is not a JSON Web Key Set.", param_hint="--jwks")
    return value


def _line(client: "Client") -> str:
    vouched = "verified" if client.verified else "not verified"
    sellers = f", sells as {', '.join(client.seller_identifiers)}" if client.sellers else ""
    return f"{client.client_id}  {client.name}  ({client.profile}, {vouched}{sellers})"


commands = [vendor]
