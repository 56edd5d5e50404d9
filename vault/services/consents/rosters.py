"""The roster of a server: the agreements that come with it, and those that its operator adds.

An agreement is a TOML file with `slug`, `version`, `title`, `summary` (one sentence) and `text`
(paragraphs). The file's name says nothing, so that old versions can stand beside new ones.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vault.domain.roster import LONGEST_SLUG, SLUG, Agreement, Roster
from vault.errors import ConfigurationError
from vault.resources import resource_folder

_LONGEST = {"title": 80, "summary": 300, "text": 50_000}
_FIELDS = frozenset({"slug", "version", *_LONGEST})
_MAX_VERSION = 9_999


def load(issuer: str, folder: Path | None = None) -> Roster:
    """Read the roster, with the operator's `folder` if there is one.

    Raises ConfigurationError, which names the file and what is wrong with it.
    """
    found = {(one.slug, one.version): one for _, one in _read(resource_folder("roster"))}
    for path, agreement in _read(folder) if folder else ():
        place = (agreement.slug, agreement.version)
        if place in found:
            wrong = f"there is a version {agreement.version} of {agreement.slug!r} already"
            raise _unusable(path, wrong)
        found[place] = agreement
    return Roster(issuer, found.values())


def _read(folder: Path) -> Iterator[tuple[Path, Agreement]]:
    if not folder.is_dir():
        raise ConfigurationError(f"VAULT_TERMS_DIR: {folder} is not a folder.")
    for path in sorted(folder.glob("*.toml")):
        try:
            yield path, _agreement(tomllib.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise _unusable(path, str(error).splitlines()[0]) from error


def _unusable(path: Path, wrong: str) -> ConfigurationError:
    return ConfigurationError(f"VAULT_TERMS_DIR: {path.name} cannot be used: {wrong}.")


def _agreement(data: dict[str, Any]) -> Agreement:
    """Check what a file says. Raises ValueError."""
    if data.keys() != _FIELDS:
        raise ValueError(f"it must have {', '.join(sorted(_FIELDS))} and nothing else")
    slug, version = data["slug"], data["version"]
    if not isinstance(slug, str) or not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise ValueError("slug must be words of small letters and digits with dashes between them")
    if type(version) is not int or not 1 <= version <= _MAX_VERSION:
        raise ValueError(f"version must be a whole number from 1 to {_MAX_VERSION}")
    for name, longest in _LONGEST.items():
        text = data[name]
        if not isinstance(text, str) or not text.strip() or len(text) > longest:
            raise ValueError(f"{name} must be a text of 1 to {longest} characters")
    title, summary = data["title"].strip(), data["summary"].strip()
    if not (title + summary).isprintable():
        raise ValueError("title and summary must be one line each")
    return Agreement(slug, version, title, summary, data["text"].strip())
