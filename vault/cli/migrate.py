"""`vault migrate`: make the home, the server's keys and the tables, or bring them up to date."""

import click

from vault.cli.output import answer, json_option
from vault.settings import Settings


@click.command()
@json_option
def migrate(*, as_json: bool) -> None:
    """Make the tables, or bring them to this version."""
    from vault.crypto.server_keys import ServerKeys
    from vault.storage import migrate as migrations
    from vault.storage.engine import Database

    settings = Settings.from_environment()
    settings.make_home()
    ServerKeys.load_or_create(settings.secret_file)
    database = Database(settings.database_url)
    before = migrations.current(database)
    migrations.upgrade(database)
    after = migrations.current(database)
    database.close()
    done = f"The tables stand at revision {after}" + (" already." if before == after else " now.")
    answer({"before": before, "after": after}, [done], as_json=as_json)


commands = [migrate]
