"""A second implementation, written from docs/format.md alone: it imports nothing of the vault.

It shows that the document says enough, and that the vault does what the document says. It reads
and checks; it never seals.
"""

import base64
import hashlib
import hmac
import json
import struct
import unicodedata
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

Part = bytes | str | int

KINDS = {
    1: ("passphrase", ""),
    2: ("recovery-code", ""),
    3: ("session", "vse_"),
    4: ("request-uri", "vrq_"),
    5: ("authorization-code", "vac_"),
    6: ("access-token", "vat_"),
    7: ("refresh-token", "vrt_"),
    8: ("auth-req-id", "var_"),
    9: ("invitation", "vin_"),
}


def encode_context(label: str, parts: list[Part]) -> bytes:
    """Contexts: 01, label with its length, then type, length and value of each part."""
    encoded = b"\x01" + struct.pack(">H", len(label.encode())) + label.encode()
    for part in parts:
        if isinstance(part, bytes):
            tag, value = 1, part
        elif isinstance(part, str):
            tag, value = 2, part.encode()
        else:
            tag, value = 3, struct.pack(">q", part)
        encoded += struct.pack(">BI", tag, len(value)) + value
    return encoded


def decode_context(encoded: bytes) -> tuple[str, list[Part]]:
    """Contexts, backwards: that this exists shows that no two places share an encoding."""
    assert encoded[0] == 1
    (length,) = struct.unpack_from(">H", encoded, 1)
    at = 3 + length
    label, parts = encoded[3:at].decode(), list[Part]()
    while at < len(encoded):
        tag, length = struct.unpack_from(">BI", encoded, at)
        value, at = encoded[at + 5 : at + 5 + length], at + 5 + length
        parts.append(
            value if tag == 1 else value.decode() if tag == 2 else struct.unpack(">q", value)[0]
        )
    return label, parts


def hkdf_extract(salt: bytes, secret: bytes) -> bytes:
    """RFC 5869, 2.2."""
    return hmac.digest(salt or bytes(32), secret, "sha256")


def hkdf_expand(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, 2.3."""
    output = block = b""
    counter = 1
    while len(output) < length:
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        output, counter = output + block, counter + 1
    return output[:length]


def derive(secret: bytes, label: str, length: int = 32, salt: bytes = b"") -> bytes:
    """Derived keys."""
    return hkdf_expand(hkdf_extract(salt, secret), encode_context(label, []), length)


def stretch(passphrase: str, parameters: dict[str, Any]) -> bytes:
    """Passphrases."""
    return Argon2id(
        salt=base64.b64decode(parameters["salt"]),
        length=32,
        iterations=parameters["iterations"],
        lanes=1,
        memory_cost=parameters["memoryKib"],
    ).derive(unicodedata.normalize("NFKC", passphrase).encode())


def open_single(key: bytes, envelope: bytes, context: bytes) -> bytes:
    """Suite 1."""
    assert envelope[:2] == b"\x01\x01"
    return AESGCM(key).decrypt(envelope[2:14], envelope[14:], b"\x01\x01" + context)


def open_batch(key: bytes, position: int, envelope: bytes, context: bytes) -> bytes:
    """Suite 2."""
    assert envelope[:2] == b"\x01\x02"
    return AESGCM(key).decrypt(position.to_bytes(12, "big"), envelope[2:], b"\x01\x02" + context)


class Holder:
    """Key pairs and suite 3: X-Wing and the key schedule of RFC 9180, written out."""

    SUITE_ID = b"HPKE" + bytes.fromhex("647a00010002")

    def __init__(self, seed: bytes) -> None:
        material = derive(seed, "hpke/key-pair", 96)
        self.mlkem = MLKEM768PrivateKey.from_seed_bytes(material[:64])
        self.x25519 = X25519PrivateKey.from_private_bytes(material[64:])
        self.x25519_public = self.x25519.public_key().public_bytes_raw()
        self.public_key = self.mlkem.public_key().public_bytes_raw() + self.x25519_public

    def open(self, envelope: bytes, context: bytes) -> bytes:
        """Decapsulate, derive key and nonce from `info`, open."""
        assert envelope[:2] == b"\x01\x03"
        encapsulation, ciphertext = envelope[2:1122], envelope[1122:]
        shared = self._decapsulate(encapsulation[:1088], encapsulation[1088:])
        schedule = b"\x00" + self._extract(b"", b"psk_id_hash", b"")
        schedule += self._extract(b"", b"info_hash", b"\x01\x03" + context)
        secret = self._extract(shared, b"secret", b"")
        key = self._expand(secret, b"key", schedule, 32)
        nonce = self._expand(secret, b"base_nonce", schedule, 12)
        return AESGCM(key).decrypt(nonce, ciphertext, b"")

    def _decapsulate(self, mlkem: bytes, x25519: bytes) -> bytes:
        shared = self.mlkem.decapsulate(mlkem)
        shared += self.x25519.exchange(X25519PublicKey.from_public_bytes(x25519))
        return hashlib.sha3_256(shared + x25519 + self.x25519_public + b"\\.//^\\").digest()

    def _extract(self, salt: bytes, label: bytes, secret: bytes) -> bytes:
        return hkdf_extract(salt, b"HPKE-v1" + self.SUITE_ID + label + secret)

    def _expand(self, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
        info = struct.pack(">H", length) + b"HPKE-v1" + self.SUITE_ID + label + info
        return hkdf_expand(key, info, length)


def base64url(raw: bytes) -> str:
    """Text form of random values."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_text(text: str) -> bytes:
    """Text form of random values, backwards."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def credential_text(kind: int, secret: bytes) -> str:
    """Credentials, as their bearer holds them."""
    if kind != 2:
        return KINDS[kind][1] + base64url(secret)
    number = int.from_bytes(secret, "big")
    number, symbols = number << 15 | number % 32749, ""
    while len(symbols) < 35:
        number, value = divmod(number, 32)
        symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value] + symbols
    return "-".join(symbols[start : start + 5] for start in range(0, 35, 5))


def successor_text(secret: bytes, salt: bytes) -> str:
    """The refresh token that comes after another."""
    return credential_text(7, derive(secret, "credential/refresh-token/successor", salt=salt))


def request_id(secret: bytes) -> bytes:
    """What a pushed request goes by once it was shown."""
    return derive(secret, "credential/request-uri/request-id", 16)


def passphrase_lookup(vault_id: bytes) -> bytes:
    """Where the passphrase's row stands."""
    context = encode_context("credential/passphrase/look-up", [vault_id])
    return hashlib.sha256(context).digest()


class Server:
    """Server keys: the file, envelopes of suite 4, signatures, derived keys."""

    def __init__(self, file: dict[str, Any]) -> None:
        self.seeds = {key["number"]: base64.b64decode(key["seed"]) for key in file["keys"]}
        self.newest = max(self.seeds)
        self.public_keys = {self.newest: self._public(self.newest)}
        for key in reversed(file["retired"]):
            number, public_key = key["number"], base64.b64decode(key["publicKey"])
            context = encode_context("server-key/retired", [number])
            self.verify(number + 1, base64.b64decode(key["signature"]), public_key, context)
            self.public_keys[number] = public_key

    def _public(self, number: int) -> bytes:
        private = derive(self.seeds[number], "server-key/signatures")
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def open(self, envelope: bytes, context: bytes) -> bytes:
        """Suite 4."""
        assert envelope[:2] == b"\x01\x04"
        (number,) = struct.unpack_from(">I", envelope, 2)
        key = hmac.digest(
            derive(self.seeds[number], "server-key/envelopes"), envelope[6:30], "sha256"
        )
        return AESGCM(key).decrypt(bytes(12), envelope[30:], envelope[:6] + context)

    def verify(self, number: int, signature: bytes, message: bytes, context: bytes) -> None:
        """Signatures."""
        signed = encode_context("server-key/signature", [context, message])
        Ed25519PublicKey.from_public_bytes(self.public_keys[number]).verify(signature, signed)

    def verify_jws(self, text: str) -> bytes:
        """Signatures of receipts; the payload."""
        header, payload, signature = text.split(".")
        stated = json.loads(decode_text(header))
        number = int(stated["kid"])
        expected = {"alg": "EdDSA", "kid": str(number), "typ": "consent-receipt+jwt"}
        assert stated == expected
        public_key = Ed25519PublicKey.from_public_bytes(self.public_keys[number])
        public_key.verify(decode_text(signature), f"{header}.{payload}".encode())
        return decode_text(payload)

    def derived(self, label: str) -> bytes:
        """Keys for other modules."""
        return derive(derive(self.seeds[self.newest], "server-key/derived-keys"), label)


def open_wrap(server: Server, kind: int, secret: bytes, wrapped: bytes, context: bytes) -> bytes:
    """Wraps: the server's layer, then the credential's."""
    key = derive(secret, f"credential/{KINDS[kind][0]}/wrap")
    return open_single(key, server.open(wrapped, context), context)


def wire_id(key: bytes, record_id: bytes) -> bytes:
    """Record ids on the wire."""
    cipher = Cipher(algorithms.AES256(derive(key, "wire/record-id")), modes.ECB())
    return cipher.encryptor().update(record_id)


def subject(key: bytes, client_id: str) -> str:
    """A client's name for the customer."""
    message = encode_context("wire/subject", [client_id])
    return base64url(hmac.digest(derive(key, "wire/subject"), message, "sha256"))


def push_id(key: bytes, kind: str, source_id: str) -> bytes:
    """The id of a push."""
    message = encode_context("wire/push-id", [kind, source_id])
    return hmac.digest(derive(key, "wire/push-id"), message, "sha256")[:16]


def edition(key: bytes, terms_version: int, narrowing: bytes) -> int:
    """What stands in a narrowed token's cursors for the terms version."""
    message = encode_context("wire/narrowing", [terms_version, narrowing])
    first = hmac.digest(derive(key, "wire/narrowing"), message, "sha256")[:4]
    return int.from_bytes(first) | 0x8000_0000


def open_cursor(key: bytes, cursor: str) -> tuple[int, int, int, int]:
    """Cursors."""
    envelope = base64.urlsafe_b64decode(cursor)
    context = encode_context("wire/cursor", [])
    place: tuple[int, int, int, int] = struct.unpack(
        ">BIQQ", open_single(derive(key, "wire/cursor"), envelope, context)
    )
    return place


def ledger_hash(
    previous: bytes, number: int, at: int, ciphertext: bytes, state: bytes | None
) -> bytes:
    """The hash of a ledger's entry, in the form that has its state in clear or in the other."""
    if state is None:
        continued = previous + struct.pack(">QQ", number, at) + ciphertext
    else:
        continued = previous + struct.pack(">QQ", 2**63 + number, at) + state + ciphertext
    return hashlib.sha256(continued).digest()
