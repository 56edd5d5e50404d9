import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.crypto import second_reader as second
from tests.vectors.complete import FOLDER, WRITERS, parts, unhex

Fields = dict[str, Any]

VECTORS = [
    pytest.param(name, vector["in"], vector["out"], id=f"{name}: {vector['name']}")
    for name in WRITERS
    for vector in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
]


def check_context(given: Fields, out: Fields) -> None:
    """Encode a context."""
    encoded = second.encode_context(given["label"], parts(given["parts"]))
    assert encoded.hex() == out["context"]


def check_record_context(given: Fields, out: Fields) -> None:
    """Extend a context: the same as encoding it whole."""
    label, places = second.decode_context(unhex(given["prefix"]))
    places += [given["position"], unhex(given["record_id"]), given["revision"]]
    assert second.encode_context(label, places).hex() == out["context"]


def check_derived_key(given: Fields, out: Fields) -> None:
    """Derive a key."""
    key = second.derive(unhex(given["secret"]), given["label"], given["length"])
    assert key.hex() == out["key"]


def check_passphrase(given: Fields, out: Fields) -> None:
    """Stretch a passphrase."""
    assert second.stretch(given["passphrase"], given["parameters"]).hex() == out["key"]


def check_credential(given: Fields, out: Fields) -> None:
    """Derive a credential's values and write it out."""
    kind, secret = given["kind"], unhex(given["secret"])
    name = second.KINDS[kind][0]
    assert second.derive(secret, f"credential/{name}/wrap").hex() == out["wrapping_key"]
    if "lookup" in out:
        assert second.derive(secret, f"credential/{name}/look-up").hex() == out["lookup"]
        assert second.credential_text(kind, secret) == out["text"]


def check_successor(given: Fields, out: Fields) -> None:
    """Derive the next refresh token."""
    text = second.successor_text(unhex(given["secret"]), unhex(given["salt"]))
    assert text == out["text"]


def check_request_id(given: Fields, out: Fields) -> None:
    """Find a request that was shown."""
    assert second.request_id(unhex(given["secret"])).hex() == out["request_id"]


def check_passphrase_lookup(given: Fields, out: Fields) -> None:
    """Find a vault's passphrase."""
    assert second.passphrase_lookup(unhex(given["vault_id"])).hex() == out["lookup"]


def check_aead(given: Fields, out: Fields) -> None:
    """Open suite 1."""
    key, context = unhex(given["key"]), unhex(given["context"])
    opened = second.open_single(key, unhex(out["envelope"]), context)
    assert opened == unhex(given["plaintext"])


def check_batch(given: Fields, out: Fields) -> None:
    """Open suite 2."""
    key, context = unhex(given["key"]), unhex(given["context"])
    opened = second.open_batch(key, given["position"], unhex(out["envelope"]), context)
    assert opened == unhex(given["plaintext"])


def check_hpke(given: Fields, out: Fields) -> None:
    """Open suite 3, with X-Wing and the key schedule written out."""
    holder = second.Holder(unhex(given["seed"]))
    assert holder.public_key == unhex(out["public_key"])
    opened = holder.open(unhex(out["envelope"]), unhex(given["context"]))
    assert opened == unhex(given["plaintext"])


def check_server_public_keys(given: Fields, out: Fields) -> None:
    """Follow the chain of signatures."""
    keys = second.Server(given["file"]).public_keys
    assert {str(number): key.hex() for number, key in keys.items()} == out


def check_server_derived_key(given: Fields, out: Fields) -> None:
    """Derive a key from the newest seed."""
    assert second.Server(given["file"]).derived(given["label"]).hex() == out["key"]


def check_server_envelope(given: Fields, out: Fields) -> None:
    """Open suite 4."""
    opened = second.Server(given["file"]).open(unhex(out["envelope"]), unhex(given["context"]))
    assert opened == unhex(given["plaintext"])


def check_server_signature(given: Fields, out: Fields) -> None:
    """Verify a signature (the reader raises if it does not hold)."""
    message, context = unhex(given["message"]), unhex(given["context"])
    second.Server(given["file"]).verify(out["number"], unhex(out["signature"]), message, context)


def check_wrap(given: Fields, out: Fields) -> None:
    """Open both layers of a wrap."""
    server, secret = second.Server(given["file"]), unhex(given["secret"])
    wrapped, context = unhex(out["wrapped"]), unhex(given["context"])
    payload = second.open_wrap(server, given["kind"], secret, wrapped, context)
    assert payload == unhex(given["payload"])


def check_wire(given: Fields, out: Fields) -> None:
    """Write what a vendor is shown."""
    key = unhex(given["key"])
    assert second.wire_id(key, unhex(given["record_id"])).hex() == out["wire_id"]
    assert second.subject(key, given["client_id"]) == out["subject"]
    assert second.push_id(key, given["kind"], given["source_id"]).hex() == out["push_id"]


def check_cursor(given: Fields, out: Fields) -> None:
    """Open a cursor."""
    place = given["kind_no"], given["terms_version"], given["change"], given["since"]
    assert second.open_cursor(unhex(given["key"]), out["cursor"]) == place


def check_edition(given: Fields, out: Fields) -> None:
    """Make an edition."""
    key, narrowing = unhex(given["key"]), unhex(given["narrowing"])
    assert second.edition(key, given["terms_version"], narrowing) == out["edition"]


def check_ledger_hash(given: Fields, out: Fields) -> None:
    """Hash an entry."""
    state = None if given["state"] is None else unhex(given["state"])
    place = unhex(given["previous"]), given["number"], given["at"]
    assert second.ledger_hash(*place, unhex(given["ciphertext"]), state).hex() == out["hash"]


CHECKS: dict[str, Callable[[Fields, Fields], None]] = {
    "contexts": check_context,
    "record-contexts": check_record_context,
    "derived-keys": check_derived_key,
    "passphrases": check_passphrase,
    "credentials": check_credential,
    "successors": check_successor,
    "request-ids": check_request_id,
    "passphrase-lookups": check_passphrase_lookup,
    "aead": check_aead,
    "batches": check_batch,
    "hpke": check_hpke,
    "server-public-keys": check_server_public_keys,
    "server-derived-keys": check_server_derived_key,
    "server-envelopes": check_server_envelope,
    "server-signatures": check_server_signature,
    "wraps": check_wrap,
    "wire": check_wire,
    "cursors": check_cursor,
    "editions": check_edition,
    "ledger-hashes": check_ledger_hash,
}


@pytest.mark.parametrize(("name", "given", "out"), VECTORS)
def test_a_second_implementation_agrees(name: str, given: Fields, out: Fields) -> None:
    """What docs/format.md says suffices to read each vector without the vault's code."""
    CHECKS[name](given, out)
