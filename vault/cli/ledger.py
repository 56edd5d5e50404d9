"""`vault ledger` and `vault verify`: what happened in a vault, and whether all of it still stands.

`verify` checks the chain without a passphrase, and every record with it. It ends with 1 where
something does not hold, and names it.
"""

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault.cli.moments import short, stamp
from vault.cli.opening import composed, unlocked, vault_id_of
from vault.cli.output import answer, json_option
from vault.cli.secrets import passphrase_file_option, read_passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault.composition import Services
    from vault.services.activity.activity import Event
    from vault.services.activity.verification import Verified
    from vault.services.open_vault import OpenVault

_PAGE = 200
_TOLD = ("client", "clientName", "before", "state", "records", "terms", "receipt")
"""Details that the line shows otherwise, or that are long and for programs."""


@click.command()
@click.argument("name")
@click.option(
    "--limit", type=click.IntRange(1), default=None, help="At most so many entries; all if absent."
)
@passphrase_file_option
@json_option
def ledger(name: str, limit: int | None, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Print what happened in the vault of NAME, newest first."""
    with unlocked(name, passphrase_file) as (services, vault):
        head = services.activity.page(vault, limit=1).head
        events = list(islice(_events(services, vault), limit))
    listed = {"head": head, "entries": [_as_json(one) for one in events]}
    answer(listed, [*map(_line, events), f"Head: {head}"], as_json=as_json)


def _events(services: "Services", vault: "OpenVault") -> "Iterator[Event]":
    before: int | None = None
    while True:
        page = services.activity.page(vault, before, _PAGE)
        yield from page.entries
        if page.next is None:
            return
        before = page.next


def _as_json(event: "Event") -> dict[str, Any]:
    shown = {**event.details, "records": event.records} if "records" in event.details else {}
    return {
        "number": event.number,
        "at": stamp(event.at),
        "what": event.what,
        "vendor": event.vendor or None,
        "repeated": event.repeated,
        "details": {**event.details, **shown},
    }


def _line(event: "Event") -> str:
    details = {key: value for key, value in event.details.items() if key not in _TOLD}
    said = [event.vendor] if event.vendor else []
    said += [f"{key} {_short(value)}" for key, value in details.items()]
    if event.records:
        said.append(f"{len(event.records)} records")
    if event.repeated:
        said.append(f"and {event.repeated} times more in that hour")
    return f"{event.number:>6}  {short(event.at)}  {event.what:<20}  {', '.join(said)}".rstrip()


def _short(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


@click.command()
@click.argument("name")
@click.option("--head", metavar="HASH", help="An earlier head that must be in the ledger.")
@click.option("--chain-only", is_flag=True, help="Ask for no passphrase.")
@passphrase_file_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    name: str,
    head: str | None,
    passphrase_file: Path | None,
    *,
    chain_only: bool,
    as_json: bool,
) -> None:
    """Check that nothing in the vault of NAME was altered, removed or put in behind its back.

    Without a passphrase the ledger's chain and signatures are checked, index, consents and packages
    against it as a whole, and the receipts as far as they stand in clear; with it every record and
    every receipt too.
    """
    with composed() as services:
        passphrase = None if chain_only else _passphrase_if_any(passphrase_file)
        if passphrase:
            vault = services.sessions.unlock_once(name, passphrase)
            found = services.verification.verify(vault, head)
        else:
            found = services.verification.verify_chain(vault_id_of(services, name), head)
    result = {
        "holds": found.holds,
        "entries": found.entries,
        "head": found.head,
        "records": found.records if passphrase else None,
        "problems": found.problems,
    }
    answer(result, _verdict(found, opened=bool(passphrase)), as_json=as_json)
    if not found.holds:
        ctx.exit(1)


def _passphrase_if_any(file: Path | None) -> str | None:
    """The passphrase where one is given; a terminal may answer with nothing."""
    if file is not None:
        return read_passphrase("Passphrase", file)
    if sys.stdin.isatty():
        prompt = "Passphrase (none: check the ledger alone)"
        asked: str = click.prompt(prompt, hide_input=True, default="", show_default=False, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _verdict(found: "Verified", *, opened: bool) -> list[str]:
    checked = f"{found.entries} entries" + (f" and {found.records} records" if opened else "")
    if found.holds:
        return [f"All holds: {checked}. Head: {found.head}"]
    return [f"This does NOT hold ({checked} checked):", *(f"  {one}" for one in found.problems)]


commands: list[click.Command] = [ledger, verify]
