"""Every label that the code seals, signs or derives with, found by reading its syntax.

A label is the first argument of `context`, or the label of one of the `derive` functions. Where it
comes in through a parameter, the function that has the parameter counts as one of them; where it
cannot be traced to a text, that is a fault of the code: a label must be there to be found.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.docs.documents import ROOT

LABELLED = frozenset({("context", 0), ("encode_context", 0), ("derive", 1)})
"""Functions that take a label, with the place of its argument (`self` not counted)."""

_HASHED = re.compile("([a-z]+(?:-[a-z]+)+)\x00")


@dataclass(frozen=True)
class Found:
    """What a set of files uses: labels of contexts and of derived keys, and what has none."""

    labels: frozenset[str]
    untraced: tuple[str, ...]


def used(*folders: str) -> Found:
    """Trace the labels in some folders of `vault/`, beginning at `LABELLED`."""
    trees = list(_trees(folders))
    functions = LABELLED
    while True:
        readings = [_Reading(path, tree, functions) for path, tree in trees]
        wrappers = frozenset[tuple[str, int]]().union(*(each.wrappers for each in readings))
        if wrappers <= functions:
            return Found(
                frozenset[str]().union(*(each.labels for each in readings)),
                tuple(where for each in readings for where in each.untraced),
            )
        functions |= wrappers


def asked_of_the_server(*folders: str) -> frozenset[str]:
    """The labels that are handed, as they stand, to a `derive` that takes nothing else."""
    return frozenset(
        node.args[0].value
        for _, tree in _trees(folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _name(node.func) == "derive"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def hashed(*folders: str) -> frozenset[str]:
    """What hashes begin with that are no contexts: texts that end in a zero byte."""
    return frozenset(
        beginning
        for _, tree in _trees(folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and (beginning := _beginning(node.value))
    )


def _beginning(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    found = _HASHED.match(text) if isinstance(text, str) else None
    return found[1] if found else ""


def _trees(folders: Iterable[str]) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / "vault" / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


class _Reading(ast.NodeVisitor):
    """One file, read once."""

    def __init__(self, path: Path, tree: ast.Module, functions: frozenset[tuple[str, int]]) -> None:
        self.labels: set[str] = set()
        self.untraced: list[str] = []
        self.wrappers: set[tuple[str, int]] = set()
        self._path = path
        self._functions = functions
        self._constants = dict(_constants(tree))
        self._parameters: list[tuple[str, list[str]]] = []
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        names = [each.arg for each in node.args.args if each.arg not in ("self", "cls")]
        self._parameters.append((node.name, names))
        self.generic_visit(node)
        self._parameters.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = _name(node.func)
        for place, argument in enumerate(node.args):
            if (name, place) in self._functions:
                self._take(argument, node.lineno)

    def _take(self, label: ast.expr, line: int) -> None:
        if isinstance(label, ast.Constant) and isinstance(label.value, str):
            self.labels.add(label.value)
        elif isinstance(label, ast.Name) and label.id in self._constants:
            self.labels.add(self._constants[label.id])
        elif isinstance(label, ast.Name) and self._is_parameter(label.id):
            name, names = self._parameters[-1]
            self.wrappers.add((name, names.index(label.id)))
        else:
            self.untraced.append(f"{self._path.relative_to(ROOT)}:{line}")

    def _is_parameter(self, name: str) -> bool:
        return bool(self._parameters) and name in self._parameters[-1][1]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The module's names that stand for a text."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
