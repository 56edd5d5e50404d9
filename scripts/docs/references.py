"""What the documents point at: links, files, tests, commands and targets of make."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from scripts.docs.documents import ROOT, Document
from vault.cli import main

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = ("http://", "https://", "mailto:")
_PATH = re.compile(
    r"(?:\.ci|benchmarks|demo|docs|migrations|scripts|templates|tests|vault)/[\w./*-]*"
)
_COMMAND = re.compile(r"vault ([a-z][a-z-]*)")
_TARGET = re.compile(r"make ([a-z][a-z-]*)")
_DEFINED = re.compile(r"^([a-z-]+):", re.MULTILINE)


def broken_links(document: Document) -> Iterator[str]:
    """Links and pictures that lead nowhere within the project; the web is not asked."""
    for match in _LINK.finditer(document.prose):
        target, _, anchor = match[1].partition("#")
        if match[1].startswith(_ELSEWHERE):
            continue
        path = (document.path.parent / target).resolve() if target else document.path
        where = f"{document.name}:{document.prose.count(chr(10), 0, match.start()) + 1}"
        if not path.exists():
            yield f"{where}: {target} does not exist"
        elif anchor and path.suffix == ".md" and anchor not in _anchors(path):
            yield f"{where}: {target or document.name} has no heading #{anchor}"


@cache
def _anchors(path: Path) -> frozenset[str]:
    return Document(path, path.read_text(encoding="utf-8")).anchors


def broken_mentions(document: Document) -> Iterator[str]:
    """Files, tests, commands and targets that the text names and that do not exist."""
    for line, span in document.spans():
        for problem in _mention(span):
            yield f"{document.name}:{line}: {problem}"


def _mention(span: str) -> Iterator[str]:
    path, _, test = span.partition("::")
    if _PATH.fullmatch(path):
        found = sorted(ROOT.glob(path.rstrip("/")))
        if not found:
            yield f"{path} does not exist"
        elif test and not any(test in _tests(each) for each in found):
            yield f"{path} has no test {test}"
    command = _COMMAND.match(span)
    if command and command[1] not in main.commands:
        yield f"there is no command `vault {command[1]}`"
    target = _TARGET.fullmatch(span.partition(" PORT=")[0])
    if target and target[1] not in _targets():
        yield f"there is no target `make {target[1]}`"


@cache
def _tests(path: Path) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def _targets() -> frozenset[str]:
    return frozenset(_DEFINED.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
