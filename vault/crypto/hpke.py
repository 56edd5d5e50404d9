"""HPKE (RFC 9180, base mode) to a holder's public key, closed to a quantum computer too.

Suite: MLKEM768-X25519 (also known as X-Wing), HKDF-SHA256, AES-256-GCM. Each sealing makes a fresh
encapsulation and so a fresh AEAD key, used for one message: there is no nonce to repeat.

Base mode tells nobody who sealed: anyone with a public key can make an envelope that opens. What is
sealed here and trusted later carries an outer envelope by the server's key (server_keys.py), or is
signed by it.

Specified in docs/format.md, "Key pairs" and "Envelopes".
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import Suite as HpkeSuite

from vault.crypto.envelope import Suite, check_header, header
from vault.crypto.kdf import derive
from vault.errors import Tampered, Unopenable

SEED_LENGTH = 32
ENCAPSULATION_LENGTH = 1120

_SEED_LABEL = "hpke/key-pair"
_MLKEM_SEED_LENGTH = 64
_MLKEM_PUBLIC_LENGTH = 1184
_HEADER = header(Suite.HPKE)
_SHORTEST = len(_HEADER) + ENCAPSULATION_LENGTH + 16
_HPKE = HpkeSuite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class KeyPair:
    """A holder's key pair: 32 secret bytes, and the 1216 public bytes that follow from them."""

    __slots__ = ("_private", "public_key", "seed")

    def __init__(self, seed: bytes) -> None:
        """Derive both private keys from `seed` (32 bytes, else ValueError); takes about 0.2 ms."""
        if len(seed) != SEED_LENGTH:
            raise ValueError(f"a key pair's seed is {SEED_LENGTH} bytes, not {len(seed)}")
        material = derive(seed, _SEED_LABEL, _MLKEM_SEED_LENGTH + 32)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(material[:_MLKEM_SEED_LENGTH])
        x25519 = X25519PrivateKey.from_private_bytes(material[_MLKEM_SEED_LENGTH:])
        self.seed = seed
        self.public_key = (
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )
        self._private = MLKEM768X25519PrivateKey(mlkem, x25519)

    @classmethod
    def generate(cls) -> "KeyPair":
        """Draw a new key pair."""
        return cls(os.urandom(SEED_LENGTH))

    @classmethod
    def from_seed(cls, seed: bytes) -> "KeyPair":
        """Derive the key pair of a stored seed (32 bytes)."""
        return cls(seed)

    def unseal(self, envelope: bytes, context: bytes) -> bytes:
        """Open what `seal_to` made for this pair; Unopenable for all else."""
        check_header(envelope, _HEADER, _SHORTEST)
        try:
            return _HPKE.decrypt(envelope[len(_HEADER) :], self._private, info=_HEADER + context)
        except InvalidTag:
            raise Unopenable(
                "This did not open: it was altered, moved, or sealed to another holder."
            ) from None

    def __repr__(self) -> str:
        """Show that there is a pair, and nothing of it."""
        return "KeyPair(…)"


def seal_to(public_key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Seal to a holder: 01 03 | encapsulation 1120 | ciphertext | tag 16.

    The context is bound through HPKE's `info`, which enters the key schedule: with another context
    the receiver derives another AEAD key. Raises Tampered for bytes that are no public key.
    """
    try:
        sealed = _HPKE.encrypt(plaintext, _public(public_key), info=_HEADER + context)
    except ValueError:
        # A wrong length, an ML-KEM coefficient out of range, or an X25519 point of small order.
        raise Tampered("A holder's public key is damaged.") from None
    return _HEADER + sealed


def _public(raw: bytes) -> MLKEM768X25519PublicKey:
    """Read the 1216 bytes of a public key; ValueError if they are not one."""
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_LENGTH]),
        X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_LENGTH:]),
    )
