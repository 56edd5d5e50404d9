"""Factur-X, ZUGFeRD and XRechnung PDFs: the XML invoice that is attached to the printed one.

Only the attached XML is read, never the page. Its name is fixed by the standard (Factur-X 1.0,
section 6.2.2; ZUGFeRD 1.0, section 4), but producers use others, so any attached XML will do where
none of those is there. What pypdf unpacks is bounded by pypdf (75 MB a stream).
"""

import io
from collections.abc import Iterator
from itertools import islice

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, LimitReachedError, WrongPasswordError
from pypdf.generic import DictionaryObject, EmbeddedFile

from vault.errors import UnsupportedDocument

_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml", "order-x.xml")
_ATTACHMENT_LIMIT = 200
_MARK = b"%PDF-"
_MARK_WITHIN = 1024


def is_pdf(content: bytes) -> bool:
    """Tell whether a file is a PDF: its mark stands within the first 1024 bytes."""
    return _MARK in content[:_MARK_WITHIN]


def attached(content: bytes) -> list[bytes]:
    """Return each attached XML, those of the standards' names first; UnsupportedDocument if none.

    pypdf may fail in any way on a file that is no sound PDF: each of them means that it is not.
    """
    try:
        found = _attached(content)
    except MemoryError:
        raise
    except (FileNotDecryptedError, WrongPasswordError) as err:
        raise UnsupportedDocument("the PDF is protected with a password") from err
    except LimitReachedError as err:
        raise UnsupportedDocument("the PDF unpacks to more than can be taken in") from err
    except Exception as err:
        raise UnsupportedDocument("the PDF is damaged: it cannot be read") from err
    if not found:
        raise UnsupportedDocument("the PDF holds no XML invoice: only its page could be read")
    return found


def _attached(content: bytes) -> list[bytes]:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise WrongPasswordError("not the empty one")
    files = islice(_files(reader), _ATTACHMENT_LIMIT)
    named = [(name, file) for file in files if (name := _name(file)).endswith(".xml")]
    named.sort(key=lambda pair: pair[0] not in _NAMES)  # stable: otherwise as they come
    return list(dict.fromkeys(file.content for _, file in named))


def _files(reader: PdfReader) -> Iterator[EmbeddedFile]:
    """Yield what is embedded (ISO 32000-1, 7.11.4), then what is only associated (PDF/A-3)."""
    yield from reader.attachment_list
    associated = reader.root_object.get("/AF")
    for entry in associated.get_object() if associated is not None else ():
        specification = entry.get_object()
        if isinstance(specification, DictionaryObject):
            yield EmbeddedFile("", specification)


def _name(file: EmbeddedFile) -> str:
    return str(file.alternative_name or file.name).strip().casefold()
