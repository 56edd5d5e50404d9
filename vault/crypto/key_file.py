"""The file of the server's keys: its JSON, and writing it so that no start ever finds half of one.

    {"format": 1,
     "keys": [{"number": 1, "seed": "<base64, 32 bytes>", "created": "2026-11-22T14:55:00Z"}],
     "retired": [{"number": 1, "publicKey": "<base64, 32>", "signature": "<base64, 64>"}]}

`keys` are in the order of their numbers, the newest last. `retired` holds the public key of every
key before the newest, signed by its successor; it stays when an old seed is taken out.

Whatever is wrong with the file is a ConfigurationError in one line. Specified in docs/format.md,
"Server keys".
"""

import base64
import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from vault.errors import ConfigurationError

FILE_FORMAT = 1
SEED_LENGTH = 32

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One numbered seed; `created` is UTC, in ISO 8601, and for people only."""

    number: int
    seed: bytes
    created: str

    @classmethod
    def generate(cls, number: int) -> Self:
        """Draw a new seed."""
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return cls(number, os.urandom(SEED_LENGTH), created)

    def __repr__(self) -> str:
        return f"StoredKey(number={self.number}, created={self.created!r})"


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """The public half of a key that has a successor, and the successor's signature on it."""

    number: int
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What stands in the file."""

    keys: tuple[StoredKey, ...]
    retired: tuple[RetiredKey, ...] = ()

    def to_json(self) -> str:
        """Write the file's text."""
        return json.dumps(
            {
                "format": FILE_FORMAT,
                "keys": [
                    {"number": key.number, "seed": _encode(key.seed), "created": key.created}
                    for key in self.keys
                ],
                "retired": [
                    {
                        "number": key.number,
                        "publicKey": _encode(key.public_key),
                        "signature": _encode(key.signature),
                    }
                    for key in self.retired
                ],
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the file's text; ValueError with a short reason if it is anything else."""
        stored = _parse(text)
        try:
            keys = tuple(
                StoredKey(key["number"], _decode(key["seed"], SEED_LENGTH), key["created"])
                for key in stored["keys"]
            )
            retired = tuple(
                RetiredKey(
                    key["number"], _decode(key["publicKey"], 32), _decode(key["signature"], 64)
                )
                for key in stored["retired"]
            )
        except (KeyError, TypeError):
            raise ValueError("misses a part") from None
        _check_numbers([key.number for key in keys], [key.number for key in retired])
        return cls(keys, retired)


def read(path: Path) -> KeyFile:
    """Read the file, unless others than its owner may."""
    try:
        # Mode and content are taken from one descriptor: nobody can swap the file in between.
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _check_access(path, status)
            content = file.read(_LARGEST)
    except OSError as error:
        raise ConfigurationError(f"VAULT_SECRET_FILE: {path}: {error.strerror}") from None
    try:
        return KeyFile.from_json(content.decode())
    except ValueError as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise ConfigurationError(
            f"VAULT_SECRET_FILE: {path} is no file of server keys: it {reason}"
        ) from None


def create(path: Path, content: KeyFile) -> None:
    """Write the file unless it exists; of several processes at once, exactly one succeeds.

    A link appears with its whole content or not at all, and never over an existing name: whoever
    comes second keeps the first one's keys and must read them.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _written_beside(path, content) as temporary:
            try:
                os.link(temporary, path)
            except FileExistsError:
                return
        _sync_directory(path)
    except OSError as error:
        raise ConfigurationError(
            f"VAULT_SECRET_FILE: cannot create {path}: {error.strerror}"
        ) from None


def replace(path: Path, content: KeyFile) -> None:
    """Write the file in place of the old one, which stands until the new one is whole."""
    try:
        with _written_beside(path, content) as temporary:
            temporary.replace(path)
        _sync_directory(path)
    except OSError as error:
        raise ConfigurationError(
            f"VAULT_SECRET_FILE: cannot write {path}: {error.strerror}"
        ) from None


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep other processes from replacing the file: two rotations at once would lose one key.

    The lock is on the directory, because the file itself is replaced.
    """
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _written_beside(path: Path, content: KeyFile) -> Iterator[Path]:
    """Write a temporary file next to `path`, on disk before it is offered, gone afterwards."""
    # mkstemp opens with O_EXCL and mode 0600: the seeds are never readable by others.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content.to_json())
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync_directory(path: Path) -> None:
    """Make the new name last through a power cut: keys that vanish close every vault."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_access(path: Path, status: os.stat_result) -> None:
    """Refuse what is no file, or can be read or written by others than its owner."""
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"VAULT_SECRET_FILE: {path} is not a file")
    if status.st_mode & 0o077:
        raise ConfigurationError(
            f"VAULT_SECRET_FILE: {path} is open to others than its owner: chmod 600 {path}"
        )


def _parse(text: str) -> dict[str, Any]:
    """Parse the JSON object and check its format number."""
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(stored, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004 - the file is wrong, not the code
    if stored.get("format") != FILE_FORMAT:
        raise ValueError(f"has the format {stored.get('format')!r}, and this vault reads 1")
    return stored


def _check_numbers(keys: list[object], retired: list[object]) -> None:
    """Check that keys are numbered without gaps, and that all but the newest have a public key."""
    if not keys or any(type(number) is not int for number in keys):
        raise ValueError("holds no keys")
    newest = len(retired) + 1
    first = newest - len(keys) + 1
    if first < 1 or keys != list(range(first, newest + 1)) or retired != list(range(1, newest)):
        raise ValueError("has keys that are not numbered in order")


def _encode(raw: bytes) -> str:
    """Write bytes as base64 (RFC 4648, section 4)."""
    return base64.b64encode(raw).decode("ascii")


def _decode(text: object, length: int) -> bytes:
    """Read base64 of exactly this many bytes."""
    try:
        raw = base64.b64decode(str(text), validate=True)
    except ValueError:
        raw = b""
    if len(raw) != length:
        raise ValueError("holds a key that is not base64 of the right length")
    return raw
