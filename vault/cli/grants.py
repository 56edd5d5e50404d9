"""`vault grants` and `vault withdraw`: which vendors may see what, and the end of it.

The list needs the passphrase, because terms are sealed to the customer. Withdrawing needs none: it
opens nothing and shares less, so an operator can do it for a customer who is locked out.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault.cli.moments import short, stamp
from vault.cli.opening import composed, unlocked, vault_id_of
from vault.cli.output import answer, json_option
from vault.cli.secrets import passphrase_file_option

if TYPE_CHECKING:
    from vault.services.consents.consents import GivenConsent


@click.command()
@click.argument("name")
@click.option(
    "--confirm",
    metavar="GRANT",
    help="Let a grant go on that was suspended, then list them all.",
)
@passphrase_file_option
@json_option
def grants(name: str, confirm: str | None, passphrase_file: Path | None, *, as_json: bool) -> None:
    """List the consents of NAME, newest first, with what each vendor may see."""
    with unlocked(name, passphrase_file) as (services, vault):
        if confirm is not None:
            services.consents.resume(vault, confirm)
        given = services.consents.given(vault)
    lines = [_told(one) for one in given] or ["No consent was given yet."]
    answer([_as_json(one) for one in given], lines, as_json=as_json)


def _as_json(given: "GivenConsent") -> dict[str, Any]:
    return {
        "grant": given.grant_id,
        "client": given.client_id,
        "clientName": given.client_name,
        "verified": given.verified,
        "state": given.state.name.lower(),
        "scope": given.terms.scope,
        "authorizationDetails": given.terms.authorization_details(),
        "createdAt": stamp(given.created_at),
        "expiresAt": stamp(given.terms.expires_at),
        "endedAt": stamp(given.ended_at),
        "lastReadAt": stamp(given.last_read_at),
        "reads": given.reads,
        "records": given.records,
        "changedAt": stamp(given.changed_at),
        "deletedAt": stamp(given.deleted_at),
    }


def _told(given: "GivenConsent") -> str:
    vouched = "verified" if given.verified else "not verified"
    return (
        f"{given.grant_id}  {given.state.name.lower():<9}  {given.client_name} ({vouched})\n"
        f"    {given.terms.scope}, until {short(given.terms.expires_at)}, {given.reads} reads of "
        f"{given.records} records"
    )


@click.command()
@click.argument("name")
@click.argument("grant_id", metavar="GRANT")
@json_option
def withdraw(name: str, grant_id: str, *, as_json: bool) -> None:
    """Withdraw GRANT from its vendor at once; no passphrase is needed to share less."""
    with composed() as services:
        ended = services.consents.withdraw_by_id(vault_id_of(services, name), grant_id)
    done = "The consent is withdrawn." if ended else "That consent had ended before."
    answer({"grant": grant_id, "withdrawn": ended}, [done], as_json=as_json)


commands: list[click.Command] = [grants, withdraw]
