"""E-mails and pages that mean harm: bounded, refused in a sentence, never a traceback."""

import base64
import io
import json
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES, Reading, read
from vault.connectors.base import Document
from vault.connectors.mail_order import MailOrder
from vault.domain.records import ParsedRecord, RowError, check
from vault.errors import InvalidInput, UnsupportedDocument

HEADERS = b"From: a@shop.example\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\n"
ORDER = '{"@context":"http://schema.org","@type":"Order","orderNumber":"1"}'
SCRIPT = '<script type="application/ld+json">%s</script>'
NAMES = {"orderNumber", "seller", "price", "orderedItem", "acceptedOffer", "itemOffered", "name"}
NAMES |= {"orderDelivery", "partOfOrder", "orderStatus", "orderQuantity", "@type", "@id", "@graph"}
NAMES |= {"orderDate", "totalPaymentDue", "priceSpecification", "referencesOrder", "@value"}
CASES = [next(path.glob("input.*")).read_bytes() for path in (FIXTURES / "mail_order").iterdir()]


def _html(markup: str) -> bytes:
    return HEADERS + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + markup.encode("utf-8")


def _multipart(levels: int) -> bytes:
    level = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    return HEADERS + b"".join(level % (i, i) for i in range(levels))


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        pytest.param(_multipart(10_000), "nested too deeply", id="10,000 multiparts deep"),
        pytest.param(
            HEADERS + b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + b"x",
            "nested too deeply",
            id="10,000 e-mails deep",
        ),
        pytest.param(
            _multipart(1) + b"--b0\r\nContent-Type: text/html\r\n\r\n<p>\r\n" * 10_000,
            "more than 1,000 parts",
            id="10,000 parts",
        ),
        pytest.param(
            HEADERS
            + b"Content-Type: multipart/digest; boundary=b\r\n\r\n"
            + b"--b\r\n\r\n" * 10_000,
            "more than 1,000 parts",
            id="a digest of 10,000",
        ),
        pytest.param(
            HEADERS + b'Content-Type: text/html; x="' + b";" * 10_000_000,
            "a header that is too long",
            id="endless parameters",
        ),
        pytest.param(HEADERS + b"\r\n" + b"\n" * 10_000_000, "too many lines", id="lines"),
        pytest.param(b"From: " + b"(" * 10_000_000, r"no markup of schema\.org", id="comments"),
        pytest.param(b"From x\nFrom: y\n\n\n" * 100_000, "more than 5,000 e-mails", id="mailbox"),
        pytest.param(_html("<div>" * 100_000), "nested too deeply|no markup", id="deep HTML"),
        pytest.param(_html("<p>" * 17_000_000), "larger than 16 MiB", id="large HTML"),
        pytest.param(
            HEADERS
            + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.b64encode(b"x" * 48_000_000),
            "larger than 16 MiB",
            id="64 MB of base64",
        ),
        pytest.param(
            _html('<b itemscope itemtype="http://schema.org/Order">' * 60_000),
            "nested too deeply",
            id="60,000 orders",
        ),
        pytest.param(
            _html(
                '<b id=a itemscope itemref="a b"><b id=b itemscope itemprop=x itemref="a b">' * 200
            ),
            "too much in it",
            id="references in a circle",
        ),
    ],
)
def test_what_would_exhaust_a_parser_is_refused_soon(mail: bytes, reason: str) -> None:
    """Depth, parts, lines, headers and sizes have bounds that are checked before they cost."""
    before = time.process_time()
    with pytest.raises(UnsupportedDocument, match=reason):
        read(mail)
    assert time.process_time() - before < 10


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param('{"a":' * 200_000, "nested more than", id="200,000 objects deep"),
        pytest.param("[" * 200_000, "nested more than", id="200,000 lists deep"),
        pytest.param(ORDER.replace('"1"', "NaN"), "NaN", id="NaN"),
        pytest.param(ORDER[:-1] + ',"orderNumber":"2"}', "name twice", id="a name twice"),
        pytest.param(ORDER.replace('"1"', r'"\ud800"'), "surrogate", id="lone surrogate"),
        pytest.param(ORDER.replace('"1"', "9" * 100_000), "number that is too long", id="digits"),
        pytest.param(ORDER.replace('"1"', "1e999999999"), "number that is too long", id="exponent"),
        pytest.param(ORDER[:-1], "not well-formed at line 1", id="cut off"),
        pytest.param("[" + ",".join(["{}"] * 60_000) + "]", "more than 50,000 things", id="things"),
    ],
)
def test_json_of_two_meanings_or_none_is_named(script: str, reason: str) -> None:
    """It loses no other script of the same e-mail."""
    reading = read(_html(SCRIPT % script + SCRIPT % ORDER))
    assert re.search(reason, reading.errors[0].reason)
    assert reading.of("order") == [{"orderNumber": "1"}]


@pytest.mark.parametrize("character", [r"\u0000", r"\u0007", "\ufffd"])
def test_characters_that_no_field_may_hold_make_it_unreadable(character: str) -> None:
    """NUL and other controls are neither dropped nor kept."""
    reading = read(_html(SCRIPT % ORDER.replace("}", f',"seller":{{"name":"x{character}"}}}}')))
    assert reading.of("order") == [{"orderNumber": "1"}]
    assert reading.errors[0].reason == "order 1: name has a character that is none"


def test_things_that_refer_to_one_another_in_a_circle_are_read_once() -> None:
    """An order that is part of itself, or of its own item, is one order."""
    graph = (
        '{"@context":"https://schema.org","@graph":[{"@id":"#o","@type":"Order","orderNumber":"1",'
        '"orderedItem":{"@id":"#i"},"partOfOrder":{"@id":"#o"}},{"@id":"#i","@type":"OrderItem",'
        '"orderedItem":{"@id":"#i"},"orderItemNumber":"x","name":"Loop"}]}'
    )
    reading = read(graph.encode())
    assert len(reading.of("order")) == 1
    assert [data["name"] for data in reading.of("purchase")] == ["Loop"]


def test_an_undefined_reference_and_an_image_reach_nowhere() -> None:
    """Contexts, images, frames and links are never fetched: they are text."""
    html = '<base href="http://x.example"><img src="http://x.example/p"><iframe src="file:///etc"></iframe>'
    context = ORDER.replace("http://schema.org", 'http://schema.org","url":"http://x.example')
    assert read(_html(html + SCRIPT % context)).of("order") == [{"orderNumber": "1"}]


def _outcome(content: bytes) -> Reading | str:
    """Read as the child does: what cannot stand is a row that cannot be read."""
    reading = Reading("mail_order")
    try:
        for item in MailOrder().extract(Document("x", io.BytesIO(content))):
            if isinstance(item, ParsedRecord):
                check(item.kind, item.data)
                item.source_id.encode()
                reading.records.append(item)
            elif isinstance(item, RowError):
                reading.errors.append(item)
    except (UnsupportedDocument, InvalidInput) as err:
        return err.message
    return reading


def _cuts() -> st.SearchStrategy[tuple[int, int, bytes]]:
    pieces = [b"", b"\0", b"\xff", b"<", b'"', b"{", b"[", b"}", b"\r\n", b"--inner", b"=", b"&#0;"]
    sizes = st.integers(0, 40)
    return st.tuples(st.integers(0, 4000), sizes, st.sampled_from(pieces) | st.binary(max_size=8))


@settings(max_examples=150, deadline=None)
@given(content=st.sampled_from(CASES), cuts=st.lists(_cuts(), min_size=1, max_size=4))
@example(content=b"Content-Type: text/html; charset=punycode\n\n\xff", cuts=[(0, 0, b"")])
@example(content=b"From: " + b"(" * 5000, cuts=[(0, 0, b"")])
@example(content=b"Date: 31 Feb 99999 99:99\nContent-Type: text/html\n\n<p>", cuts=[(0, 0, b"")])
def test_damaged_documents_end_in_records_rows_or_a_refusal(
    content: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    """Whatever is cut out of a document or put into it: records, rows or one sentence."""
    for place, length, piece in cuts:
        at = place % (len(content) + 1)
        content = content[:at] + piece + content[at + length :]
    outcome = _outcome(content)
    assert isinstance(outcome, Reading) or outcome


def _things() -> st.SearchStrategy[object]:
    names = st.sampled_from(sorted(NAMES))
    types = st.sampled_from(["Order", "Invoice", "ParcelDelivery", "OrderItem", "Offer", "#o"])
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | types
    return st.recursive(
        leaves,
        lambda inside: st.lists(inside, max_size=3) | st.dictionaries(names, inside, max_size=6),
        max_leaves=20,
    )


@settings(max_examples=150, deadline=None)
@given(thing=st.dictionaries(st.just("orderedItem"), _things()), sort=st.sampled_from("OIP"))
def test_any_shape_of_json_ends_in_records_rows_or_a_refusal(
    thing: dict[str, object], sort: str
) -> None:
    """A property may hold anything at all."""
    named = {"O": "Order", "I": "Invoice", "P": "ParcelDelivery"}[sort]
    whole = {"@context": "https://schema.org", "@type": named, "orderNumber": "1", **thing}
    outcome = _outcome(json.dumps([whole, thing], ensure_ascii=True).encode())
    assert isinstance(outcome, Reading) or outcome
