import string
import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vault.crypto.wire import WireKey
from vault.errors import InvalidInput

IDS = st.binary(min_size=16, max_size=16)
KEYS = st.binary(min_size=32, max_size=32).map(WireKey)
NUMBERS = st.integers(0, 2**64 - 1)
PLACES = st.tuples(st.integers(0, 255), st.integers(0, 2**32 - 1), NUMBERS, NUMBERS)
BASE64URL = set(string.ascii_letters + string.digits + "-_")


@given(KEYS, IDS)
def test_ids_on_the_wire_are_a_permutation(key: WireKey, identifier: bytes) -> None:
    """Each id has one image and each image one id, in both directions."""
    assert key.record_id(key.wire_id(identifier)) == identifier
    assert key.wire_id(key.record_id(identifier)) == identifier


@given(KEYS, st.lists(IDS, unique=True, max_size=20))
def test_no_two_records_share_an_id_on_the_wire(key: WireKey, identifiers: list[bytes]) -> None:
    """Different records stay different."""
    assert len({key.wire_id(identifier) for identifier in identifiers}) == len(identifiers)


@given(IDS)
def test_two_vendors_know_a_record_by_different_ids(identifier: bytes) -> None:
    """Ids, subject and push ids of two consents have nothing in common, nor with our own id."""
    one, two = WireKey.generate(), WireKey.generate()
    assert len({identifier, one.wire_id(identifier), two.wire_id(identifier)}) == 3
    assert one.subject("client") != two.subject("client")
    assert one.push_id("purchase", "1") != two.push_id("purchase", "1")


def test_an_id_is_the_same_each_time() -> None:
    """Neither the order of calls nor another object of the same key changes it."""
    key = WireKey.generate()
    first = key.wire_id(bytes(16))
    key.wire_id(b"\x01" * 16)
    assert key.wire_id(bytes(16)) == WireKey(key.key).wire_id(bytes(16)) == first


@pytest.mark.parametrize("length", [0, 1, 15, 17, 32])
def test_an_id_of_another_length_is_refused(length: int) -> None:
    """A part of a block would otherwise be held back and mixed into the next id."""
    key = WireKey.generate()
    for call in (key.wire_id, key.record_id):
        with pytest.raises(ValueError, match="16 bytes"):
            call(bytes(length))
    assert key.record_id(key.wire_id(bytes(16))) == bytes(16)


@given(KEYS, PLACES)
def test_a_cursor_is_read_back_and_always_of_one_length(
    key: WireKey, place: tuple[int, int, int, int]
) -> None:
    """68 letters whatever the place, and two for the same place differ."""
    cursor = key.seal_cursor(*place)
    assert key.open_cursor(cursor) == place
    assert len(cursor) == 68
    assert set(cursor) <= BASE64URL
    assert key.seal_cursor(*place) != cursor


@given(KEYS, st.integers(0, 2**31 - 1), st.binary(max_size=40))
def test_no_edition_of_a_narrowed_token_is_a_terms_version(
    key: WireKey, version: int, narrowing: bytes
) -> None:
    """It fits where the version stands, and never equals one; with the version it changes."""
    edition = key.edition(version, narrowing)
    assert 2**31 <= edition < 2**32
    assert key.open_cursor(key.seal_cursor(1, edition, 2, 3)) == (1, edition, 2, 3)
    assert key.edition(version, narrowing) == edition
    # Equal by chance once in 2**31: a failure here that repeats is none.
    assert key.edition(version + 1, narrowing) != edition


@given(KEYS, KEYS)
def test_a_cursor_opens_under_its_own_consent_alone(key: WireKey, other: WireKey) -> None:
    """Another vendor's cursor is refused."""
    assume(key.key != other.key)
    with pytest.raises(InvalidInput):
        other.open_cursor(key.seal_cursor(1, 2, 3, 4))


def test_no_cursor_opens_with_any_letter_altered() -> None:
    """Each letter counts, and so does the length."""
    key = WireKey.generate()
    cursor = key.seal_cursor(1, 2, 3, 4)
    altered = [
        cursor[:index] + letter + cursor[index + 1 :]
        for index in range(len(cursor))
        for letter in "Aa0-"
        if letter != cursor[index]
    ]
    for wrong in [*altered, *(cursor[:end] for end in range(68)), cursor + "A", cursor + "=="]:
        with pytest.raises(InvalidInput):
            key.open_cursor(wrong)


@given(st.text(max_size=70))
def test_no_made_up_cursor_opens(text: str) -> None:
    """Any text is refused, and only ever as InvalidInput."""
    with pytest.raises(InvalidInput):
        WireKey(bytes(32)).open_cursor(text)


@pytest.mark.parametrize(
    "place", [(256, 0, 0, 0), (0, 2**32, 0, 0), (0, 0, 2**64, 0), (0, 0, 0, 2**64), (-1, 0, 0, 0)]
)
def test_a_place_that_does_not_fit_is_refused(place: tuple[int, int, int, int]) -> None:
    """A number is never cut to fit."""
    with pytest.raises(struct.error):
        WireKey.generate().seal_cursor(*place)


def test_a_push_id_depends_on_kind_and_source_id() -> None:
    """It is the same each time, 16 bytes, and another for another kind or source id."""
    key = WireKey.generate()
    ids = [key.push_id("order", "1"), key.push_id("invoice", "1"), key.push_id("order", "2")]
    assert len(set(ids)) == 3
    assert {len(identifier) for identifier in ids} == {16}
    assert key.push_id("order", "1") == ids[0]


def test_a_subject_differs_by_client() -> None:
    """It is the same each time for one client, and URL-safe."""
    key = WireKey.generate()
    assert key.subject("one") == key.subject("one") != key.subject("two")
    assert set(key.subject("one")) <= BASE64URL


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_wire_key_of_another_length_is_refused(length: int) -> None:
    """A wire key is 32 bytes."""
    with pytest.raises(ValueError, match="32 bytes"):
        WireKey(bytes(length))


def test_a_wire_key_does_not_show_itself() -> None:
    """Its repr, which may end in a traceback, holds no byte of it."""
    key = WireKey.generate()
    assert key.key.hex() not in repr(key)
    assert repr(key.key) not in repr(key)
