"""`vault connectors map`: a column map proposed for a sheet, to be corrected by hand."""

import json
from pathlib import Path

import click

from vault.cli.parse import FILE_REFUSED, chunks, connectors
from vault.domain.columns import MEANINGS
from vault.domain.proposals import Proposal

_KINDS = [kind.value for kind in MEANINGS]


@connectors.command("map")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(_KINDS), help="What a row is, where that is not plain.")
@click.option("--preset", metavar="NAME", help="Whose download it is; all presets are unverified.")
def propose(file: Path, kind: str | None, preset: str | None) -> None:
    """Propose a column map for a sheet FILE, as JSON to be corrected by hand.

    null stands where the sheet can be read in two ways: say there which is meant.
    """
    from vault.domain.presets import PRESETS, find

    chosen = find(preset) if preset is not None else None
    if preset is not None and chosen is None:
        raise click.UsageError(f"the presets are {', '.join(one.name for one in PRESETS)}")
    found = _proposal(file)
    kind = kind or (chosen.kind.value if chosen else found.kind)
    if not kind:
        raise click.UsageError("what a row is cannot be seen by the header: say it with --kind")
    draft = dict(found.drafts[kind])
    if chosen is not None:
        draft["seller"] = chosen.vendor
        click.echo(f"{chosen.title}: unverified, no sample of it was ever seen", err=True)
    click.echo(json.dumps(draft, indent=2, ensure_ascii=False))


def _proposal(file: Path) -> Proposal:
    """What the sheet's own reader proposes; ends with 2 where it is no sheet."""
    from vault.connectors.sandbox import SandboxedParser
    from vault.errors import UnsupportedDocument

    with file.open("rb") as stream:
        run = SandboxedParser().parse(file.name, chunks(stream), "sheet")
        try:
            for _ in run:
                pass
        except UnsupportedDocument as refused:
            if run.proposal is not None:
                return run.proposal
            click.echo(f"{file.name}: refused: {refused.message}", err=True)
    raise click.exceptions.Exit(FILE_REFUSED)
