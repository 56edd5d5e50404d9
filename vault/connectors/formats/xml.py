"""XML with nothing that reaches out or blows up: no DTD, no entities, no network, bounded size."""

import re

from lxml import etree

from vault.errors import UnsupportedDocument

SIZE_LIMIT = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf)?[ \t\r\n]+(?=<)")
"""Blanks before the declaration, as mail programs and templates leave them."""
_PROLOG = re.compile(rb"<(?:!DOCTYPE|[A-Za-z_])")
_DECLARED = re.compile(r"<(?:!DOCTYPE|[A-Za-z_])")
_LINE_ENDS = "\r\n"
_REFUSED = "the XML has a DOCTYPE: document types and entities are refused"


def parse(content: bytes, doctype: re.Pattern[str] | None = None) -> etree._Element:
    """Return the root element.

    A document with a DOCTYPE is refused before it is parsed, or, should it be hidden from a plain
    search, at its first element: in any case before an entity is used. Raises UnsupportedDocument
    with the line where it is not well-formed.

    Where a standard prescribes a DOCTYPE, `doctype` matches the whole of the one that may stand.
    It is taken out before the parser sees the document: nothing is loaded, no entity is defined.
    """
    if len(content) > SIZE_LIMIT:
        raise UnsupportedDocument(f"the XML file is larger than {SIZE_LIMIT // 2**20} MiB")
    if doctype is not None:
        content = _without(content, doctype)
    content = _BEFORE.sub(b"", content, count=1)
    begins = _PROLOG.search(content[:_CHUNK].replace(b"\0", b""))  # UTF-16 without its NULs
    if begins and begins[0] == b"<!DOCTYPE":
        raise UnsupportedDocument(_REFUSED)
    parser = etree.XMLPullParser(
        events=("start",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return _fed(parser, content)
    except etree.XMLSyntaxError as err:
        if err.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from err
        line = err.lineno or 1
        raise UnsupportedDocument(f"the XML is not well-formed at line {line}") from err


def _without(content: bytes, doctype: re.Pattern[str]) -> bytes:
    """Return the document with a comment in place of an accepted DOCTYPE; its lines stay."""
    head = content[:_CHUNK]
    encoding = "latin-1"  # bytes as they are: the declaration is ASCII
    if head.startswith((b"\xff\xfe", b"<\0")):
        encoding = "utf-16-le"
    elif head.startswith((b"\xfe\xff", b"\0<")):
        encoding = "utf-16-be"
    text = head[: len(head) & ~1].decode(encoding, "surrogatepass")
    begins = _DECLARED.search(text)
    declared = begins and doctype.match(text, begins.start())
    if not declared:
        return content
    start, end = declared.span()
    blank = f"<!--{''.join(c for c in text[start:end] if c in _LINE_ENDS)}-->"
    read = len(text[:end].encode(encoding, "surrogatepass"))
    return (text[:start] + blank).encode(encoding, "surrogatepass") + content[read:]


def _fed(parser: "etree.XMLPullParser[etree._Element]", content: bytes) -> etree._Element:
    checked = False
    for start in range(0, len(content), _CHUNK):
        parser.feed(content[start : start + _CHUNK])
        for _, element in parser.read_events():
            if not checked:
                _refuse_doctype(element)
                checked = True
    return parser.close()


def _refuse_doctype(root: etree._Element) -> None:
    if root.getroottree().docinfo.doctype:
        raise UnsupportedDocument(_REFUSED)
