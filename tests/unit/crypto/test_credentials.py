from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vault.crypto import aead
from vault.crypto.credentials import (
    Credential,
    CredentialKind,
    passphrase_lookup,
    unwrap,
    wrap,
)
from vault.crypto.envelope import context
from vault.crypto.server_keys import ServerKeys
from vault.errors import InvalidInput, Unopenable

PREFIXES = {
    CredentialKind.SESSION: "vse_",
    CredentialKind.REQUEST_URI: "vrq_",
    CredentialKind.AUTHORIZATION_CODE: "vac_",
    CredentialKind.ACCESS_TOKEN: "vat_",
    CredentialKind.REFRESH_TOKEN: "vrt_",
    CredentialKind.AUTH_REQ_ID: "var_",
    CredentialKind.INVITATION: "vin_",
}
DRAWN = [kind for kind in CredentialKind if kind is not CredentialKind.PASSPHRASE]
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

RECOVERY_SECRETS = st.binary(min_size=20, max_size=20)
PLACE = context("test/wrap", b"vault")


@pytest.fixture
def server_keys(tmp_path: Path) -> ServerKeys:
    """A server with one key."""
    return ServerKeys.load_or_create(tmp_path / "server-keys.json")


def recovery_code(secret: bytes) -> str:
    """Write a recovery code."""
    return Credential.from_secret(CredentialKind.RECOVERY_CODE, secret).text


def parsed(code: str) -> bytes:
    """Read a recovery code."""
    return Credential.parse(CredentialKind.RECOVERY_CODE, code).secret


@pytest.mark.parametrize("kind", DRAWN)
def test_a_credential_is_read_back_from_its_text(kind: CredentialKind) -> None:
    """The bearer's text gives the same look-up and wrapping key."""
    credential = Credential.generate(kind)
    again = Credential.parse(kind, credential.text)
    assert (again.lookup, again.wrapping_key) == (credential.lookup, credential.wrapping_key)


@pytest.mark.parametrize("kind", PREFIXES)
def test_a_prefix_names_the_kind(kind: CredentialKind) -> None:
    """Four characters tell a secret scanner what it found; 43 more hold 256 bits."""
    text = Credential.generate(kind).text
    assert text.startswith(PREFIXES[kind])
    assert len(text) == 47


@pytest.mark.parametrize(
    ("kind", "other"),
    [(kind, other) for kind in DRAWN for other in CredentialKind if kind is not other],
)
def test_no_credential_passes_for_another_kind(kind: CredentialKind, other: CredentialKind) -> None:
    """A refresh token is no access token, and nothing is parsed as a passphrase."""
    with pytest.raises(InvalidInput):
        Credential.parse(other, Credential.generate(kind).text)


def test_lookups_and_wrapping_keys_differ_in_every_kind() -> None:
    """One secret gives another value for each kind and purpose."""
    credentials = [
        Credential.from_secret(kind, bytes(20 if kind is CredentialKind.RECOVERY_CODE else 32))
        for kind in CredentialKind
    ]
    values = [credential.wrapping_key for credential in credentials]
    values += [
        credential.lookup
        for credential in credentials
        if credential.kind is not CredentialKind.PASSPHRASE
    ]
    assert len(set(values)) == len(values) == 17


def test_a_successor_takes_both_token_and_salt() -> None:
    """The same from the same two; another token or another salt leads elsewhere."""
    kind = CredentialKind.REFRESH_TOKEN
    first, other = (Credential.from_secret(kind, bytes([number]) * 32) for number in (1, 2))
    same = first.successor(bytes(32))
    assert same.kind is kind
    assert same.text == first.successor(bytes(32)).text
    elsewhere = {first.text, first.successor(b"s" * 32).text, other.successor(bytes(32)).text}
    assert len(elsewhere - {same.text}) == 3


@pytest.mark.parametrize("kind", [kind for kind in DRAWN if kind != CredentialKind.REFRESH_TOKEN])
def test_only_a_refresh_token_has_a_successor(kind: CredentialKind) -> None:
    """Whatever else is renewed is drawn anew."""
    with pytest.raises(ValueError, match="no successor"):
        Credential.generate(kind).successor(bytes(32))


def test_a_request_goes_by_an_id_that_tells_nothing_of_its_uri() -> None:
    """The same for the same URI, and neither its look-up nor its key nor a part of them."""
    uri = Credential.generate(CredentialKind.REQUEST_URI)
    assert uri.request_id == Credential(uri.kind, uri.secret).request_id
    assert len(uri.request_id) == 16
    assert uri.request_id not in uri.lookup + uri.wrapping_key + uri.secret
    assert uri.request_id != Credential.generate(CredentialKind.REQUEST_URI).request_id


@pytest.mark.parametrize("kind", [kind for kind in DRAWN if kind != CredentialKind.REQUEST_URI])
def test_only_a_request_uri_stands_for_a_request(kind: CredentialKind) -> None:
    """No other credential gives such an id."""
    with pytest.raises(ValueError, match="no request"):
        _ = Credential.generate(kind).request_id


@pytest.mark.parametrize("kind", DRAWN)
def test_a_lookup_unwraps_nothing(kind: CredentialKind, server_keys: ServerKeys) -> None:
    """With the stored look-up and the server's keys in hand, the wrap stays closed."""
    credential = Credential.generate(kind)
    inner = server_keys.unseal(wrap(credential, b"holder", server_keys, PLACE), PLACE)
    with pytest.raises(Unopenable):
        aead.unseal(credential.lookup, inner, PLACE)


def test_a_passphrase_has_no_lookup_of_its_own() -> None:
    """Nothing derived from a passphrase is stored that guesses could be tested against."""
    passphrase = Credential.from_secret(CredentialKind.PASSPHRASE, bytes(32))
    with pytest.raises(ValueError, match="verifier"):
        _ = passphrase.lookup
    assert passphrase_lookup(b"one vault") != passphrase_lookup(b"another")


def test_a_passphrase_is_neither_drawn_nor_written() -> None:
    """Only its person has it."""
    with pytest.raises(ValueError, match="chosen"):
        Credential.generate(CredentialKind.PASSPHRASE)
    with pytest.raises(ValueError, match="written"):
        _ = Credential.from_secret(CredentialKind.PASSPHRASE, bytes(32)).text


@pytest.mark.parametrize("kind", DRAWN)
def test_a_credential_does_not_show_itself(kind: CredentialKind) -> None:
    """Its repr, which may end in a traceback, names the kind alone."""
    credential = Credential.generate(kind)
    shown = repr(credential)
    for secret in (repr(credential.secret), credential.secret.hex(), credential.text):
        assert secret not in shown


@pytest.mark.parametrize("kind", CredentialKind)
def test_a_secret_of_another_length_is_refused(kind: CredentialKind) -> None:
    """Half a secret is none."""
    with pytest.raises(ValueError, match="no secret"):
        Credential.from_secret(kind, bytes(16))


@given(st.text(max_size=60))
def test_any_text_is_a_token_or_refused(text: str) -> None:
    """Parsing answers every text with a credential of that very text, or InvalidInput."""
    for candidate in (text, "vat_" + text):
        try:
            token = Credential.parse(CredentialKind.ACCESS_TOKEN, candidate)
        except InvalidInput:
            continue
        assert token.text == candidate


def test_a_token_has_one_spelling() -> None:
    """The two unused bits of the last letter must be zero, so a used code cannot come anew."""
    text = Credential.from_secret(CredentialKind.AUTHORIZATION_CODE, bytes(32)).text
    assert text.endswith("A")
    for letter in "BCD=":
        with pytest.raises(InvalidInput):
            Credential.parse(CredentialKind.AUTHORIZATION_CODE, text[:-1] + letter)


@given(RECOVERY_SECRETS)
def test_a_recovery_code_is_seven_groups_of_five(secret: bytes) -> None:
    """160 bits and a checksum, without the letters that are taken for digits."""
    groups = recovery_code(secret).split("-")
    assert [len(group) for group in groups] == [5] * 7
    assert set("".join(groups)) <= set(ALPHABET)
    assert parsed("-".join(groups)) == secret


@given(RECOVERY_SECRETS)
def test_a_recovery_code_is_read_as_people_type_it(secret: bytes) -> None:
    """Case, spaces and dashes do not matter; O is read as 0, I and L as 1."""
    code = recovery_code(secret)
    for typed in (
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        code.replace("-", "\u2013"),
        f"  {code}\n",
        " ".join(code.replace("-", "")),
        code.replace("0", "O").replace("1", "I"),
        code.replace("0", "o").replace("1", "l"),
    ):
        assert parsed(typed) == secret


@given(RECOVERY_SECRETS, st.integers(0, 34), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_told_apart(secret: bytes, index: int, symbol: str) -> None:
    """A single slip is always named as a typing error."""
    code = recovery_code(secret).replace("-", "")
    assume(code[index] != symbol)
    with pytest.raises(InvalidInput, match="typing error"):
        parsed(code[:index] + symbol + code[index + 1 :])


@given(RECOVERY_SECRETS, st.integers(0, 30))
def test_two_neighbours_exchanged_are_told_apart(secret: bytes, index: int) -> None:
    """So is the other common slip, anywhere among the symbols of the secret."""
    code = recovery_code(secret).replace("-", "")
    assume(code[index] != code[index + 1])
    with pytest.raises(InvalidInput, match="typing error"):
        parsed(code[:index] + code[index + 1] + code[index] + code[index + 2 :])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "has 0"),
        ("00000-00000", "has 10"),
        ("0" * 36, "has 36"),
        ("U" * 35, "a character that none contains"),
        ("é" * 35, "a character that none contains"),
        ("0" * 34 + "1", "typing error"),
    ],
)
def test_what_is_wrong_with_a_recovery_code_is_said(code: str, said: str) -> None:
    """Length, character or checksum: the message tells which, and repeats nothing of it."""
    with pytest.raises(InvalidInput, match=said):
        parsed(code)


@given(st.text(max_size=45))
def test_any_text_is_a_recovery_code_or_refused(text: str) -> None:
    """No text makes the parser fail in another way."""
    try:
        assert len(parsed(text)) == 20
    except InvalidInput:
        return


@pytest.mark.parametrize("kind", DRAWN)
def test_a_wrap_opens_for_its_bearer(kind: CredentialKind, server_keys: ServerKeys) -> None:
    """Credential and server together open it, also after the server's key was rotated."""
    credential = Credential.generate(kind)
    wrapped = wrap(credential, b"holder", server_keys, PLACE)
    server_keys.rotate()
    assert unwrap(credential, wrapped, server_keys, PLACE) == b"holder"


def test_a_wrap_opens_for_nobody_else(server_keys: ServerKeys, tmp_path: Path) -> None:
    """Another credential, kind, server or place: each alone keeps it closed."""
    token = Credential.generate(CredentialKind.ACCESS_TOKEN)
    wrapped = wrap(token, b"holder", server_keys, PLACE)
    stranger = ServerKeys.load_or_create(tmp_path / "another.json")
    for credential, keys, place in (
        (Credential.generate(CredentialKind.ACCESS_TOKEN), server_keys, PLACE),
        (Credential(CredentialKind.REFRESH_TOKEN, token.secret), server_keys, PLACE),
        (token, stranger, PLACE),
        (token, server_keys, context("test/wrap", b"another vault")),
    ):
        with pytest.raises(Unopenable):
            unwrap(credential, wrapped, keys, place)


def test_a_wrap_opens_with_no_byte_altered(server_keys: ServerKeys) -> None:
    """Both layers are whole or the wrap stays closed; so it does shortened or extended."""
    token = Credential.generate(CredentialKind.ACCESS_TOKEN)
    wrapped = wrap(token, bytes(32), server_keys, PLACE)
    altered = [
        wrapped[:index] + bytes([byte ^ 1]) + wrapped[index + 1 :]
        for index, byte in enumerate(wrapped)
    ]
    for wrong in [*altered, *(wrapped[:end] for end in range(len(wrapped))), wrapped + b"\x00"]:
        with pytest.raises(Unopenable):
            unwrap(token, wrong, server_keys, PLACE)


def test_replacing_the_outer_layer_needs_no_credential(server_keys: ServerKeys) -> None:
    """After a rotation the server alone seals the outer layer again, with its new key."""
    token = Credential.generate(CredentialKind.ACCESS_TOKEN)
    wrapped = wrap(token, b"holder", server_keys, PLACE)
    server_keys.rotate()
    again = server_keys.seal(server_keys.unseal(wrapped, PLACE), PLACE)
    assert (wrapped[5], again[5]) == (1, 2)
    assert unwrap(token, again, server_keys, PLACE) == b"holder"
