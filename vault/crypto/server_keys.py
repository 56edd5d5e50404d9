"""The server's own keys: the outer layer of every wrap, signatures of ledger and receipts.

One file (`VAULT_SECRET_FILE`, see key_file.py) holds numbered seeds. The newest seals and signs;
the older ones open and verify what they wrote. From each seed HKDF derives separate keys for
envelopes, for signatures, and for what other modules ask by label.

By itself the file opens nothing of a customer's: beneath the outer layer lies the credential's.

Specified in docs/format.md, "Server keys", "Envelopes" and "Signatures".
"""

from pathlib import Path
from typing import Self

from vault.crypto import jws, key_file
from vault.crypto.kdf import derive
from vault.crypto.key_file import KeyFile, StoredKey
from vault.crypto.server_key import (
    ServerKey,
    number_of,
    signed,
    verified_chain,
    verify,
)
from vault.errors import ConfigurationError, Tampered, Unopenable


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
        return self._follow().seal(plaintext, context)

    def unseal(self, envelope: bytes, context: bytes) -> bytes:
        """Open with the key whose number the envelope carries; Unopenable if it does not."""
        key = self._key(number_of(envelope))
        if key is None:
            raise Unopenable("This was sealed with a key that this server does not have.")
        return key.unseal(envelope, context)

    def sign(self, message: bytes, context: bytes) -> tuple[int, bytes]:
        """Sign with the newest key; returns its number and 64 bytes of Ed25519 (RFC 8032)."""
        newest = self._follow()
        return newest.number, newest.sign(message, context)

    def verify(self, number: int, signature: bytes, message: bytes, context: bytes) -> None:
        """Return if key `number` signed this message in this context; Tampered otherwise."""
        verify(self._public_key(number), signature, signed(message, context))

    def sign_jws(self, typ: str, payload: bytes) -> str:
        """Sign with the newest key for whoever has a JOSE library; a compact JWS (see jws.py)."""
        newest = self._follow()
        message = jws.message(newest.number, typ, payload)
        return jws.compact(message, newest.signing_key.sign(message))

    def verify_jws(self, typ: str, text: str) -> bytes:
        """Return the payload of a compact JWS of this type that this server signed; or Tampered."""
        parts = jws.take_apart(text, typ)
        verify(self._public_key(parts.key_number), parts.signature, parts.message)
        return parts.payload

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
            retired = ServerKey(stored).retire(old)
            keys, chain = self._stored.keys, self._stored.retired
            content = KeyFile((*keys, stored), (*chain, retired))
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

    def _follow(self) -> "ServerKey":
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

    def _key(self, number: int) -> "ServerKey | None":
        """Find a key, in the file as it is now if another process may have rotated meanwhile."""
        if number > self.number:
            self._reload()
        return self._keys.get(number)

    def _reload(self) -> None:
        self._adopt(key_file.read(self._path))

    def _adopt(self, stored: KeyFile) -> None:
        """Derive all keys, and check the chain of signatures before any of it counts."""
        keys = {key.number: ServerKey(key) for key in stored.keys}
        newest = keys[stored.keys[-1].number]
        public_keys = verified_chain(newest, stored.retired)
        if any(public_keys[key.number] != key.public_key for key in keys.values()):
            raise ConfigurationError("VAULT_SECRET_FILE: a seed does not fit its public key")
        self._stored, self._keys, self._newest = stored, keys, newest
        self._public_keys = public_keys
