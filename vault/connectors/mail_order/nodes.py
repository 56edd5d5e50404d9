"""A thing that markup describes, whatever the markup: its types and its properties.

JSON-LD, microdata and RDFa Lite all come to this. Types and property names are schema.org's,
without their address; each value is text as written (numbers and truth values too) or a thing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

NODE_LIMIT = 50_000

_ADDRESS = r"(?:(?:https?:)?//)?(?:www\.)?schema\.org"
_SCHEMA = re.compile(rf"(?:{_ADDRESS}/|schema:)", re.IGNORECASE)
_VOCABULARY = re.compile(rf"{_ADDRESS}(?:[/#?].*)?", re.IGNORECASE)


def local(name: str) -> str:
    """Return a name of schema.org without its address or prefix; others as they are."""
    stated = name.strip()
    known = _SCHEMA.match(stated)
    return stated[known.end() if known else 0 :].strip("/#")


def is_schema_org(vocabulary: str) -> bool:
    """Return whether an address is that of schema.org."""
    return _VOCABULARY.fullmatch(vocabulary.strip()) is not None


@dataclass(slots=True, eq=False)
class Node:
    """A thing. `id` is what other things of the document may refer to it by, or ""."""

    types: tuple[str, ...] = ()
    values: "dict[str, list[Value]]" = field(default_factory=dict)
    line: int = 0
    id: str = ""

    def add(self, name: str, value: "Value") -> None:
        """Add a value to those of a property."""
        self.values.setdefault(name, []).append(value)

    def things(self, *names: str) -> "list[Node]":
        """Return the things among the values of some properties."""
        return [value for value in self.all(*names) if isinstance(value, Node)]

    def all(self, *names: str) -> "list[Value]":
        """Return the values of some properties, in the order of their names."""
        return [value for name in names for value in self.values.get(name, ())]


Value: TypeAlias = str | Node


def resolved(roots: Iterable[Node]) -> None:
    """Put each thing in the place of the references to it, within one document."""
    nodes = list(_every(roots))
    known: dict[str, Node] = {}
    for node in nodes:
        if node.id and (node.types or node.values):
            known.setdefault(node.id, node)
    for node in nodes:
        for values in node.values.values():
            values[:] = [_target(value, known) for value in values]


def _target(value: Value, known: dict[str, Node]) -> Value:
    if isinstance(value, Node) and value.id and not value.types and not value.values:
        return known.get(value.id, value)
    return value


def _every(roots: Iterable[Node]) -> Iterator[Node]:
    waiting = list(roots)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [v for values in node.values.values() for v in values if isinstance(v, Node)]
