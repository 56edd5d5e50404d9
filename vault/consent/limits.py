"""Between rules and a form: what a request limits, and what a customer has chosen of that."""

from collections.abc import Callable, Iterable, Mapping

from vault.domain.clusters import parts
from vault.domain.compartments import Kind
from vault.domain.requested import Request
from vault.domain.rules import ANY, Rule
from vault.domain.terms import Terms

Limit = Callable[[Rule], frozenset[str]]
Day = Callable[[Rule], str | None]


def sellers_of(rule: Rule) -> frozenset[str]:
    """Return the limit of sellers."""
    return rule.sellers


def categories_of(rule: Rule) -> frozenset[str]:
    """Return the limit of categories."""
    return rule.categories


def limited(rules: Mapping[Kind, Rule]) -> dict[Kind, Rule]:
    """Return the rules that sellers, categories and dates can limit at all."""
    return {kind: rule for kind, rule in rules.items() if kind is not Kind.PREFERENCE}


def releases(kind: Kind, rule: Rule) -> bool:
    """Say whether a rule can release anything: of what cannot, no key is given away."""
    if kind is Kind.PREFERENCE:
        return True
    since, until = rule.from_date or "", rule.to_date or "9999"
    return bool(rule.sellers and rule.categories) and since <= until


def asked(request: Request, limit: Limit) -> frozenset[str]:
    """Return what the request names of one limit, or `ANY`."""
    named = frozenset[str]().union(*map(limit, limited(request.rules).values()))
    return frozenset({ANY}) if ANY in named else named


def asked_day(request: Request, day: Day) -> str:
    """Return a day that all of the request's limits share, else nothing."""
    return _common(map(day, limited(request.rules).values()))


def chosen(request: Request, terms: Terms, limit: Limit) -> frozenset[str]:
    """Return what the customer chose of one limit: it stands wherever it differs from the bound."""
    differing = [
        limit(rule)
        for kind, rule in limited(terms.rules).items()
        if limit(rule) != limit(request.rules[kind])
    ]
    return frozenset[str]().union(*differing) if differing else asked(request, limit)


def chosen_day(
    request: Request, terms: Terms, day: Day, narrowest: Callable[[list[str]], str]
) -> str:
    """Return the day that the customer chose, likewise."""
    found = {kind: day(rule) or "" for kind, rule in limited(terms.rules).items()}
    differing = [one for kind, one in found.items() if one != (day(request.rules[kind]) or "")]
    return narrowest(differing) if differing else _common(found.values())


def qualified(kind: Kind, names: Iterable[str]) -> list[str]:
    """Return fields as a form names them: `purchases.name`."""
    return [f"{kind.plural}.{name}" for name in names]


def names(request: Request) -> list[str]:
    """Return every field that a request asks for, as a form names it."""
    return [name for kind, rule in request.rules.items() for name in qualified(kind, rule.fields)]


def granted(terms: Terms) -> frozenset[str]:
    """Return every field that terms share, likewise."""
    return frozenset(
        name for kind, rule in terms.rules.items() for name in qualified(kind, rule.fields)
    )


def known_clusters(request: Request, words: Iterable[str]) -> frozenset[str]:
    """Return those of some clusters' names that a request is about."""
    known = (
        part.cluster.name
        for kind, rule in request.rules.items()
        for part in parts(kind, rule.fields)
    )
    return frozenset(words) & frozenset(known)


def fields_of(request: Request, clusters: frozenset[str]) -> frozenset[str]:
    """Return the fields that a request asks for of some clusters."""
    return frozenset(
        name
        for kind, rule in request.rules.items()
        for part in parts(kind, rule.fields)
        if part.cluster.name in clusters
        for name in qualified(kind, part.fields)
    )


def _common(days: Iterable[str | None]) -> str:
    """Return a date that all kinds share, else nothing."""
    distinct = set(days)
    return distinct.pop() or "" if len(distinct) == 1 else ""
