"""ZIP archives opened with limits that are checked before anything is unpacked.

Refused: too many entries, too much in them, an entry that shrinks suspiciously well (a zip bomb),
one that is encrypted, and, unless the caller deals with it, an archive in the archive. Nothing is
ever unpacked to disk; a name in the archive is text to show, never a path.
"""

import hashlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from vault.errors import UnsupportedDocument

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

ENTRY_LIMIT = 5_000
TOTAL_BYTES = 1024 * 1024 * 1024
RATIO_LIMIT = 200
_RATIO_FROM = 1024 * 1024
_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1
_MAGIC = b"PK\x03\x04"
_ARCHIVES = (".zip", ".jar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst")


def is_zip(head: bytes) -> bool:
    """Return whether a file begins as a ZIP archive does."""
    return head.startswith(_MAGIC)


def is_archive_name(name: str) -> bool:
    """Return whether a name ends as that of an archive, of whatever kind, does."""
    return name.lower().endswith(_ARCHIVES)


class Archive:
    """The entries of a ZIP archive that passed the limits, in the archive's order."""

    def __init__(self, content: bytes, *, total: int = TOTAL_BYTES, nested: bool = False) -> None:
        """Open it; `total` bytes may be in it, and with `nested` other archives, left unopened."""
        import zipfile  # noqa: PLC0415 most documents are no archives, and a child starts often

        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as err:
            raise UnsupportedDocument("the ZIP archive is damaged or incomplete") from err
        self._entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        _refuse_bombs(self._entries, total)
        if not nested and any(is_archive_name(entry.filename) for entry in self._entries):
            raise UnsupportedDocument("the archive holds another archive: unpack it first")

    def names(self) -> Iterator[str]:
        """Yield the name of each entry."""
        return (entry.filename for entry in self._entries)

    def open(self, name: str) -> BinaryIO:
        """Return a stream of one entry; no more bytes come than the archive declares."""
        return io.BufferedReader(_Unpacked(self._zip, self._zip.getinfo(name)))

    def entries(self) -> "Iterator[Entry]":
        """Yield each entry; of several with one name, each."""
        return (Entry(self._zip, entry) for entry in self._entries)


class Entry:
    """One document of an archive. Opened again, it is read from its first byte."""

    def __init__(self, archive: "ZipFile", entry: "ZipInfo") -> None:
        self.name = entry.filename
        self._archive = archive
        self._entry = entry
        self._unpacked: _Unpacked | None = None

    def open(self) -> BinaryIO:
        """Return a stream of it."""
        self._unpacked = _Unpacked(self._archive, self._entry)
        return io.BufferedReader(self._unpacked)

    def digest(self) -> str:
        """Return its SHA-256 in hex; what of it was not read yet is read for that."""
        if self._unpacked is None:
            self.open()
        unpacked = cast("_Unpacked", self._unpacked)
        while unpacked.read(_CHUNK):
            pass
        return unpacked.sha.hexdigest()


class _Unpacked(io.RawIOBase):
    """The bytes of an entry as they are unpacked; one that is damaged is refused as a document."""

    def __init__(self, archive: "ZipFile", entry: "ZipInfo") -> None:
        self.sha = hashlib.sha256()
        try:
            self._stream = archive.open(entry)
        except _damages() as err:
            raise _damaged() from err

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._stream.read(len(target))
        except _damages() as err:
            raise _damaged() from err
        target[: len(chunk)] = chunk
        self.sha.update(chunk)
        return len(chunk)


def _damaged() -> UnsupportedDocument:
    return UnsupportedDocument("an entry of the ZIP archive cannot be unpacked")


def _damages() -> tuple[type[Exception], ...]:
    """Return what Python raises over an entry that cannot be unpacked."""
    import lzma  # noqa: PLC0415
    import zipfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    return (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError,
        NotImplementedError, ValueError,
    )  # fmt: skip


def _refuse_bombs(entries: "list[ZipInfo]", total: int) -> None:
    if len(entries) > ENTRY_LIMIT:
        raise UnsupportedDocument(f"the archive has more than {ENTRY_LIMIT} entries")
    if sum(entry.file_size for entry in entries) > total:
        raise UnsupportedDocument(f"the archive unpacks to more than {total // 2**20} MiB")
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise UnsupportedDocument("the archive is encrypted")
        if entry.file_size > max(_RATIO_FROM, entry.compress_size * RATIO_LIMIT):
            raise UnsupportedDocument("the archive unpacks to far more than its size (a zip bomb)")
