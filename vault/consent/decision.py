"""The customer's choice, as it stands in the form: only ever narrower than what was asked.

Nothing is ticked beforehand but what is no choice: sellers and categories that a request names
itself. What is shared is every field of a ticked cluster, and every single field that is ticked;
without a script the form means the same.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, Self

from vault.consent import limits
from vault.domain.clusters import parts
from vault.domain.compartments import Kind
from vault.domain.requested import DAY, Request
from vault.domain.rules import ANY, Rule
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms
from vault.errors import InvalidInput

MAX_DEFAULT_DAYS = 365
"""A consent lasts no longer than this unless the customer chooses so."""

AS_IT_IS = 0
"""Instead of days: a consent that is changed ends when it would have ended."""

_SENSELESS = -1
_MOST_DIGITS = 5


class Form(Protocol):
    """What is read of Werkzeug's `MultiDict`."""

    def get(self, name: str, default: str) -> str:
        """Return the first value of a field."""
        ...

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field."""
        ...


class Unclear(InvalidInput):
    """A choice that cannot be; `place` is the part of the form where it can be mended."""

    def __init__(self, place: str, template: str, /, **values: Any) -> None:
        super().__init__(template, **values)
        self.place = place


@dataclass(frozen=True)
class Choice:
    """What stands in the form, as it was sent: it is shown again where it cannot be.

    `clusters` holds `purchases.cost` and the like, `fields` single ones beside them
    (`purchases.name`); `sellers` comparison keys and `categories` their keys, or `*` for all,
    future ones included; the dates are ISO 8601 or empty; `days` counts from now.
    """

    clusters: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    sellers: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset({ANY})
    from_date: str = ""
    to_date: str = ""
    days: int = MAX_DEFAULT_DAYS
    gifts: bool = False
    once: bool = False

    @classmethod
    def beforehand(cls, request: Request) -> Self:
        """Return what the form shows at first: nothing ticked, and the limits of the request."""
        sellers = limits.asked(request, limits.sellers_of)
        return cls(
            sellers=frozenset() if ANY in sellers else sellers,
            categories=limits.asked(request, limits.categories_of),
            from_date=limits.asked_day(request, lambda rule: rule.from_date),
            to_date=limits.asked_day(request, lambda rule: rule.to_date),
            days=min(request.days, MAX_DEFAULT_DAYS),
            once=request.once,
        )

    @classmethod
    def sent(cls, request: Request, form: Form) -> Self:
        """Read the form as it is; whether it makes sense is for `terms` to say."""
        clusters = limits.known_clusters(request, form.getlist("clusters"))
        ticked = frozenset(form.getlist("fields")) & frozenset(limits.names(request))
        return cls(
            clusters=clusters,
            fields=ticked - limits.fields_of(request, clusters),
            sellers=_single(form.getlist("sellers"), whole=not request.picks_sellers),
            categories=_single(form.getlist("categories")),
            from_date=form.get("from", "").strip(),
            to_date=form.get("to", "").strip(),
            days=_days(form.get("days", ""), request.days),
            gifts=request.gifts and form.get("gifts", "") == "yes",
            once=request.once or form.get("once", "") == "yes",
        )

    @classmethod
    def standing(cls, request: Request, terms: Terms) -> Self:
        """Return the choice that made these terms of a request, for the customer to change."""
        names = limits.granted(terms)
        whole = frozenset(
            part.cluster.name
            for kind, rule in request.rules.items()
            for part in parts(kind, rule.fields)
            if frozenset(limits.qualified(kind, part.fields)) <= names
        )
        return cls(
            clusters=whole,
            fields=names - limits.fields_of(request, whole),
            sellers=limits.chosen(request, terms, limits.sellers_of),
            categories=limits.chosen(request, terms, limits.categories_of),
            from_date=limits.chosen_day(request, terms, lambda rule: rule.from_date, max),
            to_date=limits.chosen_day(request, terms, lambda rule: rule.to_date, min),
            days=AS_IT_IS,
            gifts=any(rule.gifts for rule in terms.rules.values()),
            once=terms.once,
        )

    def terms(self, request: Request, now: float, until: int = 0) -> Terms:
        """Return the terms that this choice leaves of the request. Raise `Unclear`.

        `until` is when a consent that is changed ends as it stands, in seconds since the epoch.
        """
        since, last = _day(self.from_date), _day(self.to_date)
        if since and last and since > last:
            raise Unclear("dates", "The first day comes after the last one.")
        chosen = {
            kind: rule for kind in request.rules if (rule := self._rule(request, kind)).fields
        }
        if not chosen:
            raise Unclear("what", "Choose at least one thing to share, or decline.")
        limited = any(kind is not Kind.PREFERENCE for kind in chosen)
        if limited and not self.sellers:
            raise Unclear("sellers", "Choose at least one seller, or all of them.")
        if limited and not self.categories:
            raise Unclear("categories", "Choose at least one category, or all of them.")
        end = self._end(request, int(now), until)
        terms = request.grant(chosen, expires_at=end, once=self.once)
        rules = {kind: rule for kind, rule in terms.rules.items() if limits.releases(kind, rule)}
        if not rules:
            raise Unclear("sellers", "Nothing that it asks for fits the sellers and dates chosen.")
        return replace(terms, rules=rules)

    def _end(self, request: Request, now: int, until: int) -> int:
        if self.days == AS_IT_IS and until > now:
            return until
        if not 1 <= self.days <= request.days:
            raise Unclear(
                "time", "The time must be between 1 and %(most)d days.", most=request.days
            )
        return now + self.days * DAY

    def _seller_keys(self) -> frozenset[str]:
        """Return the keys to compare with: the page knows names, a record may state either."""
        if ANY in self.sellers:
            return self.sellers
        return frozenset[str]().union(*(keys_for(key.partition(":")[2]) for key in self.sellers))

    def _rule(self, request: Request, kind: Kind) -> Rule:
        names = self.fields | limits.fields_of(request, self.clusters)
        prefix = f"{kind.plural}."
        limited = kind is not Kind.PREFERENCE
        return Rule(
            fields=frozenset(
                name.removeprefix(prefix) for name in names if name.startswith(prefix)
            ),
            sellers=self._seller_keys() if limited else frozenset({ANY}),
            categories=self.categories if limited else frozenset({ANY}),
            from_date=(self.from_date or None) if limited else None,
            to_date=(self.to_date or None) if limited else None,
            gifts=self.gifts,
        )


def _single(values: list[str], *, whole: bool = True) -> frozenset[str]:
    """Single ones win over all of them; who a vendor is cannot be answered with all."""
    singles = frozenset(value for value in values if value != ANY)
    return singles if singles or not whole else frozenset(values)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unclear("dates", "One of the dates chosen is not a date.") from error


def _days(text: str, most: int) -> int:
    if not text:
        return min(most, MAX_DEFAULT_DAYS)
    senseless = not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS
    return _SENSELESS if senseless else int(text)
