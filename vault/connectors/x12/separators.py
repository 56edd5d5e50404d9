"""How an interchange separates its elements and ends its segments: ASC X12.5, and what is sent.

The ISA segment says it: its fourth character separates elements, and what follows its sixteenth
separator are the component separator and the segment terminator. They are found by counting
elements, not characters, so that an ISA whose elements are not padded to their widths will do as
well. A file that begins at GS or ST says it by its own structure.
"""

import re
from dataclasses import dataclass

from vault.errors import UnsupportedDocument

_ISA_ELEMENTS = 16
_ISA_LIMIT = 300
_AFTER_ISA = re.compile(r"(?:GS|TA1|IEA|ISB|ISE)[^\w \t\n]")
_GS = re.compile(
    r"GS([^\w \t\n])[A-Z]{2}(?:\1(?:(?!\1)[^\n]){0,40}){6}\1 {0,9}\w{1,20}[ \t]{0,99}([^\w \t])"
)
_ST = re.compile(
    r"ST([^\w \t\n,;])\d{3}\1\w{1,9}(?:\1\w{0,35})?[ \t]{0,99}([^\w \t])\s{0,99}[A-Z][A-Z\d]{1,2}\1"
)


@dataclass(frozen=True, slots=True)
class Separators:
    """What stands between elements, and what ends a segment: one character each."""

    element: str
    terminator: str


def begins(text: str) -> bool:
    """Return whether a text begins as an interchange, a functional group or a transaction set."""
    if is_header(text, 0):
        return text.count(text[3], 0, _ISA_LIMIT) >= _ISA_ELEMENTS
    return of_part(text, 0) is not None


def is_header(text: str, at: int) -> bool:
    """Return whether an ISA segment begins here, which may separate otherwise than the last."""
    mark = text[at + 3 : at + 4]
    return text.startswith("ISA", at) and bool(mark) and not mark.isalnum() and mark not in " \t\n"


def of_interchange(text: str, at: int) -> tuple[Separators, int]:
    """Return an ISA's separators and where its last element ends; refuses an ISA cut short."""
    mark, place = text[at + 3], at
    for _ in range(_ISA_ELEMENTS):
        place = text.find(mark, place + 1, at + _ISA_LIMIT)
        if place < 0:
            raise UnsupportedDocument("the interchange header (ISA) is not complete")
    terminator, length = _terminator(text[place + 1 : place + 1 + _ISA_LIMIT])
    if not terminator or terminator.isalnum() or terminator in (" ", mark):
        raise UnsupportedDocument("the interchange header (ISA) does not say how segments end")
    return Separators(mark, terminator), place + 1 + length


def _terminator(rest: str) -> tuple[str, int]:
    """Return the terminator, and how far from ISA16 it stands: ISA16 itself may be missing."""
    if rest[:1] == "\n" or _AFTER_ISA.match(rest, 1):
        return rest[:1], 0
    spaces = len(rest[1:]) - len(rest[1:].lstrip(" \t"))
    if rest[1 + spaces : 2 + spaces] != "\n":
        return rest[1 + spaces : 2 + spaces], 1 + spaces
    following = rest[1:].lstrip().split("\n", 1)[0].rstrip()
    return (rest[0], 0) if following.endswith(rest[0]) else ("\n", 1 + spaces)


def of_part(text: str, at: int) -> Separators | None:
    """Return the separators of a file that begins at GS or ST; None where it does neither."""
    found = _GS.match(text, at) or _ST.match(text, at)
    if found is None or found[1] == found[2]:
        return None
    return Separators(found[1], found[2])
