"""How commands come by a secret: from a terminal, a file or a pipe, never from the arguments.

Arguments stand in the list of processes, for everybody on the machine to read.
"""

import sys
from pathlib import Path

import click

from vault.errors import ConfigurationError, InvalidInput

passphrase_file_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="Read the passphrase from the first line of this file.",
)
"""Gives a command the parameter `passphrase_file`."""


def read_passphrase(prompt: str, file: Path | None = None, *, confirm: bool = False) -> str:
    """Return the first line of `file`, else ask on a terminal, else the first line of stdin.

    With `confirm` a person types it twice. Raises InvalidInput where it is empty.
    """
    if file is not None:
        secret = _first_line(file)
    elif sys.stdin.isatty():
        secret = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    else:
        secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise InvalidInput(f"{prompt}: nothing was given.")
    return secret


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--passphrase-file: {file} cannot be read.") from error
