"""The `vault` command, run in this process as its user would run it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from vault.cli import main

PASSPHRASE = "a sample passphrase"
_UNREADABLE = {"a row without an order", "113-4444444-4444444"}
_SAMPLE = Path(__file__).parent / "fixtures" / "connectors" / "amazon" / "retail-2026" / "input.csv"


class Command:
    """Runs commands in one environment; the passphrase goes in by stdin."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str | Path, stdin: str = f"{PASSPHRASE}\n") -> Result:
        """Run a command, whatever comes of it."""
        return CliRunner().invoke(
            main, [str(one) for one in arguments], input=stdin, env=self.environment
        )

    def json(self, *arguments: str | Path, stdin: str = f"{PASSPHRASE}\n") -> Any:
        """Run a command that must succeed, and read its answer."""
        done = self(*arguments, "--json", stdin=stdin)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def refused(self, *arguments: str | Path, stdin: str = f"{PASSPHRASE}\n") -> str:
        """Run a command that must fail with one line on stderr and nothing else; that line."""
        failed = self(*arguments, stdin=stdin)
        assert failed.exit_code == 1, failed.output
        assert failed.stdout == ""
        assert failed.stderr.count("\n") == 1, failed.stderr
        assert failed.stderr.startswith("vault: ")
        return failed.stderr.removeprefix("vault: ").strip()


def orders(path: Path, *, damaged: bool = False, title: str | None = None) -> Path:
    """Write an Amazon history of five purchases, one of them a gift, in three orders.

    `damaged` adds a row that cannot be read; `title` renames the chair.
    """
    rows = list(csv.reader(io.StringIO(_SAMPLE.read_text(encoding="utf-8-sig"), newline="")))
    kept = [row for row in rows if damaged or not _UNREADABLE & set(row)]
    if title:
        kept = [[title if cell == "Sample Chair" else cell for cell in row] for row in kept]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(kept)
    return path
