"""Whatever bytes come, an e-invoice is read, or refused by name: nothing else happens."""

import io
import warnings

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.connectors.reading import FIXTURES
from vault.connectors.base import Document, Notice
from vault.connectors.discovery import discover
from vault.domain.records import ParsedRecord, RowError, check
from vault.errors import InvalidInput, UnsupportedDocument

CONNECTOR = discover().connectors["einvoice"]
CASES = {path.parent.name: path.read_bytes() for path in FIXTURES.glob("einvoice/*/input.*")}
TREES = sorted(name for name in CASES if name != "factur-x")
QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
TEXTS = st.one_of(
    st.sampled_from(["", " ", "0", "-0", "+1.", ".5", "1e9", "NaN", "-" * 40, "9" * 500, "٣"]),
    st.sampled_from(["NA", "2026-02-30", "0000-00-00", "2026-03-31+14:00", "20260331", "\u00ad"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")),
)


def _outcome(content: bytes) -> str:
    """Read as the child does; anything but records, row errors or a refusal is raised."""
    document = Document("input", io.BytesIO(content))
    CONNECTOR.identify(document)
    try:
        items = list(CONNECTOR.extract(document))
    except UnsupportedDocument:
        return "refused"
    for item in items:
        assert isinstance(item, ParsedRecord | RowError | Notice)
        if isinstance(item, ParsedRecord):
            try:
                check(item.kind, item.data)
            except InvalidInput:
                continue  # the child makes it a row error
    return "read"


@QUICK
@given(st.sampled_from(sorted(CASES)), st.data())
def test_changed_bytes(name: str, data: st.DataObject) -> None:
    """Bytes replaced, removed or put in anywhere give records, row errors, notices or a refusal."""
    content = bytearray(CASES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content)))
        end = place + data.draw(st.sampled_from([0, 1, 1, 4, 200]))
        content[place:end] = data.draw(st.binary(max_size=4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _outcome(bytes(content))


@QUICK
@given(st.sampled_from(TREES), st.data())
def test_changed_trees(name: str, data: st.DataObject) -> None:
    """Elements emptied, doubled, moved or given another text leave the outcome one of three."""
    root = etree.fromstring(CASES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        nodes = [node for node in root.iter("{*}*") if node is not root]
        if not nodes:
            break
        node = nodes[data.draw(st.integers(0, len(nodes) - 1))]
        parent = node.getparent()
        assert parent is not None
        change = data.draw(st.sampled_from(["text", "remove", "double", "empty", "attribute"]))
        if change == "text":
            node.text = data.draw(TEXTS)
        elif change == "remove":
            parent.remove(node)
        elif change == "double":
            parent.append(etree.fromstring(etree.tostring(node)))
        elif change == "empty":
            node.clear()
        else:
            key = data.draw(st.sampled_from(["schemeID", "currencyID", "unitCode", "format"]))
            node.set(key, data.draw(TEXTS))
    _outcome(etree.tostring(root))


@QUICK
@example(b"%PDF-1.4")
@example(b"<")
@given(st.binary(max_size=300).map(lambda tail: b"%PDF-1.7\n" + tail))
def test_any_bytes_that_claim_to_be_a_pdf(content: bytes) -> None:
    """A mark alone makes no PDF: it is refused, whatever follows it."""
    assert _outcome(content) == "refused"


@pytest.mark.parametrize("name", TREES)
def test_every_amount_and_date_may_be_rubbish(name: str) -> None:
    """Each text of a document in turn becomes a word: nothing but a named error may follow."""
    root = etree.fromstring(CASES[name])
    for node in root.iter("{*}*"):
        kept = node.text
        if kept and kept.strip():
            node.text = "rubbish"
            assert _outcome(etree.tostring(root)) in {"read", "refused"}
            node.text = kept
