"""One key of the server: what is derived from its seed, and what that seals, opens and signs.

Specified in docs/format.md, "Server keys", "Envelopes" and "Signatures".
"""

import hmac
import os

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.crypto.envelope import Suite, check_header, header
from vault.crypto.envelope import context as encode_context
from vault.crypto.kdf import derive
from vault.crypto.key_file import RetiredKey, StoredKey
from vault.errors import ConfigurationError, Tampered, Unopenable

SALT_LENGTH = 24

_HEADER = header(Suite.SERVER)
_NUMBERED = len(_HEADER) + 4
_BODY = _NUMBERED + SALT_LENGTH
_SHORTEST = _BODY + 16
_ZERO_NONCE = bytes(12)


def number_of(envelope: bytes) -> int:
    """The number of the key that sealed an envelope; Unopenable for what is none of a server's."""
    check_header(envelope, _HEADER, _SHORTEST)
    return int.from_bytes(envelope[len(_HEADER) : _NUMBERED], "big")


class ServerKey:
    """What is derived from one seed. `derivation_root` is for what other modules ask by label."""

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

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Seal: 01 04 | number u32 | salt 24 | ciphertext | tag 16."""
        prefix = _HEADER + self.number.to_bytes(4, "big")
        salt = os.urandom(SALT_LENGTH)
        cipher = self._message_cipher(salt)
        return prefix + salt + cipher.encrypt(_ZERO_NONCE, plaintext, prefix + context)

    def unseal(self, envelope: bytes, context: bytes) -> bytes:
        """Open an envelope that carries this key's number; Unopenable if it does not open."""
        cipher = self._message_cipher(envelope[_NUMBERED:_BODY])
        try:
            return cipher.decrypt(_ZERO_NONCE, envelope[_BODY:], envelope[:_NUMBERED] + context)
        except InvalidTag:
            raise Unopenable("This did not open: it was altered, or moved.") from None

    def sign(self, message: bytes, context: bytes) -> bytes:
        """64 bytes of Ed25519 (RFC 8032) over a message in its context."""
        return self.signing_key.sign(signed(message, context))

    def retire(self, predecessor: "ServerKey") -> RetiredKey:
        """Take over from another key: its public key, signed by this one."""
        number, public_key = predecessor.number, predecessor.public_key
        return RetiredKey(number, public_key, self.sign(public_key, _retired_context(number)))

    def _message_cipher(self, salt: bytes) -> AESGCM:
        """Return the cipher of one message.

        One key seals for every customer over years, so 96 random bits of nonce could repeat. Each
        message has a key of its own instead, from 192 random bits; used once, its nonce is zero.
        """
        return AESGCM(hmac.digest(self._envelope_key, salt, "sha256"))


def signed(message: bytes, context: bytes) -> bytes:
    """Return what is signed: context and message, so encoded that neither can run into the other.

    Every signature of the server has this form, so none can be taken for one made elsewhere; but
    for a JWS, whose form is another from its first byte on (jws.py).
    """
    return encode_context("server-key/signature", context, message)


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Raise Tampered unless the signature holds."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        raise Tampered("A signature of this server does not hold.") from None


def _retired_context(number: int) -> bytes:
    """Return the context in which a successor signs key `number`."""
    return encode_context("server-key/retired", number)


def verified_chain(newest: ServerKey, retired: tuple[RetiredKey, ...]) -> dict[int, bytes]:
    """Follow the signatures from the newest key back to the first."""
    public_keys = {newest.number: newest.public_key}
    for key in reversed(retired):
        try:
            verify(
                public_keys[key.number + 1],
                key.signature,
                signed(key.public_key, _retired_context(key.number)),
            )
        except Tampered:
            raise ConfigurationError(
                f"VAULT_SECRET_FILE: key {key.number} is not signed by its successor"
            ) from None
        public_keys[key.number] = key.public_key
    return public_keys
