"""JSON from anywhere: what has one meaning is read, the rest is refused in a sentence."""

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vault.connectors.formats.json import DEPTH_LIMIT, parse
from vault.errors import UnsupportedDocument

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(VALUES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.booleans())
def test_any_value_survives_in_any_encoding(value: Any, encoding: str, escaped: bool) -> None:  # noqa: FBT001
    """What another writer writes is read as the same value."""
    text = json.dumps([value], ensure_ascii=escaped)
    assert parse(text.encode(encoding)) == [value]
    assert parse(text) == [value]


@pytest.mark.parametrize("text", ["19.90", "-0.10", "0.1000000000000000055511151231", "1E+2"])
def test_numbers_keep_their_digits(text: str) -> None:
    """No float comes in between: a decimal has the digits that were written."""
    (number,) = parse(f"[{text}]")
    assert isinstance(number, Decimal)
    assert str(number) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not well-formed at line 1"),
        ('{"a": 1,\n}', "not well-formed at line 2"),
        ('{"a": 1} x', "not well-formed at line 1"),
        ('["a\nb"]', "not well-formed at line 1"),
        ('{"a": {"b": 1, "b": 1}}', "a name twice"),
        ('{"a": 1, "\\u0061": 2}', "a name twice"),
        ("[NaN]", "NaN or Infinity"),
        ("[-Infinity]", "NaN or Infinity"),
        ("[1e999999999]", "a number that is too long"),
        (f"[{'9' * 5000}]", "a number that is too long"),
        ('["\\ud800"]', "half of a surrogate pair"),
        ('{"\\uDFFF": 1}', "half of a surrogate pair"),
        ("[" * 200_000, "nested more than 100 deep"),
        ("[" * 200_000 + "]" * 200_000, "nested more than 100 deep"),
        ('{"a":' * 200_000, "nested more than 100 deep"),
        ('"' + "[" * 200_000, "."),
        ("[1]" + " " * 32 * 2**20, "larger than 32 MiB"),
    ],
    ids=lambda value: value[:16],
)
def test_what_has_no_single_meaning_is_refused(text: str, reason: str) -> None:
    """Doubles, no numbers, half characters, depth and size: each is refused by its name."""
    for content in (text, text.encode()):
        with pytest.raises(UnsupportedDocument, match=reason):
            parse(content)


def test_text_in_no_encoding_is_refused() -> None:
    """Bytes that are no UTF-8 are not replaced by anything."""
    with pytest.raises(UnsupportedDocument, match="not valid utf-8"):
        parse(b'["\xff\xfe"]')


def test_brackets_in_strings_have_no_depth() -> None:
    """Only what nests counts: brackets in text, and a hundred levels, are read."""
    assert parse(json.dumps(["[" * 500, '\\"' * 500]))[0] == "[" * 500
    assert parse("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text('[]{}",:\\ud8019e-.NaI \n', max_size=40))
@example('{"\\')
@example('"\\"')
def test_anything_else_is_a_refusal_or_a_value(content: bytes | str) -> None:
    """No input makes the reader fail in another way."""
    with contextlib.suppress(UnsupportedDocument):
        parse(content)
