"""The customer's choice on the consent page: read from the form, only ever narrower than asked.

What was asked stands ticked so that it can be unticked; what would give away more than records of
one's own (gifts, and which sellers an unverified vendor is) is never ticked beforehand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, Self

from vault.domain.compartments import Kind
from vault.domain.requested import DAY, Request
from vault.domain.sellers import keys_for
from vault.domain.terms import ANY, Rule, Terms
from vault.errors import InvalidInput

MAX_DEFAULT_DAYS = 365
"""A consent lasts no longer than this unless the customer chooses so."""


class Form(Protocol):
    """What is read of Werkzeug's `MultiDict`."""

    def get(self, name: str, default: str) -> str:
        """Return the first value of a field."""
        ...

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field."""
        ...


@dataclass(frozen=True)
class Choice:
    """What stands in the form.

    `fields` holds `purchases.name` and the like; `sellers` comparison keys, or `*` for all,
    future ones included; the dates are ISO 8601 or empty; `days` counts from now.
    """

    fields: frozenset[str]
    sellers: frozenset[str]
    from_date: str
    to_date: str
    days: int
    gifts: bool
    once: bool

    @classmethod
    def beforehand(cls, request: Request) -> Self:
        """Return what the form shows at first."""
        return cls(
            fields=frozenset(_names(request)),
            sellers=frozenset() if request.picks_sellers else _sellers(request),
            from_date=_common(rule.from_date for rule in request.rules.values()),
            to_date=_common(rule.to_date for rule in request.rules.values()),
            days=min(request.days, MAX_DEFAULT_DAYS),
            gifts=False,
            once=request.once,
        )

    @classmethod
    def sent(cls, request: Request, form: Form) -> Self:
        """Read the form. Raise `InvalidInput` that names the field."""
        return cls(
            fields=frozenset(form.getlist("fields")) & frozenset(_names(request)),
            sellers=_ticked(request, form.getlist("sellers")),
            from_date=_day(form.get("from", ""), "from"),
            to_date=_day(form.get("to", ""), "to"),
            days=_days(form.get("days", ""), request.days),
            gifts=request.gifts and form.get("gifts", "") == "yes",
            once=request.once or form.get("once", "") == "yes",
        )

    def terms(self, request: Request, now: float) -> Terms:
        """Return the terms that this choice leaves of the request. Raise `InvalidInput`."""
        chosen = {kind: rule for kind in request.rules if (rule := self._rule(kind)).fields}
        if any(kind is not Kind.PREFERENCE for kind in chosen) and not self.sellers:
            raise InvalidInput("Choose at least one seller, or all of them.")
        expires_at = int(now) + self.days * DAY
        terms = request.grant(chosen, expires_at=expires_at, once=self.once)
        if not terms.rules:
            raise InvalidInput("Choose at least one thing to share, or decline.")
        return terms

    def _seller_keys(self) -> frozenset[str]:
        """Return the keys to compare with: the page knows names, a record may state either."""
        if ANY in self.sellers:
            return self.sellers
        return frozenset[str]().union(*(keys_for(key.partition(":")[2]) for key in self.sellers))

    def _rule(self, kind: Kind) -> Rule:
        prefix = f"{kind.plural}."
        dated = kind is not Kind.PREFERENCE
        return Rule(
            fields=frozenset(
                name.removeprefix(prefix) for name in self.fields if name.startswith(prefix)
            ),
            sellers=self._seller_keys() if dated else frozenset({ANY}),
            categories=frozenset({ANY}),
            from_date=(self.from_date or None) if dated else None,
            to_date=(self.to_date or None) if dated else None,
            gifts=self.gifts,
        )


def asked_fields(request: Request) -> Mapping[Kind, tuple[str, ...]]:
    """Return the fields asked for, kind by kind in their usual order, for the page to list."""
    return {
        kind: tuple(sorted(request.rules[kind].fields)) for kind in Kind if kind in request.rules
    }


def offered(request: Request, names: Iterable[str]) -> list[str]:
    """Return the sellers, of those that a customer has, that the request is about at all."""
    asked = _sellers(request)
    return [name for name in names if ANY in asked or asked & keys_for(name)]


def _sellers(request: Request) -> frozenset[str]:
    asked = frozenset[str]().union(*(rule.sellers for rule in request.rules.values()))
    return frozenset({ANY}) if ANY in asked else asked


def _ticked(request: Request, values: list[str]) -> frozenset[str]:
    """Single sellers win over all of them; who a vendor is cannot be answered with all."""
    singles = frozenset(value for value in values if value != ANY)
    if singles or request.picks_sellers:
        return singles
    return frozenset(values)


def _names(request: Request) -> list[str]:
    return [f"{kind.plural}.{name}" for kind, rule in request.rules.items() for name in rule.fields]


def _common(days: Any) -> str:
    """Return a date that all kinds share, else nothing."""
    distinct = set(days)
    return distinct.pop() or "" if len(distinct) == 1 else ""


def _day(text: str, name: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInput(f"The date in “{name}” is not a date.") from error


def _days(text: str, most: int) -> int:
    if not text:
        return min(most, MAX_DEFAULT_DAYS)
    if not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= most:  # noqa: PLR2004
        raise InvalidInput(f"The time must be between 1 and {most} days.")
    return int(text)
