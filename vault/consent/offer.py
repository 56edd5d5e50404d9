"""What a customer can choose among: the parts of a request, in the order of the page."""

from collections.abc import Iterable
from dataclasses import dataclass

from vault.consent.decision import AS_IT_IS, Choice
from vault.domain.clusters import Part, parts
from vault.domain.compartments import Kind
from vault.domain.facets import category_key
from vault.domain.requested import Request
from vault.domain.rules import ANY
from vault.domain.sellers import keys_for, seller_key

_USUAL_DAYS = (1, 7, 30, 90, 180, 365)


@dataclass(frozen=True)
class Option:
    """One thing to tick: what the form sends, and how the customer knows it.

    `own` marks a seller that the operator has verified the vendor to be.
    """

    value: str
    label: str
    own: bool = False


@dataclass(frozen=True)
class Offer:
    """The parts of a request with the customer's own sellers and categories.

    `any_seller` and `any_category` say that all may be chosen, future ones included; `limited`
    that sellers and dates limit anything at all; `uncategorised` that some kind has no categories,
    so that choosing single ones withholds it.
    """

    kinds: dict[Kind, list[Part]]
    sellers: list[Option]
    categories: list[Option]
    any_seller: bool
    any_category: bool
    limited: bool
    uncategorised: bool

    @classmethod
    def of(
        cls,
        request: Request,
        choice: Choice,
        sellers: Iterable[str],
        categories: Iterable[str],
        own: Iterable[str],
    ) -> "Offer":
        """Make it of what the customer's records have; what was chosen before stays listed."""
        bounds = [rule for kind, rule in request.rules.items() if kind is not Kind.PREFERENCE]
        asked = frozenset[str]().union(*(rule.sellers for rule in bounds))
        topics = frozenset[str]().union(*(rule.categories for rule in bounds))
        verified = frozenset[str]().union(*map(keys_for, own))
        return cls(
            kinds={k: parts(k, request.rules[k].fields) for k in Kind if k in request.rules},
            sellers=_sellers(sellers, asked, choice.sellers, verified),
            categories=_categories(categories, topics, choice.categories),
            any_seller=ANY in asked and not request.picks_sellers,
            any_category=ANY in topics,
            limited=bool(bounds),
            uncategorised=bool(request.kinds - {Kind.PREFERENCE, Kind.PURCHASE}),
        )


def durations(most: int, chosen: int) -> list[int]:
    """Return for how many days a consent may be made to last: never longer than was asked."""
    return sorted({days for days in (*_USUAL_DAYS, most, chosen) if AS_IT_IS < days <= most})


def _sellers(
    names: Iterable[str], asked: frozenset[str], chosen: frozenset[str], verified: frozenset[str]
) -> list[Option]:
    """Return the sellers of the customer's that the request is about, the vendor itself first.

    Those that are named without the customer having anything of them come last.
    """
    fitting = [name for name in names if ANY in asked or asked & keys_for(name)]
    options = [
        Option(seller_key({"name": name}), name, own=bool(verified & keys_for(name)))
        for name in fitting
    ]
    listed = frozenset[str]().union(*map(keys_for, fitting))
    for key in sorted((asked | chosen) - listed - {ANY}):
        text = key.partition(":")[2]
        if text and not keys_for(text) & listed:
            options.append(Option(key, text.title()))
            listed |= keys_for(text) | {key}
    return sorted(options, key=lambda option: not option.own)


def _categories(
    names: Iterable[str], asked: frozenset[str], chosen: frozenset[str]
) -> list[Option]:
    """Return the categories of the customer's that the request is about, then named ones."""
    known = {category_key(name): name for name in names}
    own = [key for key in known if ANY in asked or key in asked]
    further = sorted((asked | chosen) - known.keys() - {ANY})
    return [
        *(Option(key, known[key]) for key in own),
        *(Option(key, key.capitalize()) for key in further),
    ]
