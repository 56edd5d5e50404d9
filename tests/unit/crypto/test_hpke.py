import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto import hpke
from vault.errors import Tampered, Unopenable

PAIR = hpke.KeyPair.from_seed(bytes(range(32)))
OTHER = hpke.KeyPair.from_seed(bytes(32))


@given(st.binary(max_size=100), st.binary(max_size=40))
@settings(max_examples=30)
def test_what_was_sealed_to_a_holder_opens(plaintext: bytes, place: bytes) -> None:
    """The holder's seed opens what was sealed to its public key."""
    envelope = hpke.seal_to(PAIR.public_key, plaintext, place)
    assert PAIR.unseal(envelope, place) == plaintext
    assert len(envelope) == 2 + 1120 + len(plaintext) + 16


def test_no_envelope_opens_with_any_byte_altered() -> None:
    """Header, encapsulation, ciphertext and tag: each byte counts."""
    envelope = hpke.seal_to(PAIR.public_key, b"plain", b"place")
    for index, byte in enumerate(envelope):
        altered = envelope[:index] + bytes([byte ^ 1]) + envelope[index + 1 :]
        with pytest.raises(Unopenable):
            PAIR.unseal(altered, b"place")


@given(st.integers(0, 1142), st.binary(min_size=1, max_size=5))
@settings(max_examples=50)
def test_no_envelope_opens_shortened_or_extended(end: int, more: bytes) -> None:
    """Neither a part of it nor more than it."""
    envelope = hpke.seal_to(PAIR.public_key, b"plain", b"place")
    for wrong in (envelope[:end], envelope + more):
        with pytest.raises(Unopenable):
            PAIR.unseal(wrong, b"place")


@pytest.mark.parametrize("place", [b"", b"plac", b"place ", b"other"])
def test_no_envelope_opens_in_another_context(place: bytes) -> None:
    """`info` binds the place."""
    with pytest.raises(Unopenable):
        PAIR.unseal(hpke.seal_to(PAIR.public_key, b"plain", b"place"), place)


def test_no_envelope_opens_for_another_holder() -> None:
    """It was sealed to one."""
    with pytest.raises(Unopenable):
        OTHER.unseal(hpke.seal_to(PAIR.public_key, b"plain", b""), b"")


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(b"", id="empty"),
        pytest.param(PAIR.public_key[:-1], id="short"),
        pytest.param(PAIR.public_key + b"\x00", id="long"),
        pytest.param(b"\xff" * 1184 + PAIR.public_key[1184:], id="coefficients out of range"),
        pytest.param(PAIR.public_key[:1184] + bytes(32), id="point of small order"),
    ],
)
def test_bytes_that_are_no_public_key_are_refused(public_key: bytes) -> None:
    """Nothing is ever sealed to a damaged key."""
    with pytest.raises(Tampered):
        hpke.seal_to(public_key, b"plain", b"")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    """A seed is 32 bytes."""
    with pytest.raises(ValueError, match="32 bytes"):
        hpke.KeyPair.from_seed(bytes(length))


def test_a_key_pair_does_not_show_itself() -> None:
    """Its repr, which may end in a traceback, holds no byte of the seed."""
    pair = hpke.KeyPair.generate()
    assert pair.seed.hex() not in repr(pair)
    assert repr(pair.seed) not in repr(pair)


def test_generated_pairs_differ() -> None:
    """Each is drawn anew, and its seed gives it back."""
    one, two = hpke.KeyPair.generate(), hpke.KeyPair.generate()
    assert one.public_key != two.public_key
    assert hpke.KeyPair.from_seed(one.seed).public_key == one.public_key
