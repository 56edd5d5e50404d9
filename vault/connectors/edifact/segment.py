"""A segment's elements as values: text, decimal numbers, dates.

Places are counted from 0 after the segment's name, as in `NAD+SE+...`: element 0 is `SE`. They are
the same in all directories from D.93A to D.21B for what is read here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from vault.connectors.edifact.interchange import Message
from vault.connectors.edifact.tokens import Raw
from vault.domain.records import RowError

_NUMBER = re.compile(r"([-+]?)([0-9]*)(?:([.,])([0-9]*))?([-+]?)")
_THOUSAND = 3
_PIVOT = 80
_CENTURIES = ("19", "20")
_DAYS = {
    "102": "Ymd", "203": "YmdHM", "204": "YmdHMS", "101": "ymd", "201": "ymdHM", "202": "ymdHMS",
    "2": "dmy", "3": "mdy", "4": "dmY", "205": "YmdHM", "301": "ymdHM", "303": "YmdHM",
    "304": "YmdHMS", "718": "Ymd", "719": "YmdHM",
}  # fmt: skip
"""Formats of UNTDID 2379 that say a day; of a period its first one."""
_UNSTATED = {8: "102", 12: "203", 14: "204"}
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_ISO_LENGTH = len("2026-11-22")


@dataclass(slots=True)
class Segment:
    """One segment of a message, with all its elements."""

    tag: str
    elements: list[list[str]]
    line: int
    decimal: str

    def text(self, element: int, component: int = 0) -> str:
        """Return a component, stripped; "" where it is not there."""
        if element < len(self.elements) and component < len(self.elements[element]):
            return self.elements[element][component].strip()
        return ""

    def words(self, element: int, component: int = 0) -> str:
        """Return a component with its white space brought to single spaces."""
        return " ".join(self.text(element, component).split())

    def all(self, element: int, first: int = 0, count: int = 99) -> list[str]:
        """Return the components of an element that say something."""
        parts = (
            self.elements[element][first : first + count] if element < len(self.elements) else []
        )
        return [stripped for part in parts if (stripped := part.strip())]

    def number(self, element: int, component: int = 0) -> str:
        """Return a decimal string; ValueError names the segment where it is none."""
        stated = self.text(element, component)
        try:
            return decimal(stated, self.decimal) if stated else ""
        except ValueError as err:
            raise ValueError(f"{self.tag} {err}") from err

    def moment(self) -> str:
        """Return what a DTM says, as an ISO 8601 date or date-time; "" for what is no day."""
        try:
            return moment(self.text(0, 1), self.text(0, 2))
        except ValueError as err:
            raise ValueError(f"{self.tag}+{self.text(0)} {err}") from err

    def day(self) -> str:
        """Return the calendar day that a DTM says; "" for what is no day."""
        return self.moment()[:_ISO_LENGTH]

    def day_or(self, problems: list[RowError]) -> str:
        """Return a day that is not the document's own: a wrong one is named, and loses itself."""
        try:
            return self.day()
        except ValueError as err:
            problems.append(RowError(self.line, str(err)))
            return ""


def segments_of(message: Message) -> Iterator[Segment]:
    """Yield a message's segments, taken apart one by one."""
    for raw in message.segments:
        yield opened(raw, message)


def opened(raw: Raw, message: Message) -> Segment:
    """Take a segment apart."""
    tag = raw.tag.decode("latin-1")
    return Segment(tag, raw.elements(message.encoding), raw.line, message.decimal)


def decimal(text: str, mark: str) -> str:
    """Return a decimal string from an EDIFACT number (ISO 9735, 10.1).

    Comma and point are both decimal marks, and there are no thousands separators. Where a UNA
    states one of the two and the other stands before exactly three digits, nobody can tell which
    of the two rules was broken: ValueError. A minus may also stand behind the digits.
    """
    match = _NUMBER.fullmatch(text.replace(" ", ""))
    if match is None or not (match[2] or match[4]) or (match[1] and match[5]):
        raise ValueError("is not a number")
    sign, whole, point, fraction, behind = match.groups()
    if point and mark and point != mark and len(fraction or "") == _THOUSAND and whole.strip("0"):
        raise ValueError("is a number with another decimal mark than the file states")
    digits = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    return f"-{digits}" if "-" in (sign, behind) else digits


def moment(text: str, form: str) -> str:
    """Return the ISO 8601 date, or date-time, of a date in a format of UNTDID 2379.

    A year of two digits is one from 1980 to 2079. A week, month or quarter is no day: "".
    """
    if not text.strip("0"):  # zeros fill the place of a date
        return ""
    if not form and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return date.fromisoformat(text).isoformat()
    pattern = _DAYS.get(form or _UNSTATED.get(len(text), ""))
    if pattern is None:
        if form:
            return ""
        raise ValueError("is a date without its format")
    try:
        return _moment(text, pattern)
    except ValueError as err:
        raise ValueError("is not a date in its format") from err


def _moment(text: str, pattern: str) -> str:
    parts: dict[str, str] = {}
    place = 0
    for part in pattern:
        digits = text[place : place + _WIDTHS[part]]
        if len(digits) < _WIDTHS[part] or not (digits.isascii() and digits.isdigit()):
            raise ValueError(text)
        parts[part] = digits
        place += len(digits)
    year = parts.get("Y") or _CENTURIES[int(parts["y"]) < _PIVOT] + parts["y"]
    day = date(int(year), int(parts["m"]), int(parts["d"]))
    if "H" not in parts:
        return day.isoformat()
    hours = int(parts["H"]), int(parts["M"]), int(parts.get("S", "0"))
    if hours == (24, 0, 0):
        return day.isoformat()
    return datetime(day.year, day.month, day.day, *hours).isoformat()  # noqa: DTZ001 none is stated
