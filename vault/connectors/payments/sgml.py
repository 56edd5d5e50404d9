"""OFX's markup, 1.x (SGML, where a value's end tag may be missing) and 2.x (XML), read in one go.

A tag with text after it is a value; one without is an aggregate, unless its name is known to be a
value's. Nothing is resolved but a handful of character entities; a DOCTYPE is refused. ofxtools,
which is written to the letter of the standard, refuses 3 of 13 real files (no header, a longer
bank number), and any file as a whole for one bad value in it: hence this reader.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vault.errors import UnsupportedDocument

DEPTH_LIMIT = 64
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._:-]{0,64})(?:\s[^<>]{0,2000})?/?>")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_SKIPPED = (("<!--", "-->"), ("<?", "?>"))
_CDATA, _CDATA_END = "<![CDATA[", "]]>"

_OPEN, _CLOSE, _TEXT = range(3)


@dataclass(slots=True)
class Aggregate:
    """An aggregate: its values by name, and the first aggregate of each name within it."""

    name: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    inner: dict[str, "Aggregate"] = field(default_factory=dict)


def aggregates(text: str, leaves: frozenset[str]) -> Iterator[tuple[Aggregate, list[Aggregate]]]:
    """Yield each aggregate at its end, with those around it, the outermost first.

    Names are in capitals. `leaves` are those that are values even where they are empty. An
    aggregate that is never closed ends with the one around it, or where its like begins.
    """
    tree = _Tree(leaves)
    for line, kind, value in _tokens(text):
        if kind == _TEXT:
            tree.text.append(value)
        elif kind == _OPEN:
            yield from tree.open(value, line)
        else:
            yield from tree.close(value)
    yield from tree.end()


class _Tree:
    """The aggregates that are open, and the tag of which it is not yet known what it is."""

    def __init__(self, leaves: frozenset[str]) -> None:
        self._leaves = leaves
        self._open: list[Aggregate] = []
        self._pending = ("", 0)
        self.text: list[str] = []

    def open(self, name: str, line: int) -> Iterator[tuple[Aggregate, list[Aggregate]]]:
        """Settle the tag before, and keep this one in mind."""
        yield from self._settled()
        self._pending = (name, line)

    def close(self, name: str) -> Iterator[tuple[Aggregate, list[Aggregate]]]:
        """End a value, or an aggregate with all that is open in it; ignore what was never open."""
        if self._pending[0] == name:
            self._value(name)
            return
        yield from self._settled()
        if any(aggregate.name == name for aggregate in self._open):
            yield from self._until(name)

    def end(self) -> Iterator[tuple[Aggregate, list[Aggregate]]]:
        """End everything."""
        yield from self._settled()
        if self._open:
            yield from self._until(self._open[0].name)

    def _settled(self) -> Iterator[tuple[Aggregate, list[Aggregate]]]:
        name, line = self._pending
        if not name or name in self._leaves or "".join(self.text).strip():
            self._value(name)
            return
        self._value("")
        if self._open and self._open[-1].name == name:  # no aggregate stands in itself
            yield from self._until(name)
        if len(self._open) >= DEPTH_LIMIT:
            raise UnsupportedDocument(f"the OFX is nested more than {DEPTH_LIMIT} deep")
        self._open.append(Aggregate(name, line))

    def _value(self, name: str) -> None:
        if name and self._open:
            self._open[-1].values.setdefault(name, " ".join("".join(self.text).split()))
        self._pending = ("", 0)
        self.text.clear()

    def _until(self, name: str) -> Iterator[tuple[Aggregate, list[Aggregate]]]:
        ended = Aggregate("", 0)
        while ended.name != name:
            ended = self._open.pop()
            yield ended, self._open
            if self._open:
                self._open[-1].inner.setdefault(ended.name, ended)


def _tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield line, kind and name or text; linear in the length of the text."""
    place, line = 0, 1
    while place < len(text):
        if text[place] != "<":
            end = text.find("<", place)
            end = len(text) if end < 0 else end
            yield line, _TEXT, _ENTITY.sub(lambda found: html.unescape(found[0]), text[place:end])
        elif tag := _TAG.match(text, place):
            end = tag.end()
            yield line, _CLOSE if tag[1] else _OPEN, tag[2].upper()
        else:
            end, data = _other(text, place, line)
            yield line, _TEXT, data
        line += text.count("\n", place, end)
        place = end


def _other(text: str, place: int, line: int) -> tuple[int, str]:
    """Return the end of what is no tag, and the text that it stands for."""
    if text.startswith(_CDATA, place):
        end = _after(text, _CDATA_END, place, line)
        return end, text[place + len(_CDATA) : end - len(_CDATA_END)]
    for begins, ends in _SKIPPED:
        if text.startswith(begins, place):
            return _after(text, ends, place, line), ""
    if text.startswith("<!", place):
        raise UnsupportedDocument("the OFX has a DOCTYPE: document types and entities are refused")
    return place + 1, "<"


def _after(text: str, end: str, place: int, line: int) -> int:
    found = text.find(end, place)
    if found < 0:
        raise UnsupportedDocument(f"the OFX is not well-formed at line {line}")
    return found + len(end)
