"""Compact JWS (RFC 7515, section 7.1) by Ed25519 (RFC 8037, section 3.1), and by nothing else.

The signing itself stands in server_keys.py. What is signed here is never a context, and no context
is ever this: a signing input is text that begins with the letter `e`, base64url for `{"`, while
every other signature of the server is over bytes that begin with the format, 01 (envelope.py). So
one key may make both, and none can be taken for the other. Among the JWS of one key the header's
`typ` tells what each is (RFC 8725, section 3.11).

Specified in docs/format.md, "Signatures".
"""

import binascii
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass

from vault.crypto.envelope import encode_text
from vault.errors import Tampered

ALGORITHM = "EdDSA"

_PARTS = 3
_DAMAGED = "What should be signed by this server is not."


@dataclass(frozen=True, slots=True)
class Signed:
    """A compact JWS taken apart. Nothing in it may be believed before its signature was checked."""

    key_number: int
    payload: bytes
    message: bytes
    signature: bytes


def message(key_number: int, typ: str, payload: bytes) -> bytes:
    """Return what is signed: header and payload in base64url, with a dot between."""
    header = {"alg": ALGORITHM, "kid": str(key_number), "typ": typ}
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return f"{encode_text(encoded)}.{encode_text(payload)}".encode("ascii")


def compact(signed: bytes, signature: bytes) -> str:
    """Return the compact serialisation."""
    return f"{signed.decode('ascii')}.{encode_text(signature)}"


def take_apart(text: str, typ: str) -> Signed:
    """Split a compact JWS of one type; Tampered for any other, and for another algorithm.

    The algorithm is compared and never obeyed.
    """
    parts = text.split(".")
    try:
        encoded, payload, signature = map(_decode, parts)
        header = json.loads(encoded)
        number = int(header["kid"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Tampered(_DAMAGED) from None
    if header != {"alg": ALGORITHM, "kid": str(number), "typ": typ}:
        raise Tampered(_DAMAGED)
    return Signed(number, payload, ".".join(parts[: _PARTS - 1]).encode(), signature)


def _decode(part: str) -> bytes:
    """Decode base64url in its canonical spelling; ValueError for anything else."""
    raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if encode_text(raw) != part:
        raise binascii.Error("not canonical")
    return raw
