"""An archive of documents that have nothing to do with each other: each is a document of its own.

Some ZIP files are one document: a workbook is one, and the parts of a vendor's whole export belong
together. Any other is a folder that somebody packed, and each of its files is recognised, or
refused, by name. An archive within it is not opened.
"""

from collections.abc import Sequence

from vault.connectors.base import Document
from vault.connectors.discovery import Found, surest
from vault.connectors.formats.archive import Archive, Entry, is_archive_name, is_zip
from vault.domain.column_maps import ColumnMap
from vault.errors import UnsupportedDocument

_OFFICE = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})
"""What lies in the ZIP files that are one document to everybody: OOXML, OpenDocument, Java."""
_CLAIMED = 0.8
"""A file that a connector is this sure of does not belong to another vendor's export."""


def entries(found: Found, document: Document) -> list[Entry] | None:
    """Return the documents of an archive; None for a file that is one document."""
    if not is_zip(document.head):
        return None
    archive = Archive(document.buffer(), nested=True)
    if not _OFFICE.isdisjoint(archive.names()):
        return None
    listed = [entry for entry in archive.entries() if not _packers_own(entry.name)]
    whole = _slug(found, document, 0.0)
    if whole is not None and all(
        _slug(found, Document(entry.name, entry.open()), _CLAIMED) in {None, whole}
        for entry in listed
    ):
        return None
    if not listed:
        raise UnsupportedDocument("the archive is empty")
    return listed


def opened(entry: Entry, maps: Sequence[ColumnMap] = ()) -> Document:
    """Return an entry as a document; UnsupportedDocument for an archive in the archive."""
    document = Document(entry.name, entry.open(), maps)
    if is_archive_name(entry.name) or _is_archive(document):
        raise UnsupportedDocument("it is an archive within an archive: unpack it first")
    return document


def _is_archive(document: Document) -> bool:
    if not is_zip(document.head):
        return False
    return _OFFICE.isdisjoint(Archive(document.buffer(), nested=True).names())


def _packers_own(name: str) -> bool:
    """Whether an entry is what macOS or Windows adds to an archive by itself."""
    base = name.rpartition("/")[2].lower()
    return name.startswith("__MACOSX/") or base in {".ds_store", "thumbs.db", "desktop.ini"}


def _slug(found: Found, document: Document, least: float) -> str | None:
    """Return the connector that is surest of a document, and at least so sure."""
    try:
        connector, confidence = surest(found, document)
    except UnsupportedDocument:
        return None
    sure = connector is not None and confidence >= least
    return connector.manifest.slug if connector is not None and sure else None
