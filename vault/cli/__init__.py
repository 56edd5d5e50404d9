"""The `vault` command.

Each module in this package may have `commands`, a list of click commands; whatever stands there is
found, so that a new group of commands is one new file. An error is one line on stderr, never a
traceback.
"""

import os
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from vault import __version__, log
from vault.errors import VaultError

CRASHED = 70
"""The exit code for a fault of ours (EX_SOFTWARE)."""


class _Failure(click.ClickException):
    """Something that the caller can mend: shown by click as one line."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(f"vault: {self.format_message()}", err=True, file=file)


class _Crash(_Failure):
    """A fault of ours."""

    exit_code = CRASHED


class _Commands(click.Group):
    """Turns every error that a command raises into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except VaultError as error:
            raise _Failure(error.message) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            raise _Failure(f"{error.filename or 'the system'}: {error.strerror}") from error
        except Exception as error:
            said = " ".join(f"{key}={value}" for key, value in log.describe(error).items())
            raise _Crash(f"a fault of ours, please report it: {said}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="vault")
def main() -> None:
    """Keep what you bought, owe and own in a vault, and decide who may see it."""
    os.umask(0o077)  # What a command writes, its owner alone may read.


for _module in iter_modules(__path__):
    for _command in getattr(import_module(f"{__name__}.{_module.name}"), "commands", ()):
        main.add_command(_command)
