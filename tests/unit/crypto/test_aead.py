from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vault.crypto import aead
from vault.errors import Unopenable

KEYS = st.binary(min_size=32, max_size=32)
PLACES = st.binary(max_size=20)

Open = Callable[[bytes], bytes]


def sealed_in_both_forms(plaintext: bytes, place: bytes) -> list[tuple[bytes, Open]]:
    """Seal once in each form; returns the envelopes, each with what opens it."""
    key = aead.generate_key()
    opener = aead.BatchOpener(key)
    return [
        (aead.seal(key, plaintext, place), lambda sealed: aead.unseal(key, sealed, place)),
        (
            aead.BatchSealer(key).seal(3, plaintext, place),
            lambda sealed: opener.unseal(3, sealed, place),
        ),
    ]


@given(st.binary(max_size=50), PLACES)
def test_what_was_sealed_opens(plaintext: bytes, place: bytes) -> None:
    """Either form gives back what was put in."""
    for envelope, unseal in sealed_in_both_forms(plaintext, place):
        assert unseal(envelope) == plaintext


@given(st.binary(max_size=30), st.integers(1, 255))
def test_no_envelope_opens_with_any_byte_altered(plaintext: bytes, mask: int) -> None:
    """Header, nonce, ciphertext and tag: each byte counts."""
    for envelope, unseal in sealed_in_both_forms(plaintext, b"place"):
        for index, byte in enumerate(envelope):
            altered = envelope[:index] + bytes([byte ^ mask]) + envelope[index + 1 :]
            with pytest.raises(Unopenable):
                unseal(altered)


@given(st.binary(max_size=20), st.binary(min_size=1, max_size=20))
def test_no_envelope_opens_shortened_or_extended(plaintext: bytes, more: bytes) -> None:
    """Every prefix is refused, and so is anything added at either end."""
    for envelope, unseal in sealed_in_both_forms(plaintext, b"place"):
        for wrong in [*(envelope[:end] for end in range(len(envelope))), envelope + more]:
            with pytest.raises(Unopenable):
                unseal(wrong)
        if more[: len(envelope)] != envelope:
            with pytest.raises(Unopenable):
                unseal(more + envelope)


@given(KEYS, PLACES, PLACES)
def test_no_envelope_opens_in_another_context(key: bytes, place: bytes, other: bytes) -> None:
    """Moved elsewhere, it stays closed."""
    assume(place != other)
    with pytest.raises(Unopenable):
        aead.unseal(key, aead.seal(key, b"plain", place), other)
    with pytest.raises(Unopenable):
        aead.BatchOpener(key).unseal(0, aead.BatchSealer(key).seal(0, b"plain", place), other)


@given(KEYS, KEYS)
def test_no_envelope_opens_with_another_key(key: bytes, other: bytes) -> None:
    """The key counts."""
    assume(key != other)
    with pytest.raises(Unopenable):
        aead.unseal(other, aead.seal(key, b"plain", b""), b"")
    with pytest.raises(Unopenable):
        aead.BatchOpener(other).unseal(0, aead.BatchSealer(key).seal(0, b"plain", b""), b"")


@given(st.integers(0, 2**64), st.integers(-1, 2**64))
def test_no_record_opens_at_another_position(position: int, other: int) -> None:
    """Two records of a batch cannot change places."""
    assume(position != other)
    key = aead.generate_key()
    envelope = aead.BatchSealer(key).seal(position, b"plain", b"")
    with pytest.raises(Unopenable):
        aead.BatchOpener(key).unseal(other, envelope, b"")


def test_one_form_does_not_pass_for_the_other() -> None:
    """The header is authenticated: rewritten, an envelope does not open as another suite."""
    key = aead.generate_key()
    batch = aead.BatchSealer(key).seal(0, b"plain", b"")
    with pytest.raises(Unopenable):
        aead.unseal(key, b"\x01\x01" + bytes(12) + batch[2:], b"")


@given(st.lists(st.integers(0, 5), min_size=2, max_size=8))
def test_a_position_is_sealed_at_most_once(positions: list[int]) -> None:
    """A position that does not rise above all before it is refused: no nonce comes twice."""
    sealer, highest = aead.BatchSealer(aead.generate_key()), -1
    for position in positions:
        if position > highest:
            sealer.seal(position, b"plain", b"")
            highest = position
        else:
            with pytest.raises(ValueError, match="does not follow"):
                sealer.seal(position, b"plain", b"")


def test_a_negative_position_is_refused() -> None:
    """Positions begin at 0."""
    with pytest.raises(ValueError, match="does not follow"):
        aead.BatchSealer(aead.generate_key()).seal(-1, b"plain", b"")


def test_two_sealings_of_the_same_differ() -> None:
    """Each single envelope has a nonce of its own."""
    key = aead.generate_key()
    assert aead.seal(key, b"plain", b"") != aead.seal(key, b"plain", b"")


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    """A short key is not taken for one of AES-128."""
    with pytest.raises(ValueError, match="32 bytes"):
        aead.seal(bytes(length), b"plain", b"")
    with pytest.raises(ValueError, match="32 bytes"):
        aead.BatchSealer(bytes(length))
