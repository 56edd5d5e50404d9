"""The terms of a consent: which records of which kinds, and which of their fields, may leave.

A `Rule` limits one kind; `Terms` is the rules of one consent with its purposes and its end.
Everything granted is explicit: the word `ANY` for all, a set for some, and an empty set for
nothing. A rule can only be narrowed; there is no operation that widens one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from vault.domain.compartments import SHAREABLE, Compartment, Kind
from vault.domain.policy import ALLOWED, Allowed, Decision, Denied
from vault.domain.records import FIELDS
from vault.domain.sellers import seller_keys
from vault.domain.statements import BOOKKEEPING

ANY = "*"
"""Stands in a set of sellers or categories and means all of them, future ones included."""

# Never on the wire: how a record came to be here, and how it is linked to others.
PRIVATE_FIELDS = frozenset({*BOOKKEEPING, "mismatches"})

# The field of a record that a limit of dates reads, and the one that says whose it is.
_DATE_FIELD = {
    Kind.PURCHASE: "orderDate",
    Kind.ORDER: "orderDate",
    Kind.INVOICE: "issueDate",
    Kind.LICENSE: "ownedFrom",
}
_SELLER_FIELD = {
    Kind.PURCHASE: "seller",
    Kind.ORDER: "seller",
    Kind.INVOICE: "provider",
    Kind.LICENSE: "seller",
    Kind.LICENSE_KEY: "seller",
}

_SHAREABLE = frozenset(SHAREABLE)


def shareable_fields(kind: Kind) -> frozenset[str]:
    """The fields of a kind that a customer can grant; `id` goes with every record anyway.

    Of a kind that is the owner's alone there are none.
    """
    if kind not in _SHAREABLE:
        return frozenset()
    return frozenset(FIELDS[kind]) - PRIVATE_FIELDS - {"id", "isGift"}


def date_of(kind: Kind, record: Mapping[str, Any]) -> str | None:
    """The ISO 8601 date that limits of dates read; None where the record states none."""
    name = _DATE_FIELD.get(kind)
    return record.get(name) if name else None


def sellers_of(kind: Kind, record: Mapping[str, Any]) -> frozenset[str]:
    """The seller keys of a record; empty where it names no seller."""
    name = _SELLER_FIELD.get(kind)
    seller = record.get(name) if name else None
    return seller_keys(seller) if seller else frozenset()


def category_key(category: str) -> str:
    """The form in which categories are compared: case folded, white space collapsed."""
    return " ".join(category.casefold().split())


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


@dataclass(frozen=True, slots=True)
class Terms:
    """What one consent grants: a rule for each kind, for which purposes (DPV IRIs), until when.

    `expires_at` is in seconds since the epoch; `once` ends the consent with its first full read.
    `agreed` identifies the customer's own terms to which the vendor is held, in alphabetical order
    (`domain/roster.py`).
    """

    rules: Mapping[Kind, Rule]
    purposes: tuple[str, ...]
    expires_at: int
    once: bool = False
    agreed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse, whoever asks, terms of a kind that is the owner's alone."""
        if not self.rules.keys() <= _SHAREABLE:
            raise ValueError("there are no terms for what is the owner's alone")

    def narrow(self, other: Self) -> Self:
        """The terms that allow only what both allow, for purposes that both name.

        Where they have no purpose in common although one is named, nothing is left to be read.
        What the vendor has promised under either it has promised.
        """
        purposes = tuple(one for one in self.purposes if one in other.purposes)
        rules = {
            kind: rule.narrow(other.rules[kind])
            for kind, rule in self.rules.items()
            if kind in other.rules and (purposes or not (self.purposes or other.purposes))
        }
        return replace(
            self,
            rules={kind: rule for kind, rule in rules.items() if rule.fields},
            purposes=purposes,
            expires_at=min(self.expires_at, other.expires_at),
            once=self.once or other.once,
            agreed=tuple(sorted({*self.agreed, *other.agreed})),
        )

    def compartments(self) -> frozenset[Compartment]:
        """What the grant's package must open for these terms, and not one more."""
        opened = {kind.compartment for kind in self.rules}
        opened |= {
            twin
            for kind, rule in self.rules.items()
            if rule.gifts and (twin := kind.gift_compartment)
        }
        return frozenset(opened)

    def decide(self, kind: Kind, record: Mapping[str, Any], *, gift: bool) -> Decision:
        """Whether a record may be seen under these terms."""
        rule = self.rules.get(kind)
        return rule.decide(kind, record, gift=gift) if rule else Denied("kind")

    def allows(self, kind: Kind, record: Mapping[str, Any], *, gift: bool) -> bool:
        """Whether the decision is `Allowed`."""
        return isinstance(self.decide(kind, record, gift=gift), Allowed)

    @property
    def scope(self) -> str:
        """The terms as an OAuth scope (RFC 6749, section 3.3)."""
        words = [f"{kind.plural}:read" for kind in Kind if kind in self.rules]
        if any(rule.gifts for rule in self.rules.values()):
            words.append("gifts:read")
        return " ".join(words)

    def authorization_details(self) -> list[dict[str, Any]]:
        """The terms as RFC 9396 details of type `vrm_records`, everything explicit."""
        return [self._detail(kind, self.rules[kind]) for kind in Kind if kind in self.rules]

    def _detail(self, kind: Kind, rule: Rule) -> dict[str, Any]:
        detail: dict[str, Any] = {
            "type": "vrm_records",
            "datatypes": [kind.plural],
            "actions": ["read"],
            "fields": sorted(rule.fields),
            "sellers": sorted(rule.sellers),
            "categories": sorted(rule.categories),
            "gifts": rule.gifts,
            "once": self.once,
            "purpose": list(self.purposes),
            "terms": list(self.agreed),
        }
        if rule.from_date:
            detail["from"] = rule.from_date
        if rule.to_date:
            detail["to"] = rule.to_date
        return detail

    def to_json(self) -> dict[str, Any]:
        """The terms as JSON, for packages and consent records."""
        return {
            "rules": {kind.value: rule.to_json() for kind, rule in self.rules.items()},
            "purposes": list(self.purposes),
            "expiresAt": self.expires_at,
            "once": self.once,
            "agreed": list(self.agreed),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The terms that `to_json` wrote; older ones have nothing agreed on."""
        return cls(
            rules={Kind(name): Rule.from_json(rule) for name, rule in data["rules"].items()},
            purposes=tuple(data["purposes"]),
            expires_at=int(data["expiresAt"]),
            once=bool(data["once"]),
            agreed=tuple(data.get("agreed", ())),
        )
