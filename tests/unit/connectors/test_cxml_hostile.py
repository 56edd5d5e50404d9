"""cXML that means harm: the one DOCTYPE of the standard, and nothing that it could bring along."""

import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES
from vault.connectors.base import Document, Extracted
from vault.connectors.cxml import CXml
from vault.connectors.cxml.envelope import DOCTYPE
from vault.connectors.formats import xml
from vault.domain.records import ParsedRecord, RowError, check
from vault.errors import InvalidInput, UnsupportedDocument

CASES = [path.read_bytes() for path in sorted((FIXTURES / "cxml").glob("*/input.xml"))]
DECLARED = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.050/cXML.dtd">'
BODY = "<cXML><Request><OrderRequest/></Request></cXML>"


@pytest.mark.parametrize(
    "declared",
    [
        DECLARED.replace(">", ' [<!ENTITY x "y">]>'),
        DECLARED.replace(">", " []>"),
        DECLARED + DECLARED,
        DECLARED + '<!DOCTYPE cXML [<!ENTITY x "y">]>',
        DECLARED.replace("xml.cxml.org", "xml.cxml.org.evil.example"),
        DECLARED.replace("xml.cxml.org", "evil.example/xml.cxml.org"),
        DECLARED.replace("http://xml.cxml.org", "file:///etc/passwd?http://xml.cxml.org"),
        DECLARED.replace("http:", "ftp:"),
        DECLARED.replace("DOCTYPE cXML", "DOCTYPE Invoice"),
        '<!DOCTYPE cXML SYSTEM "../../secret.dtd">',
        '<!DOCTYPE cXML SYSTEM "/etc/passwd">',
        '<!DOCTYPE cXML [<!ENTITY % x SYSTEM "http://evil.example/"> %x;]>',
        "<!DOCTYPE cXML>",
        f"<!-- {DECLARED} --><!DOCTYPE cXML [<!ENTITY x 'y'>]>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_other_document_type_is_refused(declared: str, encoding: str) -> None:
    """Another host, a file, an internal subset, two of them: refused before anything is parsed."""
    with pytest.raises(UnsupportedDocument, match=r"DOCTYPE|not well-formed"):
        xml.parse((declared + BODY).encode(encoding), DOCTYPE)


@pytest.mark.parametrize("place", ["<cXML a='&x;'>", "<cXML>&x;", "<cXML>&nbsp;"])
def test_an_entity_is_never_resolved(place: str) -> None:
    """The accepted DOCTYPE defines none: a document that uses one is not well-formed."""
    with pytest.raises(UnsupportedDocument, match="not well-formed"):
        xml.parse((DECLARED + BODY.replace("<cXML>", place)).encode(), DOCTYPE)


def test_without_the_parameter_the_standard_s_document_type_is_refused_too() -> None:
    """Every other format refuses every DOCTYPE, as before."""
    with pytest.raises(UnsupportedDocument, match="has a DOCTYPE"):
        xml.parse((DECLARED + BODY).encode())


def test_lines_are_counted_as_in_the_file() -> None:
    """What stands in place of the DOCTYPE has as many lines: an error names the file's line."""
    declared = DECLARED.replace(" SYSTEM ", "\r\nSYSTEM\n")
    root = xml.parse(f"{declared}\n{BODY}".encode(), DOCTYPE)
    assert root.sourceline == 4


def _outcome(content: bytes) -> list[Extracted] | str:
    try:
        found = list(CXml().extract(Document("x", io.BytesIO(content))))
        for item in found:
            if isinstance(item, ParsedRecord):
                check(item.kind, item.data)
                item.source_id.encode()
    except (UnsupportedDocument, InvalidInput) as err:
        return err.message
    return found


def _cuts() -> st.SearchStrategy[tuple[int, int, bytes]]:
    pieces = [b"", b"<", b">", b'"', b"&", b"&x;", b"\0", b"-", b"9" * 50, b"<![CDATA[", b"<a/>"]
    sizes = st.integers(0, 30)
    return st.tuples(st.integers(0, 5000), sizes, st.sampled_from(pieces) | st.binary(max_size=6))


@settings(max_examples=150, deadline=None)
@given(content=st.sampled_from(CASES), cuts=st.lists(_cuts(), min_size=1, max_size=4))
@example(content=b"<cXML/>", cuts=[(0, 0, b"")])
@example(content=b"<cXML><Request><ItemOut/></Request></cXML>", cuts=[(0, 0, b"")])
def test_damaged_bytes_end_in_records_rows_or_a_refusal(
    content: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    """Whatever is cut out of a document or put into it: records, rows or one sentence."""
    for place, length, piece in cuts:
        at = place % (len(content) + 1)
        content = content[:at] + piece + content[at + length :]
    assert _outcome(content) is not None


VALUES = ["", " ", "0", "-1", "1e9", "NaN", "9" * 60, "2026-02-30", "Mon May 19", "\u00e9", "&#9;"]


@settings(max_examples=150, deadline=None)
@given(
    content=st.sampled_from(CASES),
    changes=st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(VALUES)), min_size=1, max_size=5
    ),
)
def test_any_value_anywhere_ends_in_records_rows_or_a_refusal(
    content: bytes, changes: list[tuple[int, str]]
) -> None:
    """Every text and attribute may hold anything, and every element may stand elsewhere."""
    text = content.decode()
    for place, value in changes:
        found = list(re.finditer(r'(?<==")[^"]*(?=")|(?<=>)[^<>\s][^<>]*(?=<)', text))
        start, end = found[place % len(found)].span()
        text = text[:start] + value + text[end:]
    outcome = _outcome(text.encode())
    assert isinstance(outcome, str) or all(not isinstance(i, RowError) or i.reason for i in outcome)
