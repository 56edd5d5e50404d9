"""Keys from secrets (HKDF-SHA256) and from passphrases (Argon2id).

Specified in docs/format.md, "Derived keys" and "Passphrases".
"""

import base64
import json
import os
import threading
import unicodedata
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.crypto.envelope import context
from vault.errors import Busy, Tampered

SALT_LENGTH = 16

# p is 1, always: with p > 1 Argon2id starts threads of its own, and in cryptography 50 two
# derivations at once then wait for each other for ever. One lane of 64 MiB costs an attacker the
# same memory for each guess; it costs us a few milliseconds of latency.
_LANES = 1
_ALGORITHM = "argon2id"
# The parameters stand in the database. One who can only write there must not be able to make a
# sign-in eat the machine. (Making them weaker opens nothing: another key comes out.)
_MAX_MEMORY_KIB = 1024 * 1024
_MAX_ITERATIONS = 64

# A derivation takes 64 MiB and a core for a tenth of a second: two at once, the rest wait in line
# for a moment and are then sent away, so that a flood of sign-ins cannot starve what is open.
_AT_ONCE = 2
_WAIT_SECONDS = 5.0
_slots = threading.BoundedSemaphore(_AT_ONCE)


def derive(secret: bytes, label: str, length: int = 32, *, salt: bytes | None = None) -> bytes:
    """Derive `length` bytes from a uniformly random secret: HKDF-SHA256, info = label.

    Keys of different labels tell nothing of one another, so one secret may serve several purposes;
    nor do those of different salts.
    """
    return HKDF(SHA256(), length, salt=salt, info=context(label)).derive(secret)


@dataclass(frozen=True, slots=True)
class PassphraseKdf:
    """Argon2id (RFC 9106) with one passphrase's salt and cost, as kept beside its wrap."""

    salt: bytes = field(default_factory=lambda: os.urandom(SALT_LENGTH))
    memory_kib: int = 65536
    iterations: int = 3

    def derive(self, passphrase: str) -> bytes:
        """Derive 32 bytes; Busy when two others are at it and neither ends within 5 seconds.

        Normalised to NFKC first, so that keyboards which compose "é" differently agree.
        """
        normal = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
        if not _slots.acquire(timeout=_WAIT_SECONDS):
            raise Busy("Too many people are signing in at this moment.", retry_after=2)
        try:
            return Argon2id(
                salt=self.salt,
                length=32,
                iterations=self.iterations,
                lanes=_LANES,
                memory_cost=self.memory_kib,
            ).derive(normal)
        finally:
            _slots.release()

    def to_json(self) -> str:
        """Write the parameters as JSON text: algorithm, salt (base64), memoryKib, iterations."""
        return json.dumps(
            {
                "algorithm": _ALGORITHM,
                "salt": base64.b64encode(self.salt).decode("ascii"),
                "memoryKib": self.memory_kib,
                "iterations": self.iterations,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; Tampered if it is not that, or asks for absurd effort."""
        try:
            stored = json.loads(text)
            algorithm, memory_kib, iterations = (
                stored["algorithm"],
                stored["memoryKib"],
                stored["iterations"],
            )
            salt = base64.b64decode(stored["salt"], validate=True)
        except (ValueError, TypeError, KeyError):
            raise Tampered(_DAMAGED) from None
        sound = (
            algorithm == _ALGORITHM
            and len(salt) >= SALT_LENGTH
            and _within(memory_kib, 8, _MAX_MEMORY_KIB)
            and _within(iterations, 1, _MAX_ITERATIONS)
        )
        if not sound:
            raise Tampered(_DAMAGED)
        return cls(salt, memory_kib, iterations)


_DAMAGED = "The parameters of this vault's passphrase are damaged."


def _within(value: object, lowest: int, highest: int) -> bool:
    """Tell whether a value from JSON is an integer in the range."""
    return type(value) is int and lowest <= value <= highest
