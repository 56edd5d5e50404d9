"""Bring the catalogs of translations in step with the code: `make translations`.

Extracts every text that a customer reads, as `babel.cfg` says where they stand, and updates each
language's .po file under `vault/web/translations`, or makes it. What is new stands there
untranslated; what is gone is dropped. Nothing is compiled: the vault reads the .po files.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from vault.web.catalogs import po_file
from vault.web.reader import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]

ERRORS = {
    "Busy": 1,
    "Conflict": 1,
    "DoubtfulRequest": 1,
    "InvalidInput": 1,
    "Locked": 1,
    "NotFound": 1,
    "Outdated": 1,
    "Refused": 1,
    "TooManyRequests": 1,
    "Unclear": 2,
    "UnsupportedDocument": 1,
    "WrongPassphrase": 1,
}
"""The errors whose message a page shows, and which argument is that text for people."""

_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("lazy_gettext", "_l", "marked")),
    **{name: (place,) for name, place in ERRORS.items()},
}
_WIDTH = 98


def extracted() -> Catalog:
    """Every text of the code and the templates, each with the files in which it stands."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog()
    for folder in ("vault", "templates"):
        found = extract_from_dir(
            ROOT / folder,
            method_map=[(_below(folder, pattern), method) for pattern, method in methods],
            options_map={_below(folder, pattern): one for pattern, one in options.items()},
            keywords=_KEYWORDS,
        )
        for name, _line, text, comments, context in found:
            place = (f"{folder}/{name}", 1)  # the line would change with every edit
            catalog.add(text, None, [place], auto_comments=comments, context=context)
    return catalog


def _below(folder: str, pattern: str) -> str:
    return pattern.removeprefix(f"{folder}/")


def po_files() -> list[Path]:
    """The catalog of each language, but English, which stands in the code."""
    return [po_file(language) for language in LANGUAGES if language != "en"]


def read(path: Path) -> Catalog:
    """A language's catalog; an empty one where there is none yet."""
    if not path.exists():
        return Catalog(locale=path.parents[1].name, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def update(path: Path, template: Catalog) -> int:
    """Bring a language's catalog in step; how many texts wait for their translation."""
    catalog = read(path)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file,
            catalog,
            width=_WIDTH,
            ignore_obsolete=True,
            sort_by_file=True,
            include_lineno=False,
        )
    return sum(1 for message in catalog if message.id and not all(forms(message.string)))


def forms(text: object) -> tuple[str, ...]:
    """A text's plural forms; a text that has none is its only one."""
    return tuple(text) if isinstance(text, tuple | list) else (str(text or ""),)


def main() -> None:
    """Update all, and say how much waits for its translation."""
    template = extracted()
    waiting = {path: update(path, template) for path in po_files()}
    for path, count in waiting.items():
        sys.stdout.write(f"{path.relative_to(ROOT)}: {count or 'nothing'} to translate\n")


if __name__ == "__main__":
    main()
