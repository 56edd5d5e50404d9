"""What one vendor sees in place of our own ids: all of it follows from its consent's wire key.

Two vendors that compare notes find nothing in common: other record ids, another `sub`, other
cursors. The key stays through amendment and renewal, so that what a vendor holds stays valid.

Specified in docs/format.md, "On the wire".
"""

import hmac
import os
from struct import Struct
from typing import Self

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from vault.crypto import aead
from vault.crypto.envelope import context, decode_text, encode_text
from vault.crypto.kdf import derive
from vault.errors import InvalidInput, Unopenable

KEY_LENGTH = 32
ID_LENGTH = 16

_NARROWED = 1 << 31

_CURSOR = Struct(">BIQQ")
_CURSOR_CONTEXT = context("wire/cursor")
_CURSOR_LENGTH = 2 + aead.NONCE_LENGTH + _CURSOR.size + aead.TAG_LENGTH


class WireKey:
    """The wire key of one consent, for use by one request (it is not safe between threads)."""

    __slots__ = ("_cursor_key", "_permute", "_push_key", "_restore", "_subject_key", "key")

    def __init__(self, key: bytes) -> None:
        """Take the 32 bytes that stand in the consent and in its packages."""
        if len(key) != KEY_LENGTH:
            raise ValueError(f"a wire key is {KEY_LENGTH} bytes, not {len(key)}")
        self.key = key
        self._cursor_key = derive(key, "wire/cursor")
        self._subject_key = derive(key, "wire/subject")
        self._push_key = derive(key, "wire/push-id")
        # One block of AES is a keyed permutation of 16 bytes: no two ids collide, and without the
        # key an id on the wire says nothing. ECB is that permutation and no more. It would show
        # equal blocks as equal, which is what an id is for.
        block = Cipher(algorithms.AES256(derive(key, "wire/record-id")), modes.ECB())  # noqa: S305
        self._permute = block.encryptor().update
        self._restore = block.decryptor().update

    @classmethod
    def generate(cls) -> Self:
        """Draw the key of a new consent."""
        return cls(os.urandom(KEY_LENGTH))

    def wire_id(self, record_id: bytes) -> bytes:
        """Return the 16 bytes by which this vendor knows the record of these 16 bytes."""
        return self._permute(_checked(record_id))

    def record_id(self, wire_id: bytes) -> bytes:
        """Return the record id behind an id on the wire.

        Every 16 bytes are the image of some id, so a made-up one is found out only by the look-up.
        """
        return self._restore(_checked(wire_id))

    def edition(self, terms_version: int, narrowing: bytes) -> int:
        """Return what stands in a narrowed token's cursors for the terms version: 32 bits.

        Keyed, so that it tells nothing of the narrowing. The first bit is set, which no terms
        version reaches, so that no cursor of the whole consent is ever taken for one of these. Two
        narrowings that meet by chance (one in two thousand million) only ever cost the vendor that
        mixes their cursors a part of its own mirror.
        """
        key = derive(self.key, "wire/narrowing")
        tag = _prf(key, context("wire/narrowing", terms_version, narrowing))[:4]
        return int.from_bytes(tag) | _NARROWED

    def seal_cursor(self, kind_no: int, terms_version: int, change: int, since: int) -> str:
        """Seal a place in the changes: 68 letters of base64url, whatever stands in it.

        `change` is how far the vendor has come, `since` where the vault stood when it began: what
        had closed by then was never shown to it. `kind_no` fits 8 bits, `terms_version` 32, the
        others 64 (`struct.error` otherwise). Opaque, because the difference of two change numbers
        would count what was withheld in between.
        """
        place = _CURSOR.pack(kind_no, terms_version, change, since)
        return encode_text(aead.seal(self._cursor_key, place, _CURSOR_CONTEXT))

    def open_cursor(self, text: str) -> tuple[int, int, int, int]:
        """Read (kind_no, terms_version, change, since); InvalidInput for one of another consent."""
        try:
            sealed = decode_text(text, _CURSOR_LENGTH)
            kind_no, terms_version, change, since = _CURSOR.unpack(
                aead.unseal(self._cursor_key, sealed, _CURSOR_CONTEXT)
            )
        except (InvalidInput, Unopenable):
            raise InvalidInput("cursor: not one that was issued under this consent") from None
        return kind_no, terms_version, change, since

    def subject(self, client_id: str) -> str:
        """Return the `sub` by which this client knows the customer: 43 letters of base64url."""
        return encode_text(_prf(self._subject_key, context("wire/subject", client_id)))

    def push_id(self, kind: str, source_id: str) -> bytes:
        """Return the 16 bytes under which a vendor's push of this source id is known."""
        return _prf(self._push_key, context("wire/push-id", kind, source_id))[:ID_LENGTH]

    def __repr__(self) -> str:
        return "WireKey(…)"


def _prf(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256."""
    return hmac.digest(key, message, "sha256")


def _checked(identifier: bytes) -> bytes:
    """Pass 16 bytes; ValueError else, since the cipher would hold a part block back for later."""
    if len(identifier) != ID_LENGTH:
        raise ValueError(f"an id is {ID_LENGTH} bytes, not {len(identifier)}")
    return identifier
