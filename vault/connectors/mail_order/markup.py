"""The markup of an HTML document: JSON-LD in its scripts, microdata and RDFa Lite in its elements.

Nothing is fetched: no base address, no style, no frame. A property's value is what HTML Living
Standard 5.2.4 (microdata) and RDFa 1.1 Lite say, in one walk over the document.
"""

from dataclasses import dataclass, field

from lxml import etree

from vault.connectors.mail_order import jsonld
from vault.connectors.mail_order.nodes import NODE_LIMIT, Node, is_schema_org, local, resolved
from vault.domain.fields import TEXT_LIMIT
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

HTML_BYTES = 16 * 1024 * 1024
_JSON_LD = "application/ld+json"
_PIECES = 2_000_000
_REFERENCES = 64
_ADDRESSES = {"a": "href", "area": "href", "link": "href", "object": "data"}
_ADDRESSES |= dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src")
_EXCESSIVE = "the HTML is nested too deeply or has too much in it"


@dataclass(slots=True)
class Markup:
    """What an HTML document describes, and what of that could not be read."""

    things: list[Node] = field(default_factory=list)
    problems: list[RowError] = field(default_factory=list)


def of_html(text: str) -> Markup:
    """Return what a document's markup describes: JSON-LD first, then microdata, then RDFa."""
    if len(text) > HTML_BYTES:
        raise UnsupportedDocument(f"the HTML is larger than {HTML_BYTES // 2**20} MiB")
    found = Markup()
    root = _tree(text)
    if root is None:
        return found
    misplaced = []
    for script in root.iter("script"):
        if script.get("type", "").split(";")[0].strip().lower() == _JSON_LD:
            content = script.text or ""
            if _is_microdata(content):
                misplaced.append(content)
            else:
                _read_json_ld(content, script.sourceline or 1, found)
    for dialect in (_Microdata(), _Rdfa()):
        found.things += _Walk(root, dialect).things
    if misplaced and (elements := _tree("".join(misplaced))) is not None:
        found.things += _Walk(elements, _Microdata()).things
    resolved(found.things)
    return found


def _is_microdata(script: str) -> bool:
    """Return whether a script for JSON holds elements, as in what parcelLab sends for shops."""
    return script.lstrip().startswith("<") and "itemscope" in script


def of_json_ld(text: str) -> Markup:
    """Return what a JSON-LD document describes."""
    found = Markup()
    _read_json_ld(text, 1, found)
    resolved(found.things)
    return found


def _read_json_ld(text: str, line: int, found: Markup) -> None:
    try:
        found.things += jsonld.parse(text, line)
    except UnsupportedDocument as err:
        found.problems.append(RowError(line, err.message))


def _tree(text: str) -> etree._Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    content = text.replace("\0", "\ufffd").encode("utf-8", "replace")
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as err:
        if parser.error_log.filter_from_fatals():
            raise UnsupportedDocument(_EXCESSIVE) from err
        return None  # nothing that HTML would be made of
    if any("xcessive" in entry.message for entry in parser.error_log.filter_from_fatals()):
        raise UnsupportedDocument(_EXCESSIVE)
    return root


class _Microdata:
    """The attributes of microdata: `itemscope`, `itemtype`, `itemprop`, `itemid`, `itemref`."""

    def begins(self, element: etree._Element, *, ours: bool) -> tuple[str, ...] | None:
        """Return the types of the thing that begins at an element; None where none does."""
        del ours  # a type says itself whose it is
        if element.get("itemscope") is None:
            return None
        return tuple(local(t) for t in element.get("itemtype", "").split() if is_schema_org(t))

    def names(self, element: etree._Element, *, ours: bool) -> list[str]:
        """Return the properties that an element states of the thing around it."""
        del ours
        return [local(name) for name in element.get("itemprop", "").split()]

    def id(self, element: etree._Element) -> str:
        """Return by what a thing may be referred to."""
        return element.get("itemid", "").strip()


class _Rdfa:
    """Those of RDFa Lite: `typeof`, `property`, `resource`; `ours` is schema.org's `vocab`."""

    def begins(self, element: etree._Element, *, ours: bool) -> tuple[str, ...] | None:
        types = element.get("typeof")
        return None if types is None else self._ours(types, ours=ours)

    def names(self, element: etree._Element, *, ours: bool) -> list[str]:
        return list(self._ours(element.get("property", ""), ours=ours))

    def id(self, element: etree._Element) -> str:
        return (element.get("resource") or element.get("about") or "").strip()

    @staticmethod
    def _ours(names: str, *, ours: bool) -> tuple[str, ...]:
        known = (n for n in names.split() if local(n) != n or (ours and ":" not in n))
        return tuple(local(name) for name in known)


class _Walk:
    """One walk over a document, in its order, with the thing around each element."""

    def __init__(self, root: etree._Element, dialect: _Microdata | _Rdfa) -> None:
        self.things: list[Node] = []
        self._dialect = dialect
        self._pieces = _PIECES
        self._count = 0
        self._referring: list[tuple[Node, list[str]]] = []
        self._over(root, None)
        self._follow(root)

    def _over(self, root: etree._Element, around: Node | None) -> None:
        """Walk over an element: the innermost thing, and whose names stand, on a stack."""
        stack = [(around, False)]
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "end":
                stack.pop()
                continue
            thing, ours = stack[-1]
            if (vocabulary := element.get("vocab")) is not None:
                ours = is_schema_org(vocabulary)
            stack.append((self._at(element, thing, ours=ours), ours))

    def _at(self, element: etree._Element, around: Node | None, *, ours: bool) -> Node | None:
        """Take what one element says; return the thing around its children."""
        types = self._dialect.begins(element, ours=ours)
        names = self._dialect.names(element, ours=ours)
        begun = None
        if types is not None:
            begun = self._begun(element, types)
            if around is None or not names:
                self.things.append(begun)
        if around is not None and names:
            value = self._value(element) if begun is None else begun
            for name in names:
                around.add(name, value)
        return around if begun is None else begun

    def _begun(self, element: etree._Element, types: tuple[str, ...]) -> Node:
        self._count += 1
        if self._count > NODE_LIMIT:
            raise UnsupportedDocument(_EXCESSIVE)
        node = Node(types, {}, element.sourceline or 1, self._dialect.id(element))
        if references := element.get("itemref", "").split():
            self._referring.append((node, references))
        return node

    def _follow(self, root: etree._Element) -> None:
        """Add what stands elsewhere in the document and belongs to a thing by `itemref`."""
        wanted = {name for _, names in self._referring for name in names}
        if len(wanted) > _REFERENCES or len(self._referring) > _REFERENCES:
            raise UnsupportedDocument(_EXCESSIVE)
        places = {e.get("id"): e for e in root.iter("*") if e.get("id") in wanted} if wanted else {}
        referring, top = self._referring, self.things
        self._referring, self.things = [], []  # what stands there is part of a known thing
        for node, names in referring:
            for name in names:
                if name in places:
                    self._over(places[name], node)
        self.things = top

    def _value(self, element: etree._Element) -> str:
        """Return an element's value: an attribute where the element has one for it, else text."""
        if (content := element.get("content")) is not None:
            return content
        name = _ADDRESSES.get(str(element.tag))
        if name is not None:
            return element.get(name, "").strip()
        if element.tag in {"data", "meter"} and element.get("value") is not None:
            return element.get("value", "")
        if element.get("datetime") is not None:
            return element.get("datetime", "")
        return self._text(element)

    def _text(self, element: etree._Element) -> str:
        """Return an element's text, as far as a field may be long; all texts have a bound."""
        pieces: list[str] = []
        length = 0
        for piece in element.itertext("*", with_tail=True):
            self._pieces -= 1
            if self._pieces < 0:
                raise UnsupportedDocument(_EXCESSIVE)
            pieces.append(piece[: TEXT_LIMIT + 1])
            length += len(piece)
            if length > 2 * TEXT_LIMIT:
                break
        return "".join(pieces)
