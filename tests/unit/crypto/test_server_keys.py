import base64
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault.crypto.envelope import context
from vault.crypto.server_keys import ServerKeys
from vault.errors import ConfigurationError, Tampered, Unopenable

PLACE = context("test/server", b"vault")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the keys stand."""
    return tmp_path / "server-keys.json"


@pytest.fixture
def keys(path: Path) -> ServerKeys:
    """A server with one key."""
    return ServerKeys.load_or_create(path)


def rewrite(path: Path, **parts: object) -> None:
    """Alter the file of keys."""
    path.write_text(json.dumps(json.loads(path.read_text()) | parts))


@given(plaintext=st.binary(max_size=50), place=st.binary(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_sealed_opens(keys: ServerKeys, plaintext: bytes, place: bytes) -> None:
    """The server opens what it sealed, in the same place."""
    envelope = keys.seal(plaintext, place)
    assert keys.unseal(envelope, place) == plaintext
    with pytest.raises(Unopenable):
        keys.unseal(envelope, place + b"x")


def test_no_envelope_opens_with_any_byte_altered(keys: ServerKeys) -> None:
    """Header, number, salt, ciphertext and tag: each byte counts."""
    keys.rotate()
    envelope = keys.seal(b"plain", PLACE)
    for index, byte in enumerate(envelope):
        for mask in (1, 3, 0x80):
            altered = envelope[:index] + bytes([byte ^ mask]) + envelope[index + 1 :]
            with pytest.raises(Unopenable):
                keys.unseal(altered, PLACE)


def test_no_envelope_opens_shortened_or_extended(keys: ServerKeys) -> None:
    """Neither a part of it nor more than it."""
    envelope = keys.seal(b"plain", PLACE)
    for wrong in [*(envelope[:end] for end in range(len(envelope))), envelope + b"\x00"]:
        with pytest.raises(Unopenable):
            keys.unseal(wrong, PLACE)


def test_no_envelope_opens_for_another_server(keys: ServerKeys, tmp_path: Path) -> None:
    """Key 1 of one server is not key 1 of another."""
    stranger = ServerKeys.load_or_create(tmp_path / "another.json")
    with pytest.raises(Unopenable):
        stranger.unseal(keys.seal(b"plain", PLACE), PLACE)


def test_each_message_has_a_key_of_its_own(keys: ServerKeys) -> None:
    """Two sealings of the same differ, the salt included."""
    one, two = keys.seal(b"plain", PLACE), keys.seal(b"plain", PLACE)
    assert one[6:30] != two[6:30]
    assert one[30:] != two[30:]


def test_a_signature_holds_for_its_message_and_context_alone(keys: ServerKeys) -> None:
    """Another message, context, number, or an altered byte: Tampered."""
    number, signature = keys.sign(b"entry", PLACE)
    keys.verify(number, signature, b"entry", PLACE)
    altered = bytes([signature[0] ^ 1]) + signature[1:]
    for wrong in (
        (number, signature, b"entrY", PLACE),
        (number, signature, b"entry", PLACE + b"x"),
        (number, altered, b"entry", PLACE),
        (number, signature[:-1], b"entry", PLACE),
        (number, b"", b"entry", PLACE),
        (number + 1, signature, b"entry", PLACE),
        (0, signature, b"entry", PLACE),
    ):
        with pytest.raises(Tampered):
            keys.verify(*wrong)


def test_message_and_context_do_not_run_into_each_other(keys: ServerKeys) -> None:
    """A border moved between the two is another message."""
    number, signature = keys.sign(b"bc", b"a")
    with pytest.raises(Tampered):
        keys.verify(number, signature, b"c", b"ab")


def test_derived_keys_differ_by_label_and_from_those_used_here(keys: ServerKeys) -> None:
    """No label names the key of the envelopes or of the signatures."""
    labels = ["flask", "cookie", "server-key/envelopes", "server-key/signatures"]
    derived = {keys.derive(label) for label in labels}
    assert len(derived) == 4
    assert keys._newest._envelope_key not in derived
    assert keys._newest.signing_key.private_bytes_raw() not in derived


def test_a_second_start_has_the_same_keys(keys: ServerKeys, path: Path) -> None:
    """What one process sealed, signed and derived, the next one can use."""
    again = ServerKeys.load_or_create(path)
    assert again.unseal(keys.seal(b"plain", PLACE), PLACE) == b"plain"
    assert again.derive("flask") == keys.derive("flask")
    assert again.public_keys() == keys.public_keys()


def test_rotation_adds_a_key_and_keeps_the_old(keys: ServerKeys) -> None:
    """The new key seals, signs and derives; what the old one wrote still opens and holds."""
    envelope, signature = keys.seal(b"plain", PLACE), keys.sign(b"entry", PLACE)
    flask = keys.derive("flask")
    keys.rotate()
    assert keys.number == 2
    assert keys.sign(b"entry", PLACE)[0] == 2
    assert keys.seal(b"plain", PLACE)[:6] == b"\x01\x04\x00\x00\x00\x02"
    assert keys.unseal(envelope, PLACE) == b"plain"
    keys.verify(*signature, b"entry", PLACE)
    assert keys.derive("flask") != flask
    assert set(keys.public_keys()) == {1, 2}


def test_a_running_process_learns_of_a_rotation(keys: ServerKeys, path: Path) -> None:
    """It reads the file again when it meets a number that it does not know."""
    keys.rotate()
    others = [ServerKeys.load(path) for _ in range(2)]
    keys.rotate()
    assert others[0].unseal(keys.seal(b"plain", PLACE), PLACE) == b"plain"
    others[1].verify(*keys.sign(b"entry", PLACE), b"entry", PLACE)
    assert [other.number for other in others] == [3, 3]


def test_two_rotations_from_the_same_start_lose_no_key(keys: ServerKeys, path: Path) -> None:
    """The second one begins from what the first one wrote."""
    other = ServerKeys.load(path)
    keys.rotate()
    envelope = keys.seal(b"plain", PLACE)
    other.rotate()
    assert other.number == 3
    assert ServerKeys.load(path).unseal(envelope, PLACE) == b"plain"


def test_old_signatures_hold_when_the_old_seed_is_gone(keys: ServerKeys, path: Path) -> None:
    """A retired public key stays, vouched for by its successor."""
    signature, envelope = keys.sign(b"entry", PLACE), keys.seal(b"plain", PLACE)
    keys.rotate()
    keys.rotate()
    rewrite(path, keys=json.loads(path.read_text())["keys"][2:])
    keys = ServerKeys.load(path)
    keys.verify(*signature, b"entry", PLACE)
    with pytest.raises(Unopenable):
        keys.unseal(envelope, PLACE)


def test_a_planted_public_key_is_refused(keys: ServerKeys, path: Path) -> None:
    """A retired key that its successor did not sign stops the start."""
    keys.rotate()
    stored = json.loads(path.read_text())
    stored["retired"][0]["publicKey"] = base64.b64encode(bytes(32)).decode()
    rewrite(path, **stored)
    with pytest.raises(ConfigurationError, match="not signed by its successor"):
        ServerKeys.load(path)


def test_a_seed_that_was_swapped_is_refused(keys: ServerKeys, path: Path) -> None:
    """An old seed must fit the public key that its successor signed."""
    keys.rotate()
    stored = json.loads(path.read_text())
    stored["keys"][0]["seed"] = base64.b64encode(bytes(32)).decode()
    rewrite(path, **stored)
    with pytest.raises(ConfigurationError, match="does not fit"):
        ServerKeys.load(path)


def test_the_keys_do_not_show_themselves(keys: ServerKeys, path: Path) -> None:
    """Neither the keys nor what was read from the file show a seed."""
    seed = json.loads(path.read_text())["keys"][0]["seed"]
    raw = base64.b64decode(seed)
    for shown in (repr(keys), repr(keys._stored)):
        assert seed not in shown
        assert repr(raw) not in shown


def test_a_running_process_seals_and_signs_with_the_new_key_at_once(
    keys: ServerKeys, path: Path
) -> None:
    """It looks whether the file was replaced before it seals or signs anything."""
    other = ServerKeys.load(path)
    keys.rotate()
    assert other.seal(b"plain", PLACE)[:6] == b"\x01\x04\x00\x00\x00\x02"
    keys.rotate()
    assert other.sign(b"entry", PLACE)[0] == 3


def test_retiring_leaves_the_newest_seed_and_every_public_key(keys: ServerKeys, path: Path) -> None:
    """What the old key signed holds, what it sealed opens no more, here and after a restart."""
    signature, envelope = keys.sign(b"entry", PLACE), keys.seal(b"plain", PLACE)
    keys.rotate()
    assert keys.retire() == [1]
    for each in (keys, ServerKeys.load(path)):
        each.verify(*signature, b"entry", PLACE)
        with pytest.raises(Unopenable):
            each.unseal(envelope, PLACE)
