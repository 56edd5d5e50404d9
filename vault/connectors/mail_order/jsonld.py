"""JSON-LD as mails carry it: JSON objects with a context of schema.org.

No context is ever loaded. Understood are names with schema.org's address or the prefix `schema:`,
`@graph`, `@value`, `@list`, `@set`, lists of types, and `@id` within the document. Things under
the context of another vocabulary are no concern of ours. Numbers keep the digits they have.
"""

import html
import re
from decimal import Decimal
from typing import Any

from vault.connectors.formats import json
from vault.connectors.mail_order.nodes import NODE_LIMIT, Node, Value, is_schema_org, local
from vault.errors import UnsupportedDocument

_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_WRAPPED = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("//<![CDATA[", "//]]>"))


def parse(text: str, line: int = 0) -> list[Node]:
    """Return the things at the top of a JSON-LD document; UnsupportedDocument says why not."""
    return _Reading(line).things(_loaded(_unwrapped(text)))


def _unwrapped(text: str) -> str:
    """Return the text without white space, byte order mark, or a comment around it."""
    text = text.strip().lstrip("\ufeff").strip()
    for begins, ends in _WRAPPED:
        if text.startswith(begins) and text.endswith(ends):
            return text[len(begins) : -len(ends)].strip()
    return text


def _loaded(text: str) -> Any:
    try:
        return json.parse(text)
    except UnsupportedDocument:
        if "&quot;" not in text:
            raise
        return json.parse(html.unescape(text))  # some mailers escape what stands in a script


class _Reading:
    """One JSON-LD document on its way to things; counts them."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._count = 0

    def things(self, value: Any, *, ours: bool = True) -> list[Node]:
        """Return the things in an object or a list; `ours` says whose names stand in them."""
        found = [self._value(part, ours=ours) for part in _parts(value)]
        return [node for nodes in found for node in nodes if isinstance(node, Node)]

    def _value(self, value: Any, *, ours: bool) -> list[Value]:
        if isinstance(value, bool):
            return ["true" if value else "false"]
        if isinstance(value, str):
            return [_unescaped(value)]
        if isinstance(value, int | Decimal):
            return [format(value, "f") if isinstance(value, Decimal) else str(value)]
        if not isinstance(value, dict):
            return []
        for wrapper in ("@value", "@list", "@set"):
            if wrapper in value:
                return self._values(value[wrapper], ours=ours)
        return self._node(value, ours=ours)

    def _values(self, value: Any, *, ours: bool) -> list[Value]:
        parts = _parts(value)
        return [one for part in parts for one in self._value(part, ours=ours)]

    def _node(self, value: dict[str, Any], *, ours: bool) -> list[Value]:
        self._count += 1
        if self._count > NODE_LIMIT:
            raise UnsupportedDocument(f"the markup describes more than {NODE_LIMIT:,} things")
        if "@context" in value:
            ours = _is_ours(value["@context"])
        types = [t for t in _parts(value.get("@type", value.get("type", []))) if _is(t, ours=ours)]
        named = value.get("@id", "")
        node = Node(
            tuple(map(local, types)), {}, self._line, named if isinstance(named, str) else ""
        )
        for name, member in value.items():
            if _is(name, ours=ours):
                for one in self._values(member, ours=ours):
                    node.add(local(name), one)
        graph = self.things(value.get("@graph", []), ours=ours)
        return [node, *graph] if node.types or node.values or node.id else list(graph)


def _unescaped(text: str) -> str:
    """Return a text whose letters shops have written as HTML does, and some of them twice."""
    for _ in range(2):
        if "&" in text:
            text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return text


def _parts(value: Any) -> list[Any]:
    """Return a list's elements, or the one value."""
    if not isinstance(value, list):
        return [value]
    flat: list[Any] = []
    for part in value:
        flat += part if isinstance(part, list) else [part]
    return flat


def _is(name: Any, *, ours: bool) -> bool:
    """Return whether a name is one of schema.org's: by its address, or in its context."""
    if not isinstance(name, str) or name.startswith("@"):
        return False
    return local(name) != name or (ours and ":" not in name)


def _is_ours(context: Any) -> bool:
    """Return whether schema.org is the vocabulary of a context."""
    for part in _parts(context):
        named = part.get("@vocab") if isinstance(part, dict) else part
        if isinstance(named, str) and is_schema_org(named):
            return True
    return False
