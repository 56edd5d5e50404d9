"""The documents of the project, taken apart as far as the checks need it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_MARKED = re.compile(r"^<!-- runs -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Example:
    """A block that claims to run: its language, its text, and the line on which it begins."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def prose(self) -> str:
        """The text with its blocks of code blanked out, line for line."""
        return _FENCE.sub(lambda block: "\n" * block[0].count("\n"), self.text)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The anchors that GitHub makes of the headings."""
        return frozenset(anchor(heading) for _, heading in _HEADING.findall(self.prose))

    def line_of(self, at: int) -> int:
        """The number of the line in which a character stands."""
        return self.text.count("\n", 0, at) + 1

    def spans(self) -> Iterator[tuple[int, str]]:
        """Every `span` of code in the prose, with its line."""
        for match in _SPAN.finditer(self.prose):
            yield self.prose.count("\n", 0, match.start()) + 1, match[1]

    def examples(self) -> Iterator[Example]:
        """The blocks that stand behind the mark `<!-- runs -->`."""
        for match in _MARKED.finditer(self.text):
            yield Example(match[1], match[2], self.line_of(match.start()) + 2)

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the first table below a heading, without its first two lines."""
        _, found, below = self.text.partition(f"# {heading}\n")
        if not found:
            raise LookupError(f"{self.name} has no heading “{heading}”")
        lines = iter(below.splitlines())
        table = [next((line for line in lines if line.startswith("|")), "")]
        for line in lines:
            if not line.startswith("|"):
                break
            table.append(line)
        return [[cell.strip() for cell in _CELL.split(row)[1:-1]] for row in table[2:]]


def anchor(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return kept.replace(" ", "-")


def code(cell: str) -> list[str]:
    """The spans of code in a cell."""
    return _SPAN.findall(cell)


def every() -> list[Document]:
    """All documents, those at the top first."""
    paths = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    return [Document(path, path.read_text(encoding="utf-8")) for path in paths]


def one(name: str) -> Document:
    """The document at a path from the root."""
    path = ROOT / name
    return Document(path, path.read_text(encoding="utf-8"))
