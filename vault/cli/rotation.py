"""`vault rotate-keys`: another key for the server, and everything that it seals sealed with it."""

from typing import TYPE_CHECKING

import click

from vault.cli.opening import composed
from vault.cli.output import answer, json_option
from vault.cli.progress import progress
from vault.errors import Unopenable

if TYPE_CHECKING:
    from vault.services.upkeep.rotation import Rotation
    from vault.storage.rewrapping import Rewrapped

_PASSES = 3
"""A server that was just sealing as the key was made may leave something for the next pass."""


@click.command("rotate-keys")
@click.option("--resume", is_flag=True, help="Make no new key: finish what was interrupted.")
@click.option(
    "--retire",
    is_flag=True,
    help="Make no new key: take the old ones out of the secret file. Older backups and copies of "
    "the database can never be used again then.",
)
@json_option
def rotate_keys(*, resume: bool, retire: bool, as_json: bool) -> None:
    """Make the server a new key and seal with it what the old ones have sealed.

    Servers may run meanwhile. Old keys stay in the secret file, which older backups need.
    """
    from vault.services.upkeep.rotation import Rotation

    if resume and retire:
        raise click.UsageError("Give either --resume or --retire.")
    with composed() as services:
        rotation = Rotation(services.store)
        if retire:
            _retire(rotation, as_json=as_json)
            return
        if not resume:
            rotation.renew_key()
        done = _rewrap(rotation)
        number = services.store.keys.number
    said = [f"Key {number} is in use; {done.wrapped} envelopes were sealed anew with it."]
    result = {"key": number, "rewrapped": done.wrapped, "unopenable": done.unopenable}
    answer(result, said, as_json=as_json)
    if done.unopenable:
        raise Unopenable(
            f"{done.unopenable} envelopes did not open and stay as they were: they were planted "
            "or altered. `vault verify` says more of each vault."
        )


def _rewrap(rotation: "Rotation") -> "Rewrapped":
    from vault.storage.rewrapping import Rewrapped

    done = Rewrapped()
    for _ in range(_PASSES):
        waiting = rotation.waiting()
        this_pass = Rewrapped()
        with progress("Sealing anew", len(waiting)) as advance:
            for vault_id in waiting:
                this_pass.add(rotation.rewrap(vault_id))
                advance(1)
        done.wrapped += this_pass.wrapped
        done.unopenable = this_pass.unopenable
        if not this_pass.wrapped:
            break
    rotation.finish()
    return done


def _retire(rotation: "Rotation", *, as_json: bool) -> None:
    gone = rotation.retire()
    numbers = ", ".join(map(str, gone))
    said = f"Taken out of the secret file: key {numbers}." if gone else "There is no old key."
    answer({"retired": gone}, [said], as_json=as_json)


commands: list[click.Command] = [rotate_keys]
