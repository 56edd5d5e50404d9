"""An EDIFACT file as its messages: interchanges, groups, character sets, and what is amiss.

A file may hold several interchanges (UNB to UNZ), each with groups (UNG to UNE) or none, each with
messages (UNH to UNT). Counts in UNT and UNZ are not checked: real senders get them wrong. A message
that neither a UNT nor the next message or the interchange's end follows is cut off: it is not read.
"""

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from vault.connectors.base import Notice
from vault.connectors.edifact.tokens import Raw, segments, unwrapped
from vault.connectors.formats.table import encoding_of
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

SEGMENT_COUNT = 400_000
"""Segments that a message may have: twenty thousand lines of twenty each."""

_CHARSETS = {
    "A": "ascii", "B": "ascii", "C": "iso8859-1", "D": "iso8859-2", "E": "iso8859-5",
    "F": "iso8859-7", "G": "iso8859-3", "H": "iso8859-4", "I": "iso8859-6", "J": "iso8859-8",
    "K": "iso8859-9", "L": "iso8859-15",
}  # fmt: skip
_UNICODE = "utf-8"
_WINDOWS = "cp1252"
_C1 = bytes(range(0x80, 0xA0))
_ATTACHED = frozenset({b"UNO", b"UNP"})
_ENDING = frozenset({b"UNT", b"UNH", b"UNE", b"UNZ"})
_SERVICE = _ATTACHED | _ENDING | {b"UNB", b"UNG"}
_TEST = 10
_NOTES = 20


@dataclass(slots=True)
class Message:
    """A message: its type (`INVOIC`), its version (`D.96A`), and its segments without UNH and UNT.

    `encoding` is that of its interchange; `decimal` the decimal mark that a UNA states, or "".
    """

    name: str
    version: str
    encoding: str
    line: int
    decimal: str = ""
    segments: list[Raw] = field(default_factory=list)
    too_long: bool = False


def messages(content: bytes) -> Iterator[Message | Notice | RowError]:
    """Yield each message of a file that is whole, and what the reader should know of the rest."""
    content = unwrapped(_in_bytes(content))
    notes = _Notes()
    reader = _Reader(_Texts(content, notes), notes)
    for raw in segments(content):
        yield from reader.segment(raw)
    yield from reader.end()
    yield from notes.notices()


def _in_bytes(content: bytes) -> bytes:
    """Return a file in an encoding whose first 128 characters are ASCII, without a BOM."""
    encoding = encoding_of(content)
    if encoding == _UNICODE:
        return content
    if encoding == "utf-8-sig":
        return content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as err:
        raise UnsupportedDocument("the file is not in the encoding that it begins with") from err


class _Notes:
    """What the reader should know, each once with how often it was met: never more than a few."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def add(self, text: str) -> None:
        """Note something once more; beyond a few different things, no further ones."""
        if text in self._met or len(self._met) < _NOTES:
            self._met[text] += 1

    def notices(self) -> Iterator[Notice]:
        """Yield each thing noted."""
        for text, count in self._met.items():
            yield Notice(text if count == 1 else f"{text} ({count} times)")


class _Texts:
    """In which encoding the texts of an interchange are, by its UNB and by the file's bytes."""

    def __init__(self, content: bytes, notes: _Notes) -> None:
        self._notes = notes
        self._ascii = content.isascii()
        self._unicode = self._ascii or _is_unicode(content)
        self._windows = not self._unicode and content.translate(None, _C1) != content

    def encoding(self, syntax: str) -> str:
        """Return the encoding for a syntax identifier (`UNOC`).

        Bytes that are UTF-8 throughout are that, whatever is stated; letters beyond ASCII where
        none may be, and bytes that no ISO 8859 has, are those of Windows. Both is told.
        """
        stated = _CHARSETS.get(syntax[3:4], _UNICODE) if syntax.startswith("UNO") else _UNICODE
        if self._ascii:
            return stated
        if self._unicode:
            return stated if stated == _UNICODE else self._other(syntax, _UNICODE, "UTF-8")
        if stated in {_UNICODE, "ascii"} or (self._windows and stated == "iso8859-1"):
            # UTF-8 falls back by segment: an interchange beside this one may be the other kind
            encoding = _UNICODE if stated == _UNICODE else _WINDOWS
            return self._other(syntax, encoding, "Windows-1252")
        return stated

    def _other(self, syntax: str, encoding: str, name: str) -> str:
        stated = syntax or "no character set"
        self._notes.add(f"the file states {stated}, but its letters are read as {name}")
        return encoding


def _is_unicode(content: bytes) -> bool:
    try:
        content.decode(_UNICODE)
    except UnicodeDecodeError:
        return False
    return True


class _Reader:
    """Gathers segments into messages."""

    def __init__(self, texts: _Texts, notes: _Notes) -> None:
        self._texts = texts
        self._notes = notes
        self._encoding: str | None = None
        self._message: Message | None = None
        self._open = False

    def segment(self, raw: Raw) -> Iterator[Message | RowError]:
        """Take one segment; yield the message that it ends, or what is wrong with it."""
        tag = raw.tag
        if tag not in _SERVICE:
            self._content(raw)
            return
        if tag in _ATTACHED:
            self._attached(tag)
            return
        yield from self._finished(tag)
        if tag == b"UNB":
            self._interchange(raw)
        elif tag == b"UNZ":
            self._open = False
        elif tag == b"UNH":
            self._begin(raw)

    def _content(self, raw: Raw) -> None:
        if self._message is None:
            self._notes.add("a segment stands outside of any message: it is not read")
        elif len(self._message.segments) < SEGMENT_COUNT:
            self._message.segments.append(raw)
        else:
            self._message.too_long = True

    def _attached(self, tag: bytes) -> None:
        if tag == b"UNO":
            self._notes.add("a file that is attached to a message is not read")

    def _interchange(self, raw: Raw) -> None:
        elements = raw.elements("latin-1")
        self._encoding = self._texts.encoding(elements[0][0].strip().upper() if elements else "")
        if self._open:
            self._notes.add("an interchange has no end (UNZ): the file may be cut off")
        self._open = True
        if elements[_TEST : _TEST + 1] == [["1"]]:
            self._notes.add("the interchange is marked as a test")

    def _begin(self, raw: Raw) -> None:
        elements = raw.elements("latin-1")
        stated = [part.strip() for part in elements[1]] if len(elements) > 1 else []
        name, version, release = [*stated, "", "", ""][:3]
        shown = ".".join(filter(None, (version, release)))
        if self._encoding is None:  # a message outside of any interchange
            self._encoding = self._texts.encoding("")
        self._message = Message(name.upper(), shown, self._encoding, raw.line, raw.marks.decimal)

    def _finished(self, tag: bytes) -> Iterator[Message | RowError]:
        message, self._message = self._message, None
        if message is None:
            return
        if message.too_long:
            limit = f"{SEGMENT_COUNT:,}"
            yield RowError(message.line, f"the message has more than {limit} segments")
        elif tag in _ENDING:
            if tag != b"UNT":
                self._notes.add("a message has no end (UNT) of its own: it is read nevertheless")
            yield message
        else:
            yield RowError(message.line, "the message has no end: it is cut off")

    def end(self) -> Iterator[RowError]:
        """Yield what the end of the file leaves open."""
        yield from (found for found in self._finished(b"") if isinstance(found, RowError))
        if self._open:
            self._notes.add("an interchange has no end (UNZ): the file may be cut off")
