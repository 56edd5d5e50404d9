"""The file of a backup: a ZIP with one compressed member for each table, and a signed manifest.

    manifest.json     what the backup is of, and each member's rows and SHA-256
    signature.json    the server's signature of manifest.json
    tables/NAME.jsonl.zst

The signature is checked before anything is read, so that an archive that was damaged, or made up by
somebody without the server's key, puts nothing into a database.
"""

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

import orjson
import zstandard

from vault.crypto.envelope import context
from vault.crypto.server_keys import ServerKeys
from vault.errors import ConfigurationError, InvalidInput, Tampered

FORMAT = 1
_MANIFEST, _SIGNATURE = "manifest.json", "signature.json"
_CHUNK = 1024 * 1024
_LARGEST_MANIFEST = 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, zstandard.ZstdError,
    EOFError, KeyError, TypeError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """One table in a backup; `sha256` is of the compressed bytes, in hex."""

    rows: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup is of. `created_at` in seconds since the epoch.

    `public_keys` are the server's, by number, in hex; `sealed_with` are the numbers of those that
    anything in it is sealed under.
    """

    schema: str
    version: str
    created_at: int
    public_keys: dict[str, str]
    sealed_with: list[int]
    format: int = FORMAT
    tables: dict[str, Member] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(member.rows for member in self.tables.values())


class ArchiveWriter:
    """Writes one archive to a file that is open for writing."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive

    @classmethod
    @contextmanager
    def to(cls, out: BinaryIO) -> "Iterator[ArchiveWriter]":
        """Write to `out`; without its manifest, nothing that is written is a backup."""
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            yield cls(archive)

    def table(self, name: str, written: Iterable[bytes]) -> Member:
        """Add a table's lines."""
        rows, digest = 0, hashlib.sha256()
        packer = zstandard.ZstdCompressor(level=3).compressobj()
        with self._zip.open(_member(name), "w", force_zip64=True) as raw:
            for line in written:
                rows += 1
                packed = packer.compress(line)
                digest.update(packed)
                raw.write(packed)
            packed = packer.flush()
            digest.update(packed)
            raw.write(packed)
        return Member(rows, digest.hexdigest())

    def finish(self, manifest: Manifest, keys: ServerKeys) -> None:
        """Sign and add the manifest."""
        stated = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2)
        number, signature = keys.sign(stated, _place())
        signed = {"key": number, "signature": base64.b64encode(signature).decode()}
        self._zip.writestr(_MANIFEST, stated)
        self._zip.writestr(_SIGNATURE, orjson.dumps(signed))


class Archive:
    """A backup that was checked: signed by this server, and whole."""

    def __init__(self, archive: zipfile.ZipFile, keys: ServerKeys) -> None:
        """Check everything; raises InvalidInput or ConfigurationError."""
        self._zip = archive
        stated, number, signature = self._signed()
        self.manifest = _parsed(stated)
        _check_server(self.manifest, keys)
        try:
            keys.verify(number, signature, stated, _place())
        except Tampered:
            raise _damaged("its signature does not hold") from None
        for name, member in self.manifest.tables.items():
            if self._hash(name) != member.sha256:
                raise _damaged(f"{name} is not what was written")

    def _signed(self) -> tuple[bytes, int, bytes]:
        if self._zip.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
            raise _damaged("its manifest is too large")
        stated = self._zip.read(_MANIFEST)
        signed = orjson.loads(self._zip.read(_SIGNATURE))
        return stated, int(signed["key"]), base64.b64decode(signed["signature"])

    def _hash(self, name: str) -> str:
        digest = hashlib.sha256()
        with self._zip.open(_member(name)) as raw:
            while chunk := raw.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a table."""
        with (
            self._zip.open(_member(name)) as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as unpacked,
        ):
            yield from io.BufferedReader(unpacked, _CHUNK)


@contextmanager
def opened(path: Path, keys: ServerKeys) -> Iterator[Archive]:
    """Open and check a backup.

    Raises InvalidInput for what is no backup or is damaged, ConfigurationError where it was made
    with another secret file.
    """
    with path.open("rb") as file:
        try:
            checked = Archive(zipfile.ZipFile(file), keys)
        except _BROKEN as error:
            raise _damaged("it is no backup of a vault, or a part of one") from error
        yield checked


def _member(name: str) -> str:
    return f"tables/{name}.jsonl.zst"


def _place() -> bytes:
    return context("backup/manifest")


def _damaged(why: str) -> InvalidInput:
    return InvalidInput(f"This backup cannot be used: {why}.")


def _parsed(stated: bytes) -> Manifest:
    read = orjson.loads(stated)
    if read["format"] != FORMAT:
        raise _damaged(f"its format is {read['format']!r}, and this version reads {FORMAT}")
    tables = {name: Member(**member) for name, member in read.pop("tables").items()}
    return Manifest(**read, tables=tables)


def _check_server(manifest: Manifest, keys: ServerKeys) -> None:
    """Whether the secret file is that of the server that made the backup."""
    ours = {str(number): key.hex() for number, key in keys.public_keys().items()}
    if any(ours.get(number) != key for number, key in manifest.public_keys.items()):
        raise ConfigurationError(
            "VAULT_SECRET_FILE is not the one that this backup was made with: "
            "put back the file that was kept apart from it."
        )
    retired = set(manifest.sealed_with) - keys.numbers()
    if retired:
        raise ConfigurationError(
            "VAULT_SECRET_FILE no longer holds the key that this backup was sealed with: "
            "it was retired by rotate-keys --retire."
        )
