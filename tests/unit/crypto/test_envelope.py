from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.crypto.second_reader import decode_context
from vault.crypto.envelope import context, decode_text, encode_text, record_context
from vault.errors import InvalidInput

LABELS = st.text(max_size=8)
PARTS = st.lists(
    st.binary(max_size=6) | st.text(max_size=6) | st.integers(-(2**63), 2**63 - 1), max_size=4
)


@given(LABELS, PARTS)
def test_a_context_says_all_of_its_parts(label: str, parts: list[bytes | str | int]) -> None:
    """Every context can be read back, so no two places share an encoding."""
    assert decode_context(context(label, *parts)) == (label, parts)


@given(LABELS, PARTS, LABELS, PARTS)
def test_contexts_of_different_parts_never_collide(
    label: str, parts: list[bytes | str | int], other: str, others: list[bytes | str | int]
) -> None:
    """Two contexts are equal only when label and parts are."""
    same = (label, parts) == (other, others)
    assert (context(label, *parts) == context(other, *others)) is same


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("ab", "c"), ("a", "bc")),
        (("ab",), (b"ab",)),
        ((1,), ("1",)),
        (("",), ()),
        ((b"\x00" * 8,), (0,)),
    ],
)
def test_parts_do_not_run_into_each_other(
    one: tuple[bytes | str | int, ...], two: tuple[bytes | str | int, ...]
) -> None:
    """Neither a shifted border nor another type gives the same context."""
    assert context("test", *one) != context("test", *two)


@given(PARTS, st.integers(0, 2**63 - 1), st.binary(min_size=16, max_size=16), st.integers(0, 9))
def test_a_record_context_is_its_batch_context_with_three_parts_more(
    parts: list[bytes | str | int], position: int, record_id: bytes, revision: int
) -> None:
    """The fast composition equals the plain one, and so is as unambiguous."""
    fast = record_context(context("test", *parts), position, record_id, revision)
    assert fast == context("test", *parts, position, record_id, revision)


@pytest.mark.parametrize("record_id", [b"", b"\x00" * 15, b"\x00" * 17])
def test_a_record_id_of_another_length_is_refused(record_id: bytes) -> None:
    """A short id is not padded into another record's."""
    with pytest.raises(ValueError, match="16 bytes"):
        record_context(context("test"), 0, record_id, 1)


@pytest.mark.parametrize("part", [True, None, 1.5, bytearray(b"a"), [b"a"]])
def test_a_slip_in_a_context_is_refused(part: object) -> None:
    """What is neither bytes nor str nor int, `bool` included, never enters a context."""
    with pytest.raises(TypeError):
        context("test", part)  # type: ignore[arg-type]


def test_an_integer_beyond_64_bits_is_refused() -> None:
    """A number is never cut to fit."""
    with pytest.raises(OverflowError):
        context("test", 2**63)


def test_members_of_enumerations_count_as_their_values() -> None:
    """A compartment or a kind may be given as it is."""

    class Number(IntEnum):
        ONE = 1

    class Word(StrEnum):
        ONE = "one"

    assert context("test", Number.ONE, Word.ONE) == context("test", 1, "one")


@given(st.binary(max_size=40))
def test_text_forms_are_read_back(raw: bytes) -> None:
    """What is written as base64url comes back whole, and has no padding."""
    assert decode_text(encode_text(raw), len(raw)) == raw
    assert "=" not in encode_text(raw)


@given(st.text(max_size=30), st.integers(0, 20))
def test_only_the_canonical_spelling_is_read(text: str, length: int) -> None:
    """Any text either is what would be written for its bytes, or is refused."""
    try:
        raw = decode_text(text, length)
    except InvalidInput:
        return
    assert (encode_text(raw), len(raw)) == (text, length)
