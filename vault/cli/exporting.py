"""`vault export`: everything that a vault holds, in formats that other programs read."""

import sys
from pathlib import Path

import click

from vault.cli.files import refuse_existing, written_whole
from vault.cli.opening import finish_imports, unlocked
from vault.cli.secrets import passphrase_file_option


@click.command()
@click.argument("name")
@click.option("--format", "format_", type=click.Choice(["json", "csv"]), default="json")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="The file to write; - for stdout.",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@passphrase_file_option
def export(
    name: str, format_: str, output: Path, passphrase_file: Path | None, *, force: bool
) -> None:
    """Write everything in the vault of NAME: json is one object, csv a ZIP of tables.

    The file stands in the clear, readable by its owner alone.
    """
    to_stdout = str(output) == "-"
    if not to_stdout:
        refuse_existing(output, force=force)
    with unlocked(name, passphrase_file) as (services, vault):
        finish_imports(services, vault)
        if to_stdout:
            services.exports.write(vault, format_, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with written_whole(output, force=force) as file:
            services.exports.write(vault, format_, file)
    click.echo(f"{output} holds everything, unencrypted: keep it where only you can read it.")


commands: list[click.Command] = [export]
