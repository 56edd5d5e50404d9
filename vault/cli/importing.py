"""`vault import`, `vault imports` and `vault undo`: documents into a vault, and out again whole.

`import` stores what could be read, as the page does: a file that is refused keeps no other out. As
`parse` does, it ends with 0 when everything was read, 1 when some of it was not (rows, files,
documents of an archive), and 2 when nothing could be read.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault.cli.moments import short, stamp
from vault.cli.opening import finish_imports, in_turn, unlocked
from vault.cli.output import answer, json_option
from vault.cli.progress import progress
from vault.cli.secrets import passphrase_file_option
from vault.domain.compartments import Kind
from vault.errors import Conflict

if TYPE_CHECKING:
    from vault.composition import Services
    from vault.services.importing.imports import Preview
    from vault.services.importing.staging import FilePreview
    from vault.services.open_vault import OpenVault

PARTLY_READ = 1
ALL_REFUSED = 2
_HOW = "(the page Import asks for it once, and the vault keeps it for the next such sheet)"
_CHUNK = 1024 * 1024


@click.command("import")
@click.argument("name")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--dry-run", is_flag=True, help="Show what the files would bring; store nothing.")
@passphrase_file_option
@json_option
@click.pass_context
def import_files(
    ctx: click.Context,
    name: str,
    files: tuple[Path, ...],
    passphrase_file: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring FILES into the vault of NAME: say what they hold, then store what could be read.

    A file that is refused keeps no other out. The same file twice adds nothing. `vault undo` takes
    an import back.

    Ends with 0 when everything was read, 1 when some files or rows were not, 2 when nothing was.
    """
    with unlocked(name, passphrase_file) as (services, vault):
        finish_imports(services, vault)
        preview = _staged(services, vault, files)
        news = any(one.new or one.changed for one in preview.files)
        stored = None
        if dry_run or not news:
            services.imports.discard(vault, preview.import_id)
        else:
            stored = _store(services, vault, preview.import_id)
    result = {
        "files": [_as_json(one) for one in preview.files],
        "stored": {"import": preview.import_id, **stored} if stored else None,
    }
    said = [*map(_told, preview.files), _ended(name, preview, stored, dry_run=dry_run)]
    answer(result, said, as_json=as_json)
    _complain(preview)
    if not _readable(preview):
        ctx.exit(ALL_REFUSED)
    if any(one.unreadable_rows or one.refusal is not None for one in preview.files):
        ctx.exit(PARTLY_READ)


def _readable(preview: "Preview") -> bool:
    """Whether anything could be read: one file, or one document of an archive."""
    return any(one.refusal is None for one in preview.files)


def _staged(services: "Services", vault: "OpenVault", files: tuple[Path, ...]) -> "Preview":
    """Read the files into the inbox, chunk by chunk: none is in memory as a whole."""
    with progress("Reading", sum(file.stat().st_size for file in files)) as advance:

        def chunks(file: Path) -> Iterator[bytes]:
            with file.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    advance(len(chunk))
                    yield chunk

        return services.imports.stage(vault, [(file.name, chunks(file)) for file in files])


def _store(services: "Services", vault: "OpenVault", import_id: str) -> dict[str, int]:
    """File the import, in turn with whatever else is being written to this vault just now."""
    click.echo("Storing …", err=True)

    try:
        outcome = in_turn(lambda: services.imports.confirm(vault, import_id))
    except Conflict:
        # Confirmed by us, and filed by another session that came first.
        [entry] = [one for one in services.imports.history(vault) if one.import_id == import_id]
        return {"added": entry.added, "changed": entry.changed}
    return {"added": outcome.added, "changed": outcome.changed}


def _as_json(preview: "FilePreview") -> dict[str, Any]:
    fields = asdict(preview)
    rows = [{"line": line, "reason": reason} for line, reason in preview.unreadable]
    return {
        **{name: fields[name] for name in ("filename", "connector", "refusal", "counts")},
        **{name: fields[name] for name in ("new", "known", "changed", "gifts", "notices")},
        "unreadable": preview.unreadable_rows,
        "unreadableRows": rows,
    }


def _told(preview: "FilePreview") -> str:
    if preview.refusal is not None:
        return f"{preview.filename}: refused"
    found = ", ".join(f"{count} {_many(kind)}" for kind, count in sorted(preview.counts.items()))
    parts = [f"{preview.new} new", f"{preview.changed} changed", f"{preview.known} known"]
    if preview.gifts:
        parts.append(f"{preview.gifts} stated as gifts")
    if preview.unreadable_rows:
        parts.append(f"{preview.unreadable_rows} not readable")
    return f"{preview.filename} ({preview.connector}): {found or 'no records'}; {', '.join(parts)}"


def _many(kind: str) -> str:
    return Kind(kind).plural.replace("_", " ")


def _ended(name: str, preview: "Preview", stored: dict[str, int] | None, *, dry_run: bool) -> str:
    if stored is not None:
        done = f"Stored: {stored['added']} added, {stored['changed']} changed."
        return f"{done} To take it back: vault undo {name} {preview.import_id}"
    if not _readable(preview):
        return "Nothing was stored: none of it could be read."
    return "Nothing was stored: this was a dry run." if dry_run else "There is nothing new in it."


def _complain(preview: "Preview") -> None:
    """Say on stderr which rows could not be read, and why a file was refused."""
    for one in preview.files:
        if one.refusal is not None:
            hint = f" {_HOW}" if one.unexplained else ""
            click.echo(f"{one.filename}: refused: {one.refusal}{hint}", err=True)
        for notice in one.notices:
            click.echo(f"{one.filename}: {notice}", err=True)
        for line, reason in one.unreadable:
            click.echo(f"{one.filename}:{line}: {reason}", err=True)
        left = one.unreadable_rows - len(one.unreadable)
        if left > 0:
            click.echo(f"{one.filename}: and {left} rows more that could not be read", err=True)


@click.command("imports")
@click.argument("name")
@passphrase_file_option
@json_option
def list_imports(name: str, passphrase_file: Path | None, *, as_json: bool) -> None:
    """List what was imported into the vault of NAME, newest first."""
    with unlocked(name, passphrase_file) as (services, vault):
        finish_imports(services, vault)
        entries = services.imports.history(vault)
    listed = [
        {
            "import": one.import_id,
            "filenames": one.filenames,
            "importedAt": stamp(one.imported_at),
            "added": one.added,
            "changed": one.changed,
            "undone": one.undone,
        }
        for one in entries
    ]
    lines = [
        f"{one.import_id}  {short(one.imported_at)}  {one.added} added, {one.changed} changed"
        f"{', undone' if one.undone else ''}  {', '.join(one.filenames)}"
        for one in entries
    ]
    answer(listed, lines or ["Nothing was imported yet."], as_json=as_json)


@click.command()
@click.argument("name")
@click.argument("import_id", metavar="IMPORT")
@passphrase_file_option
@json_option
def undo(name: str, import_id: str, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Take a whole IMPORT back: what it alone brought is erased, the rest is as before."""
    with unlocked(name, passphrase_file) as (services, vault):
        finish_imports(services, vault)
        outcome = in_turn(lambda: services.imports.undo(vault, import_id))
    counts = {"erased": outcome.added, "restored": outcome.changed}
    done = f"Taken back: {outcome.added} erased, {outcome.changed} as before."
    answer({"import": import_id, **counts}, [done], as_json=as_json)


commands: list[click.Command] = [import_files, list_imports, undo]
