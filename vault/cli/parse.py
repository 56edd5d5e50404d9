"""`vault connectors` and `vault parse`: what can be read, and what a file holds, without a vault.

`parse` prints one JSON document a record and line, `{"kind", …fields…, "source"}`; `fileDigest` is
the given file's. Rows that could not be read go to stderr with line and reason, and so do documents
of an archive that were refused. A sheet that has no connector of its own is read by the column map
of `--map`, which `vault connectors map` (`mapping.py`) proposes. It ends with 0 when everything was
read, 1 when some of it was not, 2 when the file was refused, or all that is in it.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from vault.cli.output import answer, json_option

if TYPE_CHECKING:
    from vault.connectors.sandbox import SandboxedRun
    from vault.domain.column_maps import ColumnMap

ROWS_UNREADABLE = 1
FILE_REFUSED = 2
_CHUNK = 1024 * 1024
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_HOW = "(vault connectors map FILE proposes one, --map takes it)"
_OTHER_COLUMNS = "(the map given is for a sheet with other columns)"
_HELD = 64 * 1024 * 1024


@click.group("connectors", invoke_without_command=True)
@json_option
@click.pass_context
def connectors(ctx: click.Context, *, as_json: bool) -> None:
    """List the connectors: what each reads, and for whom."""
    if ctx.invoked_subcommand is None:
        _list(ctx, as_json=as_json)


def _list(ctx: click.Context, *, as_json: bool) -> None:
    from vault.connectors.discovery import discover

    found = discover()
    manifests = [_described(connector.manifest) for connector in found.connectors.values()]
    answer(manifests, map(_told, manifests), as_json=as_json)
    for name, reason in found.failures.items():
        click.echo(f"{name} does not work: {reason}", err=True)
    if found.failures:
        ctx.exit(1)


def _described(manifest: Any) -> dict[str, Any]:
    names = ("slug", "name", "vendors", "access", "kinds", "hosts", "recognises")
    return {name: getattr(manifest, name) for name in names}


def _told(manifest: dict[str, Any]) -> str:
    vendors, kinds = ", ".join(manifest["vendors"]), ", ".join(manifest["kinds"])
    first = f"{manifest['slug']:<12} {manifest['name']} ({vendors})"
    return f"{first}\n{'':<12} {kinds}: {manifest['recognises']}"


@click.command("parse")
@click.argument("file", type=_FILE)
@click.option("--connector", metavar="SLUG", help="Use this connector; recognise nothing.")
@click.option("--map", "map_file", type=_FILE, metavar="FILE", help="Read sheets by this map.")
@click.pass_context
def parse(ctx: click.Context, file: Path, connector: str | None, map_file: Path | None) -> None:
    """Read a vendor's FILE without any vault and print its records.

    Of an archive, each document is read by itself.
    """
    from vault.connectors.child import ERROR_LIMIT
    from vault.connectors.reader import Limits
    from vault.connectors.sandbox import SandboxedParser

    maps = _maps(map_file)
    if maps and connector is None:
        connector = "sheet"
    parser = SandboxedParser(Limits(errors_kept=ERROR_LIMIT))
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        codes = [
            _print_document(run, digest, mapped=map_file is not None)
            for run in parser.documents(file.name, chunks(stream), connector, maps)
        ]
    if set(codes) == {FILE_REFUSED}:
        ctx.exit(FILE_REFUSED)
    if any(codes):
        ctx.exit(ROWS_UNREADABLE)


def _print_document(run: "SandboxedRun", digest: str, *, mapped: bool) -> int:
    """Print the records of one document and say what could not be read; the exit code for it."""
    from vault.errors import UnsupportedDocument

    try:
        _print(_records(run, digest))
    except UnsupportedDocument as refused:
        hint = f" {_OTHER_COLUMNS if mapped else _HOW}" if run.proposal is not None else ""
        click.echo(f"{run.filename}: refused: {refused.message}{hint}", err=True)
        return FILE_REFUSED
    for notice in run.notices:
        click.echo(f"{run.filename}: {notice}", err=True)
    for error in run.errors:
        click.echo(f"{run.filename}:{error.line}: {error.reason}", err=True)
    return ROWS_UNREADABLE if run.unreadable else 0


def _maps(file: Path | None) -> "list[ColumnMap]":
    """The column map in a file; InvalidInput says what is wrong with it."""
    from vault.domain.column_maps import ColumnMap

    if file is None:
        return []
    try:
        stated = json.loads(file.read_bytes())
    except ValueError as err:
        raise click.UsageError(f"{file.name} is no JSON") from err
    return [ColumnMap.from_json(stated)]


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """A file's content, a megabyte at a time."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def _records(run: "SandboxedRun", digest: str) -> Iterator[bytes]:
    """Yield batches of records, each as a line of JSON with its provenance.

    Joined, because orjson leaves some kilobytes of room behind each line.
    """
    import orjson

    def printed(line: bytes) -> bytes:
        record = orjson.loads(line)
        source = {
            "connector": run.connector,
            "sourceId": record["sourceId"],
            "fileDigest": digest,
        }
        whole = {"kind": record["kind"], **record["data"], "source": source}
        return orjson.dumps(whole, option=orjson.OPT_APPEND_NEWLINE)

    for batch in run:
        yield b"".join(map(printed, batch))


def _print(batches: Iterator[bytes]) -> None:
    """Print records; the first 64 MiB only when all is read, so that a refused file prints none."""
    out = sys.stdout.buffer
    held: list[bytes] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += len(batch)
        if size > _HELD:
            out.writelines(held)
            held.clear()
    out.writelines(held)
    out.flush()


commands: list[click.Command] = [connectors, parse]
