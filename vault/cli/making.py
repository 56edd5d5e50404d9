"""`vault connectors new` and `vault connectors expect`: the way to a connector of one's own.

Both work on the source that this program runs from, and on nothing else.
"""

import difflib
import keyword
import re
from pathlib import Path
from typing import Any

import click

import vault
from vault.cli.parse import connectors

_ROOT = Path(vault.__file__).resolve().parent.parent
_PACKAGE = _ROOT / "vault" / "connectors"
_FIXTURES = _ROOT / "tests" / "fixtures" / "connectors"
_DOCUMENT = _ROOT / "docs" / "connectors.md"
_SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 24
_LONGEST_NAME = 32
_DIFFERS = 1


@connectors.command("new")
@click.argument("slug")
@click.option("--vendor", metavar="NAME", help="Whose documents it reads; else the slug's words.")
def new(slug: str, vendor: str | None) -> None:
    """Lay out a connector SLUG: code that works, a synthetic case, a row in the documents."""
    from vault.cli import skeletons

    _in_source()
    _refuse_slug(slug)
    vendor = vendor or slug.replace("_", " ").title()
    if not vendor.isprintable() or set(vendor) & set('"\\|') or len(vendor) > _LONGEST_NAME:
        raise click.UsageError(
            "the vendor's name is too long, or has a character that cannot stand in the code"
        )
    words = {
        "slug": slug,
        "vendor": vendor,
        "name": f"{vendor} orders",
        "class_name": "".join(part.capitalize() for part in slug.split("_")),
    }
    case = _FIXTURES / slug / "orders"
    written = {
        _PACKAGE / f"{slug}.py": skeletons.CONNECTOR.substitute(words),
        case / "input.csv": skeletons.INPUT.substitute(words),
        _DOCUMENT: _with_row(skeletons.ROW.substitute(words)),
    }
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path.relative_to(_ROOT)}")
    _write(case, _read(slug, case))
    click.echo(f"wrote {(case / 'expected.json').relative_to(_ROOT)}")
    click.echo(f"Make it yours, then: vault connectors expect {slug}")


@connectors.command("expect")
@click.argument("slug")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 where something differs.")
@click.pass_context
def expect(ctx: click.Context, slug: str, *, check: bool) -> None:
    """Read each case of SLUG and write what came of it as its golden file, for review.

    Says what changes. What the files hold is right only once somebody has looked at it.
    """
    _in_source()
    cases = sorted(path.parent for path in (_FIXTURES / slug).glob("*/input.*"))
    if not _SLUG.fullmatch(slug) or not cases:
        raise click.UsageError(
            f"{slug} has no case: tests/fixtures/connectors/<slug>/<case>/input.*"
        )
    differing = [case for case in cases if _compare(case, _read(slug, case), check=check)]
    click.echo(f"{len(cases)} cases, {len(differing)} of them {'differ' if check else 'written'}")
    if differing and check:
        ctx.exit(_DIFFERS)


def _in_source() -> None:
    """Refuse to write into an installed package: the fixtures and documents are not with it."""
    if not (_FIXTURES.is_dir() and _DOCUMENT.is_file() and (_ROOT / "pyproject.toml").is_file()):
        raise click.UsageError(
            "this works in a checkout of the vault's source, and the program that runs is an "
            f"installed one ({_ROOT})"
        )


def _refuse_slug(slug: str) -> None:
    fits = _SLUG.fullmatch(slug) and len(slug) <= _LONGEST and not keyword.iskeyword(slug)
    if not fits:
        raise click.UsageError(
            f"{slug!r} is no slug: small letters and digits, words joined by single underscores, "
            f"at most {_LONGEST}, no word of Python's"
        )
    there = (_PACKAGE / slug, _PACKAGE / f"{slug}.py", _FIXTURES / slug)
    if any(path.exists() for path in there):
        raise click.UsageError(f"{slug} is there already")


def _with_row(row: str) -> str:
    """The documents with one row more at the end of the first table."""
    lines = _DOCUMENT.read_text(encoding="utf-8").splitlines(keepends=True)
    begins = next(place for place, line in enumerate(lines) if line.startswith("| slug |"))
    ends = next(
        place for place, line in enumerate(lines[begins:], begins) if not line.startswith("|")
    )
    return "".join([*lines[:ends], row, *lines[ends:]])


def _read(slug: str, case: Path) -> dict[str, Any]:
    """What a case holds by its connector, in the form of a golden file."""
    import orjson

    from vault.connectors.sandbox import SandboxedParser
    from vault.domain.column_maps import ColumnMap
    from vault.errors import UnsupportedDocument

    source, map_file = next(case.glob("input.*")), case / "map.json"
    stated = [map_file.read_bytes()] if map_file.exists() else []
    maps = [ColumnMap.from_json(orjson.loads(one)) for one in stated]
    run = SandboxedParser().parse(source.name, source.read_bytes(), slug, maps)
    try:
        records = [orjson.loads(line) for batch in run for line in batch]
    except UnsupportedDocument as refused:
        raise click.ClickException(f"{case.name}: refused: {refused.message}") from refused
    names = ("kind", "sourceId", "refs", "data")
    return {
        "connector": slug,
        "records": [{name: record[name] for name in names} for record in records],
        "errors": [[error.line, error.reason] for error in run.errors],
        "notices": run.notices,
    }


def _compare(case: Path, found: dict[str, Any], *, check: bool) -> bool:
    """Say how a golden file differs, and write it unless `check`; whether it does."""
    import json

    file = case / "expected.json"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if before and json.loads(before) == found:
        return False
    shown = str(file.relative_to(_ROOT))
    changes = difflib.unified_diff(
        before.splitlines(), _golden(found).splitlines(), shown, shown, lineterm=""
    )
    for line in changes:
        click.echo(line)
    if not check:
        _write(case, found)
    return True


def _golden(found: dict[str, Any]) -> str:
    import json

    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _write(case: Path, found: dict[str, Any]) -> None:
    (case / "expected.json").write_text(_golden(found), encoding="utf-8")
