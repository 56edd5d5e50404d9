"""Rules: which records of one kind, and which of their fields, may leave under a consent.

Everything granted is explicit: the word `ANY` for all, a set for some, and an empty set for
nothing. A rule can only be narrowed; there is no operation that widens one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.facets import category_key, date_of, sellers_of
from vault.domain.policy import ALLOWED, Decision, Denied
from vault.domain.records import FIELDS
from vault.domain.statements import BOOKKEEPING

ANY = "*"
"""Stands in a set of sellers or categories and means all of them, future ones included."""

# Never on the wire: how a record came to be here, and how it is linked to others.
PRIVATE_FIELDS = frozenset({*BOOKKEEPING, "mismatches"})


def shareable_fields(kind: Kind) -> frozenset[str]:
    """The fields of a kind that a customer can grant; `id` goes with every record anyway.

    Of a kind that is the owner's alone there are none.
    """
    if kind not in SHAREABLE:
        return frozenset()
    return frozenset(FIELDS[kind]) - PRIVATE_FIELDS - {"id", "isGift"}


def _meet(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """What both sets allow; `ANY` allows everything."""
    if ANY in one:
        return other
    if ANY in other:
        return one
    return one & other


def _later(one: str | None, other: str | None) -> str | None:
    return max(filter(None, (one, other)), default=None)


def _earlier(one: str | None, other: str | None) -> str | None:
    return min(filter(None, (one, other)), default=None)


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be seen of one kind.

    `sellers` and `categories` hold comparison keys or `ANY`; the dates are ISO 8601, inclusive,
    None for no limit on that side. A preference has neither seller, category nor date, so those
    limits do not touch it; a kind without categories is withheld by a limit of categories.
    """

    fields: frozenset[str]
    sellers: frozenset[str]
    categories: frozenset[str]
    from_date: str | None = None
    to_date: str | None = None
    gifts: bool = False

    def narrow(self, other: Self) -> Self:
        """The rule that allows only what both allow."""
        return replace(
            self,
            fields=self.fields & other.fields,
            sellers=_meet(self.sellers, other.sellers),
            categories=_meet(self.categories, other.categories),
            from_date=_later(self.from_date, other.from_date),
            to_date=_earlier(self.to_date, other.to_date),
            gifts=self.gifts and other.gifts,
        )

    def decide(self, kind: Kind, record: Mapping[str, Any], *, gift: bool) -> Decision:
        """Whether a record may be seen; `gift` says that it stands in a gift twin."""
        if not self.fields:
            return Denied("no_fields")
        if gift and not self.gifts:
            return Denied("gift")
        if kind is Kind.PREFERENCE:
            return ALLOWED
        if ANY not in self.sellers and not self.sellers & sellers_of(kind, record):
            return Denied("seller")
        if ANY not in self.categories:
            category = record.get("category")
            if not category or category_key(category) not in self.categories:
                return Denied("category")
        return self._decide_date(kind, record)

    def _decide_date(self, kind: Kind, record: Mapping[str, Any]) -> Decision:
        if self.from_date is None and self.to_date is None:
            return ALLOWED
        stated = date_of(kind, record)
        if stated is None:
            return Denied("undated")
        day = stated[:10]
        if (self.from_date and day < self.from_date) or (self.to_date and day > self.to_date):
            return Denied("date")
        return ALLOWED

    def project(self, record: Mapping[str, Any], *, gift: bool) -> dict[str, Any]:
        """The granted fields of a record; `isGift` goes along where gifts are shared."""
        shown = {name: record[name] for name in record if name in self.fields}
        if gift and "isGift" in record:
            shown["isGift"] = record["isGift"]
        return shown

    def to_json(self) -> dict[str, Any]:
        """The rule as JSON with sorted lists, so that equal rules are equal bytes."""
        return {
            "fields": sorted(self.fields),
            "sellers": sorted(self.sellers),
            "categories": sorted(self.categories),
            "from": self.from_date,
            "to": self.to_date,
            "gifts": self.gifts,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The rule that `to_json` wrote; a missing list means nothing, never everything."""
        return cls(
            fields=frozenset(data.get("fields", ())),
            sellers=frozenset(data.get("sellers", ())),
            categories=frozenset(data.get("categories", ())),
            from_date=data.get("from"),
            to_date=data.get("to"),
            gifts=bool(data.get("gifts", False)),
        )
