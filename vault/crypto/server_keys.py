"""The server's own keys: the outer layer of every wrap, signatures of ledger and receipts.

One file (`VAULT_SECRET_FILE`, see key_file.py) holds numbered seeds. The newest seals and signs;
the older ones open and verify what they wrote. From each seed HKDF derives separate keys for
envelopes, for signatures, and for what other modules ask by label.

By itself the file opens nothing of a customer's: beneath the outer layer lies the credential's.

Specified in docs/format.md, "Server keys", "Envelopes" and "Signatures".
"""

import hmac
import os
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.crypto import jws, key_file
from vault.crypto.envelope import Suite, check_header, header
from vault.crypto.envelope import context as encode_context
from vault.crypto.kdf import derive
from vault.crypto.key_file import KeyFile, RetiredKey, StoredKey
from vault.errors import ConfigurationError, Tampered, Unopenable

SALT_LENGTH = 24

_HEADER = header(Suite.SERVER)
_NUMBERED = len(_HEADER) + 4
_BODY = _NUMBERED + SALT_LENGTH
_SHORTEST = _BODY + 16
_ZERO_NONCE = bytes(12)


class ServerKeys:
    """All keys of one server, as read from its file; `number` is the newest's."""

    def __init__(self, path: Path, stored: KeyFile) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._adopt(stored)

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """Load the file, made first with one new key where there is none."""
        if not path.exists():
            key_file.create(path, KeyFile((StoredKey.generate(1),)))
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load the file; ConfigurationError when it is missing, open to others or malformed."""
        return cls(path, key_file.read(path))

    @property
    def number(self) -> int:
        """The number of the key that seals and signs."""
        return self._newest.number

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Seal with the newest key: 01 04 | number u32 | salt 24 | ciphertext | tag 16."""
        # Taken once: another thread may adopt a newer key in between.
        newest = self._follow()
        prefix = _HEADER + newest.number.to_bytes(4, "big")
        salt = os.urandom(SALT_LENGTH)
        cipher = newest.message_cipher(salt)
        return prefix + salt + cipher.encrypt(_ZERO_NONCE, plaintext, prefix + context)

    def unseal(self, envelope: bytes, context: bytes) -> bytes:
        """Open with the key whose number the envelope carries; Unopenable if it does not."""
        check_header(envelope, _HEADER, _SHORTEST)
        prefix = envelope[:_NUMBERED]
        key = self._key(int.from_bytes(prefix[len(_HEADER) :], "big"))
        if key is None:
            raise Unopenable("This was sealed with a key that this server does not have.")
        cipher = key.message_cipher(envelope[_NUMBERED:_BODY])
        try:
            return cipher.decrypt(_ZERO_NONCE, envelope[_BODY:], prefix + context)
        except InvalidTag:
            raise Unopenable("This did not open: it was altered, or moved.") from None

    def sign(self, message: bytes, context: bytes) -> tuple[int, bytes]:
        """Sign with the newest key; returns its number and 64 bytes of Ed25519 (RFC 8032)."""
        newest = self._follow()
        return newest.number, newest.signing_key.sign(_signed(message, context))

    def verify(self, number: int, signature: bytes, message: bytes, context: bytes) -> None:
        """Return if key `number` signed this message in this context; Tampered otherwise."""
        _verify(self._public_key(number), signature, _signed(message, context))

    def sign_jws(self, typ: str, payload: bytes) -> str:
        """Sign with the newest key for whoever has a JOSE library; a compact JWS (see jws.py)."""
        newest = self._follow()
        message = jws.message(newest.number, typ, payload)
        return jws.compact(message, newest.signing_key.sign(message))

    def verify_jws(self, typ: str, text: str) -> bytes:
        """Return the payload of a compact JWS of this type that this server signed; or Tampered."""
        signed = jws.take_apart(text, typ)
        _verify(self._public_key(signed.key_number), signed.signature, signed.message)
        return signed.payload

    def public_keys(self) -> dict[int, bytes]:
        """Return the 32 raw bytes of every public key, the retired ones included, by number.

        Of the file as it is now: what another process has signed since shall be found in it.
        """
        self._follow()
        return dict(self._public_keys)

    def numbers(self) -> frozenset[int]:
        """The numbers of the keys whose seeds are here: what they sealed can be opened."""
        return frozenset(self._keys)

    def derive(self, label: str) -> bytes:
        """Derive 32 bytes for another purpose (Flask's secret key, a MAC); new after rotation."""
        return derive(self._newest.derivation_root, label)

    def rotate(self) -> None:
        """Add a key, which seals and signs from now on, and have it sign its predecessor's.

        Old keys stay, so nothing needs to be sealed again at once. Other processes read the file
        again when they next seal or sign, or first meet the new number.
        """
        with key_file.lock(self._path):
            self._reload()
            old = self._newest
            stored = StoredKey.generate(old.number + 1)
            signature = _ServerKey(stored).signing_key.sign(
                _signed(old.public_key, _retired_context(old.number))
            )
            content = KeyFile(
                (*self._stored.keys, stored),
                (*self._stored.retired, RetiredKey(old.number, old.public_key, signature)),
            )
            key_file.replace(self._path, content)
        self._adopt(content)

    def retire(self) -> list[int]:
        """Take every seed but the newest out of the file; the numbers that are gone.

        What is still sealed under them never opens again, copies of the database included. Their
        public keys stay, so what they signed still holds.
        """
        with key_file.lock(self._path):
            self._reload()
            *old, newest = self._stored.keys
            content = KeyFile((newest,), self._stored.retired)
            key_file.replace(self._path, content)
        self._adopt(content)
        return [key.number for key in old]

    def __repr__(self) -> str:
        return f"ServerKeys(number={self.number})"

    def _follow(self) -> "_ServerKey":
        """The newest key, of the file as it is now: after a rotation nothing is sealed as before.

        Replacing the file gives it another inode, so looking at it is enough.
        """
        try:
            status = self._path.stat()
        except OSError:
            return self._newest
        seen = (status.st_ino, status.st_mtime_ns)
        if seen != self._seen:
            self._reload()
            self._seen = seen
        return self._newest

    def _public_key(self, number: int) -> bytes:
        """Find a public key, in the file as it is now if it is not known yet; or Tampered."""
        if number not in self._public_keys:
            self._reload()
        public_key = self._public_keys.get(number)
        if public_key is None:
            raise Tampered("This was signed with a key that this server does not know.")
        return public_key

    def _key(self, number: int) -> "_ServerKey | None":
        """Find a key, in the file as it is now if another process may have rotated meanwhile."""
        if number > self.number:
            self._reload()
        return self._keys.get(number)

    def _reload(self) -> None:
        self._adopt(key_file.read(self._path))

    def _adopt(self, stored: KeyFile) -> None:
        """Derive all keys, and check the chain of signatures before any of it counts."""
        keys = {key.number: _ServerKey(key) for key in stored.keys}
        newest = keys[stored.keys[-1].number]
        public_keys = _verified_chain(newest, stored.retired)
        if any(public_keys[key.number] != key.public_key for key in keys.values()):
            raise ConfigurationError("VAULT_SECRET_FILE: a seed does not fit its public key")
        self._stored, self._keys, self._newest = stored, keys, newest
        self._public_keys = public_keys


class _ServerKey:
    """What is derived from one seed."""

    __slots__ = ("_envelope_key", "derivation_root", "number", "public_key", "signing_key")

    def __init__(self, stored: StoredKey) -> None:
        self.number = stored.number
        self._envelope_key = derive(stored.seed, "server-key/envelopes")
        self.signing_key = Ed25519PrivateKey.from_private_bytes(
            derive(stored.seed, "server-key/signatures")
        )
        self.public_key = self.signing_key.public_key().public_bytes_raw()
        # A root of its own, so that no label asked for by others can name a key used here.
        self.derivation_root = derive(stored.seed, "server-key/derived-keys")

    def message_cipher(self, salt: bytes) -> AESGCM:
        """Return the cipher of one message.

        One key seals for every customer over years, so 96 random bits of nonce could repeat. Each
        message has a key of its own instead, from 192 random bits; used once, its nonce is zero.
        """
        return AESGCM(hmac.digest(self._envelope_key, salt, "sha256"))


def _signed(message: bytes, context: bytes) -> bytes:
    """Return what is signed: context and message, so encoded that neither can run into the other.

    Every signature of the server has this form, so none can be taken for one made elsewhere; but
    for a JWS, whose form is another from its first byte on (jws.py).
    """
    return encode_context("server-key/signature", context, message)


def _verify(public_key: bytes, signature: bytes, signed: bytes) -> None:
    """Raise Tampered unless the signature holds."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except InvalidSignature:
        raise Tampered("A signature of this server does not hold.") from None


def _retired_context(number: int) -> bytes:
    """Return the context in which a successor signs key `number`."""
    return encode_context("server-key/retired", number)


def _verified_chain(newest: _ServerKey, retired: tuple[RetiredKey, ...]) -> dict[int, bytes]:
    """Follow the signatures from the newest key back to the first."""
    public_keys = {newest.number: newest.public_key}
    for key in reversed(retired):
        try:
            _verify(
                public_keys[key.number + 1],
                key.signature,
                _signed(key.public_key, _retired_context(key.number)),
            )
        except Tampered:
            raise ConfigurationError(
                f"VAULT_SECRET_FILE: key {key.number} is not signed by its successor"
            ) from None
        public_keys[key.number] = key.public_key
    return public_keys
