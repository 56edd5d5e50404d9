"""Compact JWS: one algorithm, one type, and nothing that could be another signature."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey

from vault.consent.keys import jwks
from vault.crypto import jws
from vault.crypto.envelope import context, encode_text
from vault.crypto.server_keys import ServerKeys
from vault.errors import Tampered

TYPE = "test+jwt"


@pytest.fixture
def keys(tmp_path: Path) -> ServerKeys:
    """A server with one key."""
    return ServerKeys.load_or_create(tmp_path / "server-keys.json")


def with_header(text: str, **changes: object) -> str:
    """The JWS with another header."""
    header, payload, signature = text.split(".")
    read = json.loads(base64.urlsafe_b64decode(header + "=="))
    changed = json.dumps(read | changes, separators=(",", ":")).encode()
    return f"{encode_text(changed)}.{payload}.{signature}"


@given(payload=st.binary(max_size=100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_signed_verifies(keys: ServerKeys, payload: bytes) -> None:
    """The payload comes back as it was."""
    assert keys.verify_jws(TYPE, keys.sign_jws(TYPE, payload)) == payload


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_a_library_that_nobody_here_wrote_agrees(keys: ServerKeys) -> None:
    """The published key verifies it in joserfc (in Node's jose: tests/e2e)."""
    text = keys.sign_jws(TYPE, b'{"a":1}')
    [jwk] = jwks(keys.public_keys())["keys"]
    registry = joserfc_jws.JWSRegistry(algorithms=["EdDSA"])
    taken = joserfc_jws.deserialize_compact(text, OKPKey.import_key(jwk), registry=registry)
    assert (taken.payload, taken.protected["kid"]) == (b'{"a":1}', "1")


def test_no_letter_may_differ(keys: ServerKeys) -> None:
    """Header, payload and signature: each letter counts, and its spelling."""
    text = keys.sign_jws(TYPE, b'{"a":1}')
    for place, letter in enumerate(text):
        other = "A" if letter != "A" else "B"
        with pytest.raises(Tampered):
            keys.verify_jws(TYPE, text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    "changes",
    [{"alg": "none"}, {"alg": "HS256"}, {"typ": "other"}, {"kid": "2"}, {"kid": 1}, {"crit": []}],
)
def test_another_header_is_refused(keys: ServerKeys, changes: dict[str, object]) -> None:
    """The algorithm is compared, never obeyed; nothing may be added."""
    with pytest.raises(Tampered):
        keys.verify_jws(TYPE, with_header(keys.sign_jws(TYPE, b"{}"), **changes))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "e30.e30.e30", "bnVsbA.e30.", "é.é.é"])
def test_what_is_no_jws_is_refused(keys: ServerKeys, text: str) -> None:
    """Without a traceback."""
    with pytest.raises(Tampered):
        keys.verify_jws(TYPE, text)


def test_one_type_is_not_taken_for_another(keys: ServerKeys) -> None:
    """Each is explicit in the header (RFC 8725, section 3.11)."""
    with pytest.raises(Tampered):
        keys.verify_jws("other+jwt", keys.sign_jws(TYPE, b"{}"))


@given(label=st.text(max_size=20), part=st.binary(max_size=40), typ=st.text(max_size=20))
def test_no_signed_context_is_a_signing_input(label: str, part: bytes, typ: str) -> None:
    """One begins with the format, 01, the other with a letter: one key may sign both."""
    assert context(label, part)[0] == 1
    assert jws.message(1, typ, part).startswith(b"ey")


def test_a_retired_keys_signature_still_verifies(keys: ServerKeys, tmp_path: Path) -> None:
    """Its public key stays, also once its seed is gone; a process that started before knows it."""
    running = ServerKeys.load(tmp_path / "server-keys.json")
    old = keys.sign_jws(TYPE, b"old")
    keys.rotate()
    new = keys.sign_jws(TYPE, b"new")
    keys.retire()
    assert running.verify_jws(TYPE, new) == b"new"
    assert keys.verify_jws(TYPE, old) == b"old"
    assert [one["kid"] for one in jwks(running.public_keys())["keys"]] == ["1", "2"]
