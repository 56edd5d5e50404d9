"""What all envelopes share: the header, and the context that says where one belongs.

An envelope begins with two bytes, the format and the suite. It does not say where it belongs: that
is its *context*, which the reader must know anyway and states anew. The context is authenticated
and not stored, so an envelope moved to another place does not open there.

Specified in docs/format.md, "Contexts" and "Envelopes".
"""

import base64
from enum import IntEnum
from struct import Struct

from vault.errors import InvalidInput, Unopenable

FORMAT = 1
"""The version of everything in docs/format.md. A second one would be read beside it."""


class Suite(IntEnum):
    """How an envelope is sealed. Append-only: a number is never used again for something else."""

    AES_GCM = 1
    AES_GCM_BATCH = 2
    HPKE = 3
    SERVER = 4


_BYTES, _TEXT, _INTEGER = 1, 2, 3
_PART = Struct(">BI")
_RECORD_ID_LENGTH = 16
_RECORD = Struct(">BIqBI16sBIq")


def context(label: str, *parts: bytes | str | int) -> bytes:
    """Encode a place: what is sealed (`label`) and where it stands (`parts`).

    Two calls give the same bytes only when label, number of parts, types and values are the same:
    each part carries its type and its length, so no part can end early or run into the next.
    Integers are signed 64-bit (OverflowError beyond); `bool` and `None` are TypeErrors, because
    they are slips, and a slip in a context is an envelope that opens where it should not.
    """
    encoded = bytearray((FORMAT,))
    name = label.encode()
    encoded += len(name).to_bytes(2, "big")
    encoded += name
    for part in parts:
        tag, value = _encode_part(part)
        encoded += _PART.pack(tag, len(value))
        encoded += value
    return bytes(encoded)


def _encode_part(part: bytes | str | int) -> tuple[int, bytes]:
    """Return the type tag and the bytes of one part."""
    if isinstance(part, bytes):
        return _BYTES, part
    if isinstance(part, str):
        return _TEXT, part.encode()
    if isinstance(part, int) and not isinstance(part, bool):
        return _INTEGER, part.to_bytes(8, "big", signed=True)
    raise TypeError(f"a context is made of bytes, str and int, not {type(part).__name__}")


def record_context(prefix: bytes, position: int, record_id: bytes, revision: int) -> bytes:
    """Extend a batch's context by a record's place in it; the hot path of every bulk read.

    Equal to `context(label, *batch_parts, position, record_id, revision)` for
    `prefix = context(label, *batch_parts)`, at a fifth of its time, and so as unambiguous.
    `record_id` is 16 bytes (ValueError otherwise: `struct` would pad or cut it in silence).
    """
    if len(record_id) != _RECORD_ID_LENGTH:
        raise ValueError(f"a record id is {_RECORD_ID_LENGTH} bytes, not {len(record_id)}")
    return prefix + _RECORD.pack(
        _INTEGER, 8, position, _BYTES, _RECORD_ID_LENGTH, record_id, _INTEGER, 8, revision
    )


def header(suite: Suite) -> bytes:
    """Return the two bytes that every envelope of this suite begins with."""
    return bytes((FORMAT, suite))


def check_header(envelope: bytes, expected: bytes, shortest: int) -> None:
    """Raise Unopenable unless the envelope begins as `expected` and has `shortest` bytes.

    A reader knows which suite stands in which place, so the suite is compared and never obeyed:
    nobody can talk a reader into an older or weaker one.
    """
    if len(envelope) < shortest or envelope[: len(expected)] != expected:
        raise Unopenable("This is not an envelope of the kind that belongs here.")


def encode_text(raw: bytes) -> str:
    """Write bytes as base64url without padding (RFC 4648, section 5), as tokens and cursors are."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode_text(text: str, length: int) -> bytes:
    """Read exactly `length` bytes back from `encode_text`; InvalidInput for anything else.

    Only the canonical spelling is read: with its unused low bits set, one token would have several
    spellings, and a list of used ones would miss all but the first.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != length or encode_text(raw) != text:
        raise InvalidInput("This is not a value that the vault has issued.")
    return raw
