"""ZIP archives opened with limits that are checked before anything is unpacked.

Refused: too many entries, too much in them, an entry that shrinks suspiciously well (a zip bomb),
one that is encrypted, and an archive in the archive. Nothing is ever unpacked to disk; a name in
the archive is text to show, never a path.
"""

import io
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from vault.errors import UnsupportedDocument

if TYPE_CHECKING:
    from zipfile import ZipInfo

ENTRY_LIMIT = 5_000
TOTAL_BYTES = 1024 * 1024 * 1024
RATIO_LIMIT = 200
_RATIO_FROM = 1024 * 1024
_ENCRYPTED = 0x1
_MAGIC = b"PK\x03\x04"
_ARCHIVES = (".zip", ".jar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst")


def is_zip(head: bytes) -> bool:
    """Return whether a file begins as a ZIP archive does."""
    return head.startswith(_MAGIC)


class Archive:
    """The entries of a ZIP archive that passed the limits, in the archive's order."""

    def __init__(self, content: bytes, *, total: int = TOTAL_BYTES) -> None:
        import zipfile  # noqa: PLC0415 most documents are no archives, and a child starts often

        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as err:
            raise UnsupportedDocument("the ZIP archive is damaged or incomplete") from err
        self._damaged = zipfile.BadZipFile
        self._entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        _refuse_bombs(self._entries, total)

    def names(self) -> Iterator[str]:
        """Yield the name of each entry."""
        return (entry.filename for entry in self._entries)

    def open(self, name: str) -> IO[bytes]:
        """Return a stream of one entry; no more bytes come than the archive declares."""
        try:
            return self._zip.open(name)
        except (self._damaged, RuntimeError, NotImplementedError) as err:
            raise UnsupportedDocument("an entry of the ZIP archive cannot be unpacked") from err


def _refuse_bombs(entries: "list[ZipInfo]", total: int) -> None:
    if len(entries) > ENTRY_LIMIT:
        raise UnsupportedDocument(f"the archive has more than {ENTRY_LIMIT} entries")
    if sum(entry.file_size for entry in entries) > total:
        raise UnsupportedDocument(f"the archive unpacks to more than {total // 2**20} MiB")
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise UnsupportedDocument("the archive is encrypted")
        if entry.filename.lower().endswith(_ARCHIVES):
            raise UnsupportedDocument("the archive holds another archive: unpack it first")
        if entry.file_size > max(_RATIO_FROM, entry.compress_size * RATIO_LIMIT):
            raise UnsupportedDocument("the archive unpacks to far more than its size (a zip bomb)")
