"""`vault doctor`: look at everything that the vault needs, and say what is wrong with it."""

import sys
from dataclasses import asdict

import click

from vault.cli.output import answer, json_option
from vault.errors import ConfigurationError
from vault.settings import Settings


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check settings, keys, database, queue and disk; exits 1 if anything is wrong."""
    from vault.diagnosis import Finding, examine

    try:
        settings = Settings.from_environment()
        findings = [Finding("settings", ok=True, message="All are known and make sense.")]
        findings += examine(settings)
    except ConfigurationError as error:
        findings = [Finding("settings", ok=False, message=error.message)]
    well = all(finding.ok for finding in findings)
    lines = [f"{'ok ' if each.ok else 'BAD'} {each.name}: {each.message}" for each in findings]
    answer({"ok": well, "findings": [asdict(each) for each in findings]}, lines, as_json=as_json)
    if not well:
        sys.exit(1)


commands = [doctor]
