"""What a thing states, in the records' form; what cannot be read is left out and named.

A property may hold text, a number, a thing that carries the value in one of its own properties (an
amount in a PriceSpecification, a carrier's name in an Organization), or several of them: the first
that says something is taken.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from vault.connectors.formats import values
from vault.connectors.mail_order.nodes import Node, Value, local
from vault.domain.fields import TEXT_LIMIT
from vault.domain.records import RowError

_AMOUNTS = ("price", "value", "amount")
_NAMES = ("name", "value", "identifier")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]")
_SIGN = "Sc"  # Unicode's category of currency signs
_CODE = re.compile(r"^[A-Z]{3}\s*(?=[-0-9.])|(?<=[0-9])\s*[A-Z]{3}$")
_LONGEST_AMOUNT = 40
_LONGEST_MOMENT = 40
_DATE_LENGTH = len("2026-11-22")
_ORDER = "order"
_STATUS = {
    "pickup available": "ready for pickup",
    "canceled": "cancelled",
}


class Facts:
    """Reads the properties of things, and keeps account of what could not be read."""

    def __init__(self, what: str, line: int) -> None:
        self.problems: list[RowError] = []
        self._what = what
        self._line = line

    def problem(self, name: str, reason: object) -> None:
        """Note that a property could not be read, and why."""
        self.problems.append(RowError(self._line, f"{self._what}: {name} {reason}"))

    def text(self, node: Node, *names: str) -> str:
        """Return the first text of some properties, with single spaces."""
        for name in names:
            for value in node.all(name):
                try:
                    if found := _text(value, _NAMES):
                        return found
                except ValueError as err:
                    self.problem(name, err)
        return ""

    def amount(self, node: Node, *names: str) -> str:
        """Return the first amount of some properties as a decimal string."""
        return self._read(_amount, node, names, _AMOUNTS, _LONGEST_AMOUNT)

    def day(self, node: Node, *names: str) -> str:
        """Return the first calendar date of some properties."""
        return self._read(values.iso_date, node, names, _NAMES, _LONGEST_MOMENT)

    def moment(self, node: Node, *names: str) -> str:
        """Return the first date, or date and time with its zone; a time without one says a date."""
        return self._read(_moment, node, names, _NAMES, _LONGEST_MOMENT)

    def status(self, node: Node, *names: str) -> str:
        """Return a status in the words of docs/connectors.md, else in the document's own."""
        stated = local(self.text(node, *names)).rpartition("/")[2]
        words = _CAMEL.sub(" ", stated).lower().split()
        if len(words) > 1 and words[0] == _ORDER:
            words = words[1:]
        said = " ".join(words)
        return _STATUS.get(said, said)

    def currency(self, node: Node, *names: str) -> str:
        """Return a currency code, of the thing or of the amounts in some of its properties."""
        things = node.things(*names)
        for thing in (node, *things):
            stated = self.text(thing, "priceCurrency", "currency").upper()
            if re.fullmatch("[A-Z]{3}", stated):
                return stated
            if stated:
                self.problem("priceCurrency", "is not an ISO 4217 currency code")
        return ""

    def _read(
        self,
        reading: values.Reading,
        node: Node,
        names: Iterable[str],
        inner: tuple[str, ...],
        longest: int,
    ) -> str:
        for name in names:
            for value in node.all(name):
                try:
                    stated = _text(value, inner)
                    if len(stated) > longest:
                        reading = _too_long
                    if stated:
                        return reading(stated)
                except ValueError as err:
                    self.problem(name, err)
                    return ""
        return ""


def _text(value: Value, inner: tuple[str, ...], depth: int = 3) -> str:
    """Return a value's text: that of a thing is the first of its properties `inner`, or its id."""
    if isinstance(value, Node):
        if not depth:
            return ""
        found = (_text(one, inner, depth - 1) for one in value.all(*inner))
        return next(filter(None, found), "") or ("" if value.values else value.id)
    if _NO_TEXT.search(value):
        raise ValueError("has a character that is none")
    if len(value) > TEXT_LIMIT:
        raise ValueError(f"is longer than {TEXT_LIMIT} characters")
    return " ".join(value.split())


def _amount(text: str) -> str:
    """Return an amount without the sign or the code of its currency, whichever currency it is."""
    bare = "".join(letter for letter in text if unicodedata.category(letter) != _SIGN)
    return values.amount(_CODE.sub("", bare.strip(), count=1))


def _moment(text: str) -> str:
    day = values.iso_date(text)
    written = text.replace(" ", "T", 1) if text[_DATE_LENGTH : _DATE_LENGTH + 1] == " " else text
    try:
        zoned = datetime.fromisoformat(written).tzinfo is not None
    except ValueError:
        return day
    return written if zoned else day


def _too_long(_: str) -> str:
    raise ValueError("is too long")
