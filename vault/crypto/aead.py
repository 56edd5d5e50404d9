"""AES-256-GCM in its two forms: one envelope with a random nonce, and batches that count.

GCM has one fatal misuse: two messages under the same key and nonce give away the difference of the
plaintexts and the key of the authenticator. The two forms avoid it in two ways.

- `seal` draws 96 random bits. By NIST SP 800-38D, 8.3, a key stays safe up to 2^32 messages; the
  keys used here (a holder's package, a credential's wrap, a cursor) seal a few, or once a minute.
- `BatchSealer` counts. Its key is drawn for one batch, used by one sealer in one process, and
  never sealed with again; so the position alone is a nonce that cannot come twice, and a record
  needs to store none.

Specified in docs/format.md, "Envelopes".
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.crypto.envelope import Suite, check_header, header
from vault.errors import Unopenable

KEY_LENGTH = 32
NONCE_LENGTH = 12
TAG_LENGTH = 16

_SINGLE = header(Suite.AES_GCM)
_BATCH = header(Suite.AES_GCM_BATCH)
_BATCH_SHORTEST = len(_BATCH) + TAG_LENGTH
_SINGLE_SHORTEST = len(_SINGLE) + NONCE_LENGTH + TAG_LENGTH
_BODY = len(_SINGLE) + NONCE_LENGTH

_DID_NOT_OPEN = "This did not open: it was altered, moved, or sealed with another key."


def generate_key() -> bytes:
    """Draw the 32 bytes of a new key."""
    return os.urandom(KEY_LENGTH)


def seal(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Seal under `key` (32 bytes), bound to `context`: 01 01 | nonce 12 | ciphertext | tag 16."""
    nonce = os.urandom(NONCE_LENGTH)
    return _SINGLE + nonce + _cipher(key).encrypt(nonce, plaintext, _SINGLE + context)


def unseal(key: bytes, envelope: bytes, context: bytes) -> bytes:
    """Open what `seal` made; Unopenable for another key, another context or an altered byte."""
    check_header(envelope, _SINGLE, _SINGLE_SHORTEST)
    try:
        return _cipher(key).decrypt(
            envelope[len(_SINGLE) : _BODY], envelope[_BODY:], _SINGLE + context
        )
    except InvalidTag:
        raise Unopenable(_DID_NOT_OPEN) from None


class BatchSealer:
    """Seals the records of one batch: 01 02 | ciphertext | tag 16.

    The nonce is the position as a 96-bit big-endian number. Positions must rise, so none comes
    twice from one sealer; that no second sealer gets the same key is the caller's part: take
    `generate_key()` for each batch, and for a batch that is written again after a crash.
    """

    __slots__ = ("_encrypt", "_last")

    def __init__(self, key: bytes) -> None:
        """Take a key (32 bytes) that has sealed nothing before."""
        self._encrypt = _cipher(key).encrypt
        self._last = -1

    def seal(self, position: int, plaintext: bytes, context: bytes) -> bytes:
        """Seal at `position` (0 or more, higher than all before, else ValueError)."""
        if position <= self._last:
            raise ValueError(f"position {position} does not follow {self._last}")
        # Counted as used before it is: if encryption fails half way, the nonce is gone, not free.
        self._last = position
        nonce = position.to_bytes(NONCE_LENGTH, "big")
        return _BATCH + self._encrypt(nonce, plaintext, _BATCH + context)


class BatchOpener:
    """Opens the records of one batch, in any order."""

    __slots__ = ("_decrypt",)

    def __init__(self, key: bytes) -> None:
        """Take the batch's key (32 bytes)."""
        self._decrypt = _cipher(key).decrypt

    def unseal(self, position: int, envelope: bytes, context: bytes) -> bytes:
        """Open the record at `position`; Unopenable for any other place, key or byte."""
        if len(envelope) < _BATCH_SHORTEST or envelope[:2] != _BATCH or position < 0:
            raise Unopenable(_DID_NOT_OPEN)
        try:
            nonce = position.to_bytes(NONCE_LENGTH, "big")
            return self._decrypt(nonce, envelope[2:], _BATCH + context)
        except InvalidTag:
            raise Unopenable(_DID_NOT_OPEN) from None


def _cipher(key: bytes) -> AESGCM:
    """Return AES-256-GCM; ValueError for a shorter key, which AESGCM would take as AES-128."""
    if len(key) != KEY_LENGTH:
        raise ValueError(f"a key is {KEY_LENGTH} bytes, not {len(key)}")
    return AESGCM(key)
