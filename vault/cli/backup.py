"""`vault backup` and `vault restore`: everything in the database, sealed as it is, in one file."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault.cli.files import refuse_existing, written_whole
from vault.cli.moments import short, stamp
from vault.cli.opening import composed
from vault.cli.output import answer, json_option
from vault.cli.progress import progress
from vault.settings import Settings

if TYPE_CHECKING:
    from vault.services.upkeep.backup import Restored


@click.command("backup")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@json_option
def back_up(path: Path, *, force: bool, as_json: bool) -> None:
    """Write a backup of the whole database to PATH, while servers run.

    The server's secret file is not in it, on purpose: keep a copy of that file elsewhere. The
    backup is of no use without it, neither to a thief nor to you.
    """
    from vault.services.upkeep.backup import Backups

    refuse_existing(path, force=force)
    with composed() as services:
        backups, secret = Backups(services.store), services.settings.secret_file
        with written_whole(path, force=force) as file:
            made = backups.write(file, partial(progress, "Backing up"))
    result = {
        "path": str(path),
        "createdAt": stamp(made.created_at),
        "schema": made.schema,
        "rows": made.rows,
        "vaults": made.tables["vaults"].rows,
        "sealedWith": made.sealed_with,
        "secretFile": str(secret),
    }
    said = [
        f"{path} holds {result['vaults']} vaults in {made.rows} rows, sealed as they are.",
        f"Keep {secret} too, in another place: without it this backup opens nothing.",
    ]
    answer(result, said, as_json=as_json)


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace everything that is in the database.")
@json_option
def restore(path: Path, *, force: bool, as_json: bool) -> None:
    """Put the backup at PATH into an empty database, or with --force in place of everything.

    Stop the servers first. Everybody is signed out, and each consent waits until its customer
    confirms it: it may have been withdrawn after the backup was made.
    """
    done = _restored(path, force=force)
    result = {
        "createdAt": stamp(done.created_at),
        "vaults": done.vaults,
        "rows": done.rows,
        "suspended": done.suspended,
    }
    said = [
        f"{done.vaults} vaults stand again as of {short(done.created_at)} UTC.",
        f"All are signed out. {done.suspended} consents wait until their customers confirm them:",
        "on the page Consents, or by `vault grants NAME --confirm GRANT`.",
    ]
    answer(result, said, as_json=as_json)


def _restored(path: Path, *, force: bool) -> "Restored":
    from vault.crypto.server_keys import ServerKeys
    from vault.services.upkeep.backup import Backups
    from vault.storage import migrate
    from vault.storage.engine import Database
    from vault.storage.store import Store

    settings = Settings.from_environment()
    # Never made here: a new file could not open the backup, and would stand in the old one's way.
    keys = ServerKeys.load(settings.secret_file)
    settings.make_home()
    database = Database(settings.database_url)
    try:
        if migrate.current(database) is None:
            migrate.upgrade(database)
        migrate.check(database)
        backups = Backups(Store(database, keys, settings.base_url))
        return backups.restore(path, partial(progress, "Restoring"), force=force)
    finally:
        database.close()


commands: list[click.Command] = [back_up, restore]
