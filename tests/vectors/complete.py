"""Fill in what new vectors give: `python -m tests.vectors.complete`, once, when adding some.

Each JSON file holds a list of `{"name", "in", "out"}`, bytes in hex. Vectors are append-only: what
was once sealed must open for ever, so an entry is never changed, removed or made again. To add one,
append an entry without `out` and run this; it writes the missing outputs and touches nothing else.
An existing vector that fails means that the format was broken: mend the code.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vault.crypto import aead, hpke
from vault.crypto.credentials import Credential, CredentialKind, passphrase_lookup, wrap
from vault.crypto.envelope import context, record_context
from vault.crypto.kdf import PassphraseKdf, derive
from vault.crypto.server_keys import ServerKeys
from vault.crypto.wire import WireKey
from vault.storage.ledger import entry_hash

FOLDER = Path(__file__).parent

Fields = dict[str, Any]


def unhex(text: str) -> bytes:
    """Read bytes as vectors hold them."""
    return bytes.fromhex(text)


def parts(stored: list[Fields]) -> list[bytes | str | int]:
    """Read the parts of a context: `{"bytes": hex}`, `{"text": …}` or `{"integer": …}`."""
    values: list[bytes | str | int] = []
    for part in stored:
        ((kind, value),) = part.items()
        values.append(unhex(value) if kind == "bytes" else value)
    return values


@contextmanager
def server_keys(content: Fields) -> Iterator[ServerKeys]:
    """Load a server's keys from the content of their file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server-keys.json"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            json.dump(content, file)
        yield ServerKeys.load(path)


def _context(given: Fields) -> Fields:
    return {"context": context(given["label"], *parts(given["parts"])).hex()}


def _record_context(given: Fields) -> Fields:
    place = given["position"], unhex(given["record_id"]), given["revision"]
    return {"context": record_context(unhex(given["prefix"]), *place).hex()}


def _derived_key(given: Fields) -> Fields:
    return {"key": derive(unhex(given["secret"]), given["label"], given["length"]).hex()}


def _passphrase(given: Fields) -> Fields:
    kdf = PassphraseKdf.from_json(json.dumps(given["parameters"]))
    return {"key": kdf.derive(given["passphrase"]).hex()}


def _credential(given: Fields) -> Fields:
    credential = Credential.from_secret(CredentialKind(given["kind"]), unhex(given["secret"]))
    known: Fields = {"wrapping_key": credential.wrapping_key.hex()}
    if credential.kind is not CredentialKind.PASSPHRASE:
        known |= {"text": credential.text, "lookup": credential.lookup.hex()}
    return known


def _successor(given: Fields) -> Fields:
    kind = CredentialKind.REFRESH_TOKEN
    successor = Credential.from_secret(kind, unhex(given["secret"])).successor(unhex(given["salt"]))
    return {"text": successor.text}


def _request_id(given: Fields) -> Fields:
    credential = Credential.from_secret(CredentialKind.REQUEST_URI, unhex(given["secret"]))
    return {"request_id": credential.request_id.hex()}


def _passphrase_lookup(given: Fields) -> Fields:
    return {"lookup": passphrase_lookup(unhex(given["vault_id"])).hex()}


def _aead(given: Fields) -> Fields:
    place = unhex(given["context"])
    return {"envelope": aead.seal(unhex(given["key"]), unhex(given["plaintext"]), place).hex()}


def _batch(given: Fields) -> Fields:
    sealer = aead.BatchSealer(unhex(given["key"]))
    plaintext, place = unhex(given["plaintext"]), unhex(given["context"])
    return {"envelope": sealer.seal(given["position"], plaintext, place).hex()}


def _hpke(given: Fields) -> Fields:
    public_key = hpke.KeyPair.from_seed(unhex(given["seed"])).public_key
    envelope = hpke.seal_to(public_key, unhex(given["plaintext"]), unhex(given["context"]))
    return {"public_key": public_key.hex(), "envelope": envelope.hex()}


def _server_public_keys(given: Fields) -> Fields:
    with server_keys(given["file"]) as keys:
        return {str(number): key.hex() for number, key in keys.public_keys().items()}


def _server_derived(given: Fields) -> Fields:
    with server_keys(given["file"]) as keys:
        return {"key": keys.derive(given["label"]).hex()}


def _server_envelope(given: Fields) -> Fields:
    with server_keys(given["file"]) as keys:
        envelope = keys.seal(unhex(given["plaintext"]), unhex(given["context"]))
        return {"envelope": envelope.hex()}


def _server_signature(given: Fields) -> Fields:
    with server_keys(given["file"]) as keys:
        number, signature = keys.sign(unhex(given["message"]), unhex(given["context"]))
        return {"number": number, "signature": signature.hex()}


def _wrap(given: Fields) -> Fields:
    credential = Credential.from_secret(CredentialKind(given["kind"]), unhex(given["secret"]))
    with server_keys(given["file"]) as keys:
        wrapped = wrap(credential, unhex(given["payload"]), keys, unhex(given["context"]))
        return {"wrapped": wrapped.hex()}


def _wire(given: Fields) -> Fields:
    key = WireKey(unhex(given["key"]))
    return {
        "wire_id": key.wire_id(unhex(given["record_id"])).hex(),
        "subject": key.subject(given["client_id"]),
        "push_id": key.push_id(given["kind"], given["source_id"]).hex(),
    }


def _cursor(given: Fields) -> Fields:
    place = given["kind_no"], given["terms_version"], given["change"], given["since"]
    return {"cursor": WireKey(unhex(given["key"])).seal_cursor(*place)}


def _edition(given: Fields) -> Fields:
    key = WireKey(unhex(given["key"]))
    return {"edition": key.edition(given["terms_version"], unhex(given["narrowing"]))}


def _ledger_hash(given: Fields) -> Fields:
    previous, ciphertext = unhex(given["previous"]), unhex(given["ciphertext"])
    state = None if given["state"] is None else unhex(given["state"])
    return {"hash": entry_hash(previous, given["number"], given["at"], ciphertext, state).hex()}


WRITERS: dict[str, Callable[[Fields], Fields]] = {
    "contexts": _context,
    "record-contexts": _record_context,
    "derived-keys": _derived_key,
    "passphrases": _passphrase,
    "credentials": _credential,
    "successors": _successor,
    "request-ids": _request_id,
    "passphrase-lookups": _passphrase_lookup,
    "aead": _aead,
    "batches": _batch,
    "hpke": _hpke,
    "server-public-keys": _server_public_keys,
    "server-derived-keys": _server_derived,
    "server-envelopes": _server_envelope,
    "server-signatures": _server_signature,
    "wraps": _wrap,
    "wire": _wire,
    "cursors": _cursor,
    "editions": _edition,
    "ledger-hashes": _ledger_hash,
}


def main() -> None:
    """Complete every file beside this one."""
    for name, write in WRITERS.items():
        path = FOLDER / f"{name}.json"
        vectors = json.loads(path.read_text(encoding="utf-8"))
        for vector in vectors:
            if "out" not in vector:
                vector["out"] = write(vector["in"])
        path.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
