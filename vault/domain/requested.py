"""What a vendor asks for: a scope, authorization details, purposes and a time, as one bound.

An absent list in a request asks for all; here that becomes explicit, so that whatever the
customer chooses can be intersected with it. `Request.grant` is the only way from a request to
`Terms`, and it can only narrow.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.facets import category_key
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.scopes import GIFTS_SCOPE, READ_SCOPES
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms
from vault.errors import InvalidInput

DAY = 86_400
DEFAULT_DAYS = 180
MAX_DAYS = 3_660
SELF = "self"

_DURATION = re.compile(r"P(?=\d)(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})W)?(?:(\d{1,4})D)?")
_PLURALS = {kind.plural: kind for kind in SHAREABLE}


class InvalidScope(InvalidInput):
    """The scope names something that is not offered (RFC 6749, section 5.2)."""

    code = "invalid_scope"


class InvalidAuthorizationDetails(InvalidInput):
    """The authorization details cannot be read (RFC 9396, section 5)."""

    code = "invalid_authorization_details"


class InvalidRequest(InvalidInput):
    """Scope and authorization details do not ask for the same."""

    code = "invalid_request"


def parse_duration(text: str) -> int:
    """Days of an ISO 8601 duration of whole days (`P6M`, `P1Y`, `P2W`, `P90D`).

    A year counts 365 days and a month 30, because a consent's end is a day and not a calendar.
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise InvalidAuthorizationDetails(f"duration is not an ISO 8601 duration of days: {text!r}")
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    total = years * 365 + months * 30 + weeks * 7 + days
    if not 1 <= total <= MAX_DAYS:
        raise InvalidAuthorizationDetails("duration is not between one day and ten years")
    return total


def parse_scope(scope: str) -> tuple[frozenset[Kind], bool]:
    """The kinds that a scope asks to read, and whether gifts among them."""
    words = frozenset(scope.split())
    unknown = words - READ_SCOPES.keys() - {GIFTS_SCOPE}
    if unknown:
        raise InvalidScope(f"this vault does not know the scope {min(unknown)!r}")
    kinds = frozenset(READ_SCOPES[word] for word in words if word != GIFTS_SCOPE)
    if GIFTS_SCOPE in words and not kinds:
        raise InvalidScope("gifts:read widens another scope and cannot stand alone")
    return kinds, GIFTS_SCOPE in words


def _whole(kind: Kind, *, gifts: bool) -> Rule:
    """All of one kind."""
    return Rule(
        fields=shareable_fields(kind),
        sellers=frozenset({ANY}),
        categories=frozenset({ANY}),
        gifts=gifts and kind.gift_compartment is not None,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """A vendor's request, read and made explicit.

    `picks_sellers` says that the vendor asked for its own records while the operator has
    verified no identifiers of it: the customer then chooses which sellers it is. `terms_accepted`
    are the customer's own terms that it accepts, as it names them until a roster has read them.
    """

    rules: Mapping[Kind, Rule]
    purposes: tuple[str, ...] = ()
    days: int = DEFAULT_DAYS
    once: bool = False
    picks_sellers: bool = False
    terms_accepted: tuple[str, ...] = field(default=())

    @classmethod
    def parse(
        cls,
        scope: str,
        details: Sequence[Mapping[str, Any]] | None = None,
        client_sellers: Iterable[str] = (),
    ) -> Self:
        """Read a scope and RFC 9396 details; where both are sent they must cover the same."""
        kinds, gifts = parse_scope(scope)
        if not details:
            if not kinds:
                raise InvalidScope("the request asks for nothing: it names no scope")
            return cls(rules={kind: _whole(kind, gifts=gifts) for kind in Kind if kind in kinds})
        request = cls._from_details(details, frozenset(client_sellers))
        if scope.split() and (request.kinds, request.gifts) != (kinds, gifts):
            raise InvalidRequest("scope and authorization_details do not ask for the same")
        return request

    @classmethod
    def _from_details(
        cls, details: Sequence[Mapping[str, Any]], client_sellers: frozenset[str]
    ) -> Self:
        rules: dict[Kind, Rule] = {}
        for detail in details:
            for plural in detail.get("datatypes", ()):
                kind = _PLURALS.get(plural)
                if kind is None or kind in rules:
                    raise InvalidAuthorizationDetails(
                        f"datatypes names {plural!r} twice or in a way this vault does not know"
                    )
                rules[kind] = _rule(kind, detail, client_sellers)
        if not rules:
            raise InvalidAuthorizationDetails("datatypes names no kind of record")
        purposes = dict.fromkeys(one for detail in details for one in detail.get("purpose", ()))
        durations = [parse_duration(d["duration"]) for d in details if d.get("duration")]
        return cls(
            rules={kind: rules[kind] for kind in Kind if kind in rules},
            purposes=tuple(purposes),
            days=max(durations, default=DEFAULT_DAYS),
            once=all(detail.get("once", False) for detail in details),
            picks_sellers=not client_sellers
            and any(SELF in (detail.get("sellers") or ()) for detail in details),
            terms_accepted=tuple(
                dict.fromkeys(one for detail in details for one in detail.get("terms", ()))
            ),
        )

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds asked for."""
        return frozenset(self.rules)

    @property
    def gifts(self) -> bool:
        """Whether gifts are asked for at all."""
        return any(rule.gifts for rule in self.rules.values())

    def grant(
        self, chosen: Mapping[Kind, Rule], *, expires_at: int, once: bool | None = None
    ) -> Terms:
        """The terms for a customer's choice: never more than was asked, kind by kind.

        Kinds that were not chosen, or of which no field is left, are not granted.
        """
        narrowed = {
            kind: rule.narrow(chosen[kind]) for kind, rule in self.rules.items() if kind in chosen
        }
        return Terms(
            rules={kind: rule for kind, rule in narrowed.items() if rule.fields},
            purposes=self.purposes,
            expires_at=expires_at,
            once=self.once if once is None else once or self.once,
            agreed=self.terms_accepted,
        )

    def to_json(self) -> dict[str, Any]:
        """The request as JSON, for consent records."""
        return {
            "rules": {kind.value: rule.to_json() for kind, rule in self.rules.items()},
            "purposes": list(self.purposes),
            "days": self.days,
            "once": self.once,
            "picksSellers": self.picks_sellers,
            "terms": list(self.terms_accepted),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The request that `to_json` wrote."""
        return cls(
            rules={Kind(name): Rule.from_json(rule) for name, rule in data["rules"].items()},
            purposes=tuple(data["purposes"]),
            days=int(data["days"]),
            once=bool(data["once"]),
            picks_sellers=bool(data["picksSellers"]),
            terms_accepted=tuple(data["terms"]),
        )


def _rule(kind: Kind, detail: Mapping[str, Any], client_sellers: frozenset[str]) -> Rule:
    """The bound that one detail puts on one kind."""
    whole = _whole(kind, gifts=bool(detail.get("gifts", False)))
    fields = detail.get("fields")
    return replace(
        whole,
        fields=whole.fields if fields is None else whole.fields & frozenset(fields),
        sellers=_sellers(detail.get("sellers"), client_sellers),
        categories=_categories(detail.get("categories")),
        from_date=detail.get("from"),
        to_date=detail.get("to"),
    )


def _sellers(asked: Sequence[str] | None, client_sellers: frozenset[str]) -> frozenset[str]:
    if asked is None:
        return frozenset({ANY})
    if SELF in asked and not client_sellers:
        # Nobody has verified who this vendor is: the customer's choice is the only bound.
        return frozenset({ANY})
    names = {name for name in asked if name != SELF} | (client_sellers if SELF in asked else set())
    return frozenset[str]().union(*map(keys_for, names))


def _categories(asked: Sequence[str] | None) -> frozenset[str]:
    return frozenset({ANY}) if asked is None else frozenset(map(category_key, asked))
