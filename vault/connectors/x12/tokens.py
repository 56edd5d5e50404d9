"""The segments of a file, one after another, with where they stand in it.

Line ends after terminators, blanks and tabs before segments, a byte order mark and what mainframes
append (Ctrl-Z, NUL) say nothing. A line end that is no terminator is dropped, as where a sender
wraps lines; but where a known segment begins after it, a terminator has been lost there.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vault.connectors.formats.table import encoding_of
from vault.connectors.x12 import separators
from vault.connectors.x12.separators import Separators
from vault.errors import UnsupportedDocument

_BLANK = " \t\n\0\x1a\ufeff"
_BLANKS = re.compile(f"[{_BLANK}]*")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_WRAPPED_FROM = 40
_WRAPPED_LINES = 4
_SEGMENTS = (
    "ISA|IEA|GS|GE|ST|SE|TA1|BIG|BEG|BAK|BSN|ACK|AMT|CAD|CLD|CTP|CTT|CUR|DTM|FOB|HL|ISS|IT1|ITA|"
    "ITD|LIN|MAN|MEA|MSG|N1|N2|N3|N4|N9|NTE|PAM|PER|PID|PKG|PO1|PO4|PRF|PWK|REF|SAC|SCH|SDQ|SLN|"
    "SN1|TC2|TD1|TD3|TD5|TDS|TXI"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its name, its elements (01 is the first), and its place in the file.

    The place is the line; in a file without line ends, the number of the segment.
    """

    id: str
    elements: tuple[str, ...]
    place: int

    def at(self, position: int) -> str:
        """Return an element's text without blanks around it, "" where there is none."""
        return self.elements[position - 1] if position <= len(self.elements) else ""


def decoded(content: bytes) -> str:
    """Return the text: UTF-8 or UTF-16, else Latin-1, the basis of X12's extended characters."""
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeError as err:
        if encoding != "utf-8":
            raise UnsupportedDocument(f"the file is not valid {encoding} text") from err
        text = content.decode("latin-1")
    text = text.replace("\r\n", "\n")
    return text if "\n" in text else text.replace("\r", "\n")


def beginning(head: bytes) -> str:
    """Return how a file begins, for its recognition; the last character may be cut in two."""
    decoder = codecs.getincrementaldecoder(encoding_of(head))("replace")
    text = decoder.decode(head).replace("\r\n", "\n")
    return (text if "\n" in text else text.replace("\r", "\n")).lstrip(_BLANK)


def segments(text: str) -> Iterator[Segment]:
    """Yield each segment; refuses a text that does not begin as X12 does."""
    wrapped, multiline = _wrapped(text), "\n" in text.strip(_BLANK)
    marks: Separators | None = None
    boundary = re.compile("")
    line = number = 1
    counted = at = 0
    while (at := _skip(text, at)) < len(text):
        start = at
        if separators.is_header(text, at):
            marks, start = separators.of_interchange(text, at)
            boundary = _boundary(marks, wrapped=wrapped)
        elif marks is None:
            marks = separators.of_part(text, at)
            if marks is None:
                raise UnsupportedDocument("the file does not begin as an X12 interchange does")
            boundary = _boundary(marks, wrapped=wrapped)
        found = boundary.search(text, start)
        end = found.start() if found else len(text)
        line += text.count("\n", counted, at)
        counted = at
        yield _segment(text[at:end], marks, line if multiline else number)
        number += 1
        at = found.end() if found else len(text)


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _segment(raw: str, marks: Separators, place: int) -> Segment:
    name, *elements = raw.replace("\n", "").split(marks.element)
    if not raw.isprintable():
        elements = [_CONTROL.sub(" ", element) for element in elements]
    return Segment(name.strip(), tuple(map(str.strip, elements)), place)


def _boundary(marks: Separators, *, wrapped: bool) -> re.Pattern[str]:
    """Return what ends a segment: its terminator, or a line end before another segment."""
    mark, terminator = re.escape(marks.element), re.escape(marks.terminator)
    if marks.terminator == "\n":
        return re.compile(rf"\n(?=[ \t]{{0,99}}(?:[A-Z][A-Z0-9]{{1,2}}{mark}|\n|\Z))")
    if wrapped:
        return re.compile(terminator)
    return re.compile(rf"{terminator}|\n(?=[ \t]{{0,99}}(?:{_SEGMENTS}){mark})")


def _wrapped(text: str) -> bool:
    """Return whether lines are cut at one width, wherever segments end."""
    lines = text.lstrip(_BLANK).split("\n", _WRAPPED_LINES)[:-1]
    return len(lines) > 1 and len({*map(len, lines)}) == 1 and len(lines[0]) >= _WRAPPED_FROM
