from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner

from vault.cli import CRASHED, main
from vault.errors import Conflict


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], tuple[int, str]]:
    """Run a command that raises the given error; return the exit code and stderr."""

    def run(error: Exception) -> tuple[int, str]:
        @click.command("fail")
        def fail() -> None:
            raise error

        monkeypatch.setitem(main.commands, "fail", fail)
        result = CliRunner().invoke(main, ["fail"])
        return result.exit_code, result.stderr

    return run


def test_commands_are_found() -> None:
    """What stands in a module's `commands` is a command, without any list to edit."""
    assert {"serve", "worker", "migrate", "doctor"} <= set(main.commands)


def test_our_error_is_one_line(failing: Callable[[Exception], tuple[int, str]]) -> None:
    """A VaultError is its message on stderr and exit code 1."""
    assert failing(Conflict("That name is taken.")) == (1, "vault: That name is taken.\n")


def test_a_file_error_is_one_line(failing: Callable[[Exception], tuple[int, str]]) -> None:
    """A missing file is named, without a traceback."""
    code, said = failing(FileNotFoundError(2, "No such file or directory", "a.csv"))
    assert (code, said) == (1, "vault: a.csv: No such file or directory\n")


def test_a_crash_is_one_line(failing: Callable[[Exception], tuple[int, str]]) -> None:
    """A fault of ours is one line that quotes nothing of the customer's."""
    code, said = failing(ValueError("A ring for Anna"))
    assert code == CRASHED
    assert said.count("\n") == 1
    assert "ValueError" in said
    assert "Anna" not in said
