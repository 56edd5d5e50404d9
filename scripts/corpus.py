"""`make corpus`: read the whole corpus of real files and write the table of what became of it.

The corpus is where `VAULT_CORPUS` says, else in `../shared/corpus`: a folder for each format, and
in it a folder for each source. Nothing of it is copied. A file is read in full where no row of it
is unreadable, in part where some are, and else not read; the reasons are the parser's own.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vault.connectors.sandbox import SandboxedParser
from vault.errors import UnsupportedDocument

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "connectors.md"
BEGIN, END = "<!-- corpus: written by `make corpus` -->\n", "<!-- end of corpus -->\n"
_NOTES = frozenset({"SOURCES.md"})
_HEADERS = "header-only"
_HEAD = (
    "| format | files | read in full | in part | not read | by | why not |\n"
    "|---|---|---|---|---|---|---|\n"
)


@dataclass
class Format:
    """What became of the files of one format."""

    name: str
    files: int = 0
    headers: int = 0
    full: int = 0
    partly: int = 0
    unread: int = 0
    connectors: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)

    def row(self) -> str:
        """The line of the table."""
        files = f"{self.files}, header row only" if self.headers == self.files else str(self.files)
        by = ", ".join(f"`{slug}`" for slug in sorted(self.connectors)) or "–"
        ordered = sorted(self.reasons.items(), key=lambda one: (-one[1], one[0]))
        why = "; ".join(f"{count} × {reason}" for reason, count in ordered)
        counts = f"{self.full} | {self.partly} | {self.unread}"
        return f"| {self.name} | {files} | {counts} | {by} | {why.replace('|', '/')} |\n"


def formats(corpus: Path) -> Iterator[Format]:
    """Read every file; yield the formats by name."""
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        found = Format(folder.name)
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            if file.name not in _NOTES:
                _read(file, found)
        yield found


def _read(file: Path, found: Format) -> None:
    """Count one file, all its documents together."""
    found.files += 1
    found.headers += _HEADERS in file.parts
    records, reasons = 0, []
    for run in SandboxedParser().documents(file.name, file.read_bytes()):
        try:
            records += sum(len(batch) for batch in run)
        except UnsupportedDocument as refused:
            reasons.append(refused.message)
        else:
            found.connectors.add(str(run.connector))
        reasons += [error.reason for error in run.errors[:1]]
    found.reasons.update(reasons)
    if not reasons:
        found.full += 1
    elif records:
        found.partly += 1
    else:
        found.unread += 1


def table(found: Iterable[Format]) -> str:
    """The table, with a sum at its end."""
    every = list(found)
    sums = (sum(getattr(one, name) for one in every) for name in ("files", "full", "partly"))
    files, full, partly = sums
    last = f"| all | {files} | {full} | {partly} | {files - full - partly} | | |\n"
    return _HEAD + "".join(one.row() for one in every) + last


def put(text: str, written: str) -> str:
    """A document with the table between its marks; ValueError where these are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has not the lines {BEGIN!r} and {END!r}")
    return f"{before}{begin}{written}{end}{after}"


def main() -> None:
    """Read the corpus and write the table."""
    corpus = Path(os.environ.get("VAULT_CORPUS") or ROOT / ".." / "shared" / "corpus").resolve()
    if not corpus.is_dir():
        sys.exit(f"there is no corpus in {corpus}: say where it is by VAULT_CORPUS")
    written = table(formats(corpus))
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(put(text, written), encoding="utf-8")
    sys.stdout.write(written)


if __name__ == "__main__":
    main()
