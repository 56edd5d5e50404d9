"""XML with nothing that reaches out or blows up: no DTD, no entities, no network, bounded size."""

from lxml import etree

from vault.errors import UnsupportedDocument

SIZE_LIMIT = 32 * 1024 * 1024
_CHUNK = 64 * 1024


def parse(content: bytes) -> etree._Element:
    """Return the root element.

    A document with a DOCTYPE is refused at its first element: before any entity could be used.
    Raises UnsupportedDocument with the line where it is not well-formed.
    """
    if len(content) > SIZE_LIMIT:
        raise UnsupportedDocument(f"the XML file is larger than {SIZE_LIMIT // 2**20} MiB")
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
        line = err.lineno or 1
        raise UnsupportedDocument(f"the XML is not well-formed at line {line}") from err


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
        raise UnsupportedDocument("the XML has a DOCTYPE: document types and entities are refused")
