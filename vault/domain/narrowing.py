"""Narrowing: a token that carries less than its consent (RFC 6749 section 6, RFC 9396 section 6).

A vendor names what the token is for, in the words of a request. What it leaves out of a detail
asks for what was granted; what it names must have been granted, or the whole is refused. Gifts
must be named each time, as in any request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.facets import category_key
from vault.domain.requested import (
    DAY,
    SELF,
    InvalidAuthorizationDetails,
    InvalidScope,
    Request,
    parse_scope,
)
from vault.domain.roster import names_of
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms

_KEYS = ("id:", "name:")
_PLURALS = {kind.plural: kind for kind in SHAREABLE}
# Goes with every record, so that naming it asks for nothing.
_ALWAYS = frozenset({"id"})


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a vendor wants one token to carry; at least one of scope and details is there.

    `client_sellers` are what `self` means for this vendor, as in a request.
    """

    scope: str = ""
    details: Sequence[Mapping[str, Any]] | None = None
    client_sellers: tuple[str, ...] = ()

    def of(self, terms: Terms, now: int) -> Terms:
        """The narrowed terms: never wider than `terms`, whose end lies after `now`.

        Raises InvalidScope or InvalidAuthorizationDetails for what was not granted, and
        InvalidRequest where scope and details do not ask for the same.
        """
        asked = Request.parse(self.scope, self.details, self.client_sellers)
        if not set(asked.terms_accepted) <= names_of(terms.agreed):
            raise InvalidAuthorizationDetails("terms are named that were not agreed on")
        if self.details:
            return self._by_details(terms, asked, now)
        return replace(terms, rules=_by_scope(self.scope, terms, asked))

    def _by_details(self, terms: Terms, asked: Request, now: int) -> Terms:
        rules = {
            kind: self._rule(kind, terms.rules.get(kind), detail)
            for kind, detail in _by_kind(self.details or ())
        }
        narrowed = Terms(
            rules={kind: rule for kind, rule in rules.items() if rule.fields},
            purposes=_purposes(terms, asked),
            expires_at=self._end(terms, asked, now),
            once=terms.once or asked.once,
            agreed=terms.agreed,
        )
        if not narrowed.rules:
            raise InvalidAuthorizationDetails("the details ask for no field that was granted")
        if terms.once and any(detail.get("once") is False for detail in self.details or ()):
            raise InvalidAuthorizationDetails("the consent was given for once")
        return narrowed

    def _end(self, terms: Terms, asked: Request, now: int) -> int:
        if not any(detail.get("duration") for detail in self.details or ()):
            return terms.expires_at
        end = now + asked.days * DAY
        if end > terms.expires_at:
            raise InvalidAuthorizationDetails("the duration goes beyond the consent's end")
        return end

    def _rule(self, kind: Kind, granted: Rule | None, detail: Mapping[str, Any]) -> Rule:
        if granted is None:
            raise InvalidAuthorizationDetails(f"{kind.plural} were not granted")
        return Rule(
            fields=_fields(kind, granted, detail),
            sellers=self._sellers(granted, detail.get("sellers")),
            categories=_categories(granted, detail.get("categories")),
            from_date=_from(granted.from_date, detail.get("from")),
            to_date=_to(granted.to_date, detail.get("to")),
            gifts=_gifts(kind, granted, asked=detail.get("gifts", False)),
        )

    def _sellers(self, granted: Rule, named: Sequence[str] | None) -> frozenset[str]:
        if named is None or (SELF in named and not self.client_sellers):
            # Nobody has verified who this vendor is: the customer's choice is the only bound.
            return granted.sellers
        names = {name for name in named if name != SELF}
        names |= set(self.client_sellers) if SELF in named else set()
        return frozenset[str]().union(
            *(_of("seller", granted.sellers, _seller_keys(name)) for name in sorted(names))
        )


def _by_scope(scope: str, terms: Terms, asked: Request) -> dict[Kind, Rule]:
    """All that was granted of the kinds that a scope names."""
    for kind in asked.rules:
        if kind not in terms.rules:
            raise InvalidScope(f"{kind.plural}:read was not granted")
    rules = {
        kind: replace(terms.rules[kind], gifts=terms.rules[kind].gifts and rule.gifts)
        for kind, rule in asked.rules.items()
    }
    if parse_scope(scope)[1] and not any(rule.gifts for rule in rules.values()):
        raise InvalidScope("gifts:read was not granted")
    return rules


def _by_kind(
    details: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Kind, Mapping[str, Any]]]:
    """Each kind with its detail; a field that none of a detail's kinds has is refused."""
    for detail in details:
        kinds = [_PLURALS[plural] for plural in detail["datatypes"]]
        known = frozenset[str]().union(*map(shareable_fields, kinds))
        unknown = frozenset(detail.get("fields") or ()) - known - _ALWAYS
        if unknown:
            raise InvalidAuthorizationDetails(f"the field {min(unknown)!r} was not granted")
        for kind in kinds:
            yield kind, detail


def _fields(kind: Kind, granted: Rule, detail: Mapping[str, Any]) -> frozenset[str]:
    named = detail.get("fields")
    if named is None:
        return granted.fields
    fields = frozenset(named) & shareable_fields(kind)
    beyond = fields - granted.fields
    if beyond:
        raise InvalidAuthorizationDetails(f"{min(beyond)!r} of {kind.plural} was not granted")
    return fields


def _categories(granted: Rule, named: Sequence[str] | None) -> frozenset[str]:
    if named is None:
        return granted.categories
    return frozenset[str]().union(
        *(_of("category", granted.categories, frozenset({category_key(one)})) for one in named)
    )


def _seller_keys(name: str) -> frozenset[str]:
    """What a name can mean; a key comes back as the token response has written it."""
    if name == ANY or name.startswith(_KEYS):
        return frozenset({name})
    return keys_for(name)


def _of(what: str, granted: frozenset[str], asked: frozenset[str]) -> frozenset[str]:
    """What was granted of one name; `ANY` was granted only by `ANY`."""
    allowed = asked if ANY in granted else asked & granted
    if not allowed:
        raise InvalidAuthorizationDetails(f"a {what} is named that was not granted")
    return allowed


def _from(granted: str | None, asked: str | None) -> str | None:
    if granted and asked and asked < granted:
        raise InvalidAuthorizationDetails("it begins before what was granted")
    return asked or granted


def _to(granted: str | None, asked: str | None) -> str | None:
    if granted and asked and asked > granted:
        raise InvalidAuthorizationDetails("it ends after what was granted")
    return asked or granted


def _gifts(kind: Kind, granted: Rule, *, asked: bool) -> bool:
    if asked and kind.gift_compartment is not None and not granted.gifts:
        raise InvalidAuthorizationDetails(f"gifts among {kind.plural} were not granted")
    return asked and granted.gifts


def _purposes(terms: Terms, asked: Request) -> tuple[str, ...]:
    if not set(asked.purposes) <= set(terms.purposes):
        raise InvalidAuthorizationDetails("a purpose is named that was not granted")
    return tuple(one for one in terms.purposes if one in asked.purposes) or terms.purposes
