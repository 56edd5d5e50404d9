"""The syntax of UN/EDIFACT (ISO 9735): bytes cut into segments, segments into their elements.

Own code, because pydifact reads character by character: 20 s for 20 MB, where this takes 3. It also
refuses tabs before a segment and a release character before a line end, and drops what stands
before a second UNA. Everything here is linear in the file, and a segment is taken apart only when
someone looks at it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from vault.errors import UnsupportedDocument

SEGMENT_LIMIT = 1024 * 1024
_ADVICE = 9
_SPACE = b" \t\r\n\0\x1a"
_PLAIN = ord(" ")
_ASCII = 0x80
_LEVEL_B = b"\x1d"
_NEAR = 64
_TAG = 3
_SAMPLE = 128 * 1024
_WRAPPED_LINES = 3
_WRAPPED_WIDTH = 10


class Marks(NamedTuple):
    """The service characters: those of a UNA, else the defaults. `decimal` only where stated."""

    component: int = ord(":")
    element: int = ord("+")
    decimal: str = ""
    release: int | None = ord("?")
    terminator: int = ord("'")

    @classmethod
    def of_advice(cls, advice: bytes) -> "Marks":
        """Read a UNA; a space for the release character says that none is used."""
        component, element, decimal, release, _, terminator = advice[3:_ADVICE]
        stated = [component, element, terminator, *([] if release == _PLAIN else [release])]
        if len(set(stated)) < len(stated) or any(_is_content(mark) for mark in stated):
            raise UnsupportedDocument("the separators that the UNA states cannot be told apart")
        sign = chr(decimal) if decimal in b".," else ""
        return cls(component, element, sign, None if release == _PLAIN else release, terminator)


def _is_content(mark: int) -> bool:
    return mark >= _ASCII or mark == _PLAIN or chr(mark).isalnum()


DEFAULT = Marks()
LEVEL_B = Marks(0x1F, 0x1D, "", None, 0x1C)
"""The separators of UNOB without a UNA: IS1, IS3 and IS4 of ISO 646."""


LINED = Marks(terminator=ord("\n"))
_LINED = re.compile(rb"UNB\+[^'\n]{10,500}\n[ \t]*UN[GH]\+")
"""An interchange without terminators: a line is a segment, and the first two show it."""


class Raw(NamedTuple):
    """A segment as it stands in the file: its name, its separators, the line where it begins."""

    tag: bytes
    content: bytes
    marks: Marks
    line: int

    def elements(self, encoding: str) -> list[list[str]]:
        """Return what follows the name: elements, each a list of components, released."""
        text = decoded(self.content, encoding)
        release = self.marks.release
        element, component = chr(self.marks.element), chr(self.marks.component)
        if release is None or chr(release) not in text:
            return [part.split(component) for part in text.split(element)[1:]]
        return _released(text, element, component, chr(release))[1:]


def decoded(content: bytes, encoding: str) -> str:
    """Return text; bytes that are not in its encoding are read as Windows-1252."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


@lru_cache(maxsize=64)
def _cuts(element: str, component: str, release: str) -> re.Pattern[str]:
    marks, escape = re.escape(element + component), re.escape(release)
    return re.compile(rf"([{marks}])|{escape}(.)|[^{marks}{escape}]+", re.DOTALL)


def _released(text: str, element: str, component: str, release: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    part: list[str] = []
    for match in _cuts(element, component, release).finditer(text):
        if match[1]:
            found[-1].append("".join(part))
            part = []
            if match[1] == element:
                found.append([])
        else:
            part.append(match[2] or match[0])
    found[-1].append("".join(part))
    return found


def unwrapped(content: bytes) -> bytes:
    """Return the file without line ends that say nothing: all its lines are equally long.

    Some senders cut the whole interchange into records of 80 characters or so, through words.
    """
    lines = content[:_SAMPLE].replace(b"\r\n", b"\n").rstrip(_SPACE).split(b"\n")
    width = len(lines[0])
    if len(lines) < _WRAPPED_LINES or width < _WRAPPED_WIDTH:
        return content
    if any(len(line) != width for line in lines[1:-1]) or len(lines[-1]) > width:
        return content
    return content.replace(b"\r", b"").replace(b"\n", b"")


def segments(content: bytes) -> Iterator[Raw]:
    """Yield the segments of a file; white space between them says nothing.

    A UNA, at the beginning or before a further interchange, states the separators of what follows.
    What comes after the last terminator is yielded too, so that nothing is lost in silence.
    """
    marks, place, line = DEFAULT, 0, 1
    while True:
        start = _content_begins(content, place, marks.terminator)
        line += content.count(b"\n", place, start)
        if start >= len(content):
            return
        if content.startswith(b"UNA", start) and len(content) - start >= _ADVICE:
            marks, place = Marks.of_advice(content[start : start + _ADVICE]), start + _ADVICE
            continue
        if content.startswith(b"UNB", start):
            marks = _marks_at(content, start, place, marks)
        end = _segment_ends(content, start, marks)
        raw = Raw(_name(content, start, end, marks), content[start:end], marks, line)
        yield raw
        place = _object_ends(content, end + 1, raw) if raw.tag == b"UNO" else end + 1
        line += content.count(b"\n", start, place)


def _name(content: bytes, start: int, end: int, marks: Marks) -> bytes:
    """Return a segment's name, in capitals, without what stands behind it."""
    if end - start > _TAG and content[start + _TAG] == marks.element:
        return content[start : start + _TAG].upper()
    name = content[start:end].partition(bytes((marks.element,)))[0]
    return name.partition(bytes((marks.component,)))[0].strip(_SPACE).upper()


def _marks_at(content: bytes, start: int, place: int, marks: Marks) -> Marks:
    """Return the separators of an interchange that begins here.

    A UNA holds for one interchange. The next has the defaults again, unless its UNB is written
    with other ones. Some senders have line ends in place of terminators.
    """
    if content.startswith(b"UNB" + _LEVEL_B, start):
        return LEVEL_B
    advised = content.rfind(b"UNA", max(0, place - _ADVICE), place) == place - _ADVICE
    if not advised and _LINED.match(content, start):
        return LINED
    written = content[start + 3 : start + 4], content[start + 8 : start + 9]
    return marks if advised or written != (b"+", b":") else DEFAULT


@lru_cache(maxsize=64)
def _nothing(terminator: int) -> re.Pattern[bytes]:
    return re.compile(rb"[%s]*" % re.escape(_SPACE + bytes((terminator,))))


def _content_begins(content: bytes, place: int, terminator: int) -> int:
    """Return where the next segment begins: after white space and segments that are empty."""
    match = _nothing(terminator).match(content, place)
    return match.end() if match else place


def _segment_ends(content: bytes, start: int, marks: Marks) -> int:
    """Return where the terminator stands, or the end of the file."""
    place = start
    while True:
        end = content.find(marks.terminator, place)
        if end < 0 or end - start > SEGMENT_LIMIT:
            return _last(content, start)
        before = end
        while marks.release is not None and before > place and content[before - 1] == marks.release:
            before -= 1
        if (end - before) % 2 == 0:
            return end
        place = end + 1


def _last(content: bytes, start: int) -> int:
    if len(content) - start > SEGMENT_LIMIT:
        raise UnsupportedDocument("the file has a segment without an end")
    return len(content)


def _object_ends(content: bytes, place: int, raw: Raw) -> int:
    """Return where the UNP stands that ends an attached object, which is no text (ISO 9735-8)."""
    mark = b"UNP" + bytes((raw.marks.element,))
    stated = (raw.elements("latin-1")[3:4] or [[""]])[0][0]
    length = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < _ADVICE else 0
    found = content.find(mark, place + length, place + length + _NEAR)
    if found < 0:
        found = content.find(mark, place)
    return found if found >= 0 else len(content)
