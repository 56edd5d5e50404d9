"""What a field of a record may hold: text, amounts, dates, parties and lists of them.

A checker takes a value and answers None, or the reason why it cannot stand. Amounts are decimal
strings (`-12.50`): no float, no exponent, no NaN, so that nothing is rounded on its way. Dates are
ISO 8601 calendar dates (`2026-11-22`); a moment is a date or an RFC 3339 date-time. Currencies
have the shape of ISO 4217. A reason never repeats the value, which may be a secret.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

Checker = Callable[[object], str | None]

TEXT_LIMIT = 20_000
LIST_LIMIT = 20_000

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AMOUNT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")
_CURRENCY = re.compile("[A-Z]{3}")
_DATE_LENGTH = len("2026-11-22")
_ENDING = 4


def text(value: object) -> str | None:
    """Check for text that is not empty and has no control characters but tab and line ends."""
    if type(value) is not str:
        return "is not text"
    if not value:
        return "is empty"
    if len(value) > TEXT_LIMIT:
        return f"is longer than {TEXT_LIMIT} characters"
    if not value.isprintable() and _CONTROL.search(value):
        return "has a control character"
    return None


def amount(value: object) -> str | None:
    """Check for a decimal number in a string, at most 18 digits before the point and 12 after."""
    if type(value) is not str or not _AMOUNT.fullmatch(value):
        return "is not a decimal number in a string"
    return None


def currency(value: object) -> str | None:
    """Check for the shape of an ISO 4217 currency code: three capital letters."""
    if type(value) is not str or not _CURRENCY.fullmatch(value):
        return "is not an ISO 4217 currency code"
    return None


def calendar_date(value: object) -> str | None:
    """Check for an ISO 8601 calendar date that exists, `YYYY-MM-DD`."""
    if type(value) is str and len(value) == _DATE_LENGTH and value[4] == value[7] == "-":
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None
    return "is not an ISO 8601 date"


def moment(value: object) -> str | None:
    """Check for an ISO 8601 date, or an RFC 3339 date and time."""
    if calendar_date(value) is None:
        return None
    if type(value) is str and len(value) > _DATE_LENGTH and value[_DATE_LENGTH] == "T":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None
    return "is not an ISO 8601 date or date-time"


def flag(value: object) -> str | None:
    """Check for true or false."""
    return None if type(value) is bool else "is not true or false"


def ending(value: object) -> str | None:
    """Check for the end of a number that is not to be kept whole: at most four characters."""
    return text(value) or ("has more than 4 characters" if len(str(value)) > _ENDING else None)


def one_of(*words: str) -> Checker:
    """Make a checker of one of some words."""
    return lambda value: None if value in words else "is not one of its words"


def shape(members: Mapping[str, Checker]) -> Checker:
    """Make a checker of an object that has at least one of `members` and nothing else."""

    def check(value: object) -> str | None:
        if type(value) is not dict:
            return "is not an object"
        if not value:
            return "is empty"
        for name, member in value.items():
            checker = members.get(name)
            if checker is None:
                return "has an unknown member"
            reason = checker(member)
            if reason:
                return f"{name} {reason}"
        return None

    return check


def list_of(member: Checker) -> Checker:
    """Make a checker of a list with at least one element, each of which passes `member`."""

    def check(value: object) -> str | None:
        if type(value) is not list:
            return "is not a list"
        if not value:
            return "is empty"
        if len(value) > LIST_LIMIT:
            return f"has more than {LIST_LIMIT} elements"
        for element in value:
            reason = member(element)
            if reason:
                return f"element {reason}"
        return None

    return check
