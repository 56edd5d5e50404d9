import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.vectors.complete import FOLDER, WRITERS, server_keys, unhex
from vault.crypto import aead, hpke
from vault.crypto.credentials import Credential, CredentialKind, unwrap
from vault.crypto.wire import WireKey

Fields = dict[str, Any]

VECTORS = [
    pytest.param(name, vector["in"], vector["out"], id=f"{name}: {vector['name']}")
    for name in WRITERS
    for vector in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
]


def open_aead(given: Fields, out: Fields) -> None:
    """Open an envelope of suite 1."""
    plaintext = aead.unseal(unhex(given["key"]), unhex(out["envelope"]), unhex(given["context"]))
    assert plaintext == unhex(given["plaintext"])


def open_hpke(given: Fields, out: Fields) -> None:
    """Open an envelope of suite 3, and find the public key."""
    pair = hpke.KeyPair.from_seed(unhex(given["seed"]))
    assert pair.public_key == unhex(out["public_key"])
    opened = pair.unseal(unhex(out["envelope"]), unhex(given["context"]))
    assert opened == unhex(given["plaintext"])


def open_server_envelope(given: Fields, out: Fields) -> None:
    """Open an envelope of suite 4."""
    with server_keys(given["file"]) as keys:
        opened = keys.unseal(unhex(out["envelope"]), unhex(given["context"]))
    assert opened == unhex(given["plaintext"])


def verify_signature(given: Fields, out: Fields) -> None:
    """Verify a signature, with its key's successor in the file or not."""
    with server_keys(given["file"]) as keys:
        message, context = unhex(given["message"]), unhex(given["context"])
        keys.verify(out["number"], unhex(out["signature"]), message, context)


def open_wrap(given: Fields, out: Fields) -> None:
    """Open a wrap with its credential."""
    credential = Credential.from_secret(CredentialKind(given["kind"]), unhex(given["secret"]))
    with server_keys(given["file"]) as keys:
        payload = unwrap(credential, unhex(out["wrapped"]), keys, unhex(given["context"]))
    assert payload == unhex(given["payload"])


def open_cursor(given: Fields, out: Fields) -> None:
    """Open a cursor."""
    place = given["kind_no"], given["terms_version"], given["change"], given["since"]
    assert WireKey(unhex(given["key"])).open_cursor(out["cursor"]) == place


# What holds random bytes, or stems from an earlier key, is opened; all else is made again.
OPENERS: dict[str, Callable[[Fields, Fields], None]] = {
    "aead": open_aead,
    "hpke": open_hpke,
    "server-envelopes": open_server_envelope,
    "server-signatures": verify_signature,
    "wraps": open_wrap,
    "cursors": open_cursor,
}


@pytest.mark.parametrize(("name", "given", "out"), VECTORS)
def test_the_vault_reads_what_was_ever_written(name: str, given: Fields, out: Fields) -> None:
    """Each vector opens, or is made again to the byte."""
    if name in OPENERS:
        OPENERS[name](given, out)
    else:
        assert WRITERS[name](given) == out


def test_every_vector_file_is_read() -> None:
    """No file of vectors lies there without being tested."""
    assert {path.stem for path in FOLDER.glob("*.json")} == set(WRITERS)
