"""What may happen to a consent, its codes and its tokens: the model that the server is held to.

Written from the issue, from interfaces.md and from RFC 6749, 7009, 7662, 9126 and 9700, and not
from the code. It knows no database and no keys: who holds what, until when, and what that shows.
All times are the vault's clock in seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUEST_SECONDS = 590
SHOWN_SECONDS = 3_600
CODE_SECONDS = 60
ACCESS_SECONDS = 600
RETRY_SECONDS = 60
FIELDS = {
    "purchases": ("name", "price"),
    "licenses": ("name", "publisher"),
    "preferences": ("subject", "value"),
}
"""The kinds and fields that the machine plays with."""
HAVE_GIFTS = frozenset({"purchases", "licenses"})

Fields = Mapping[str, frozenset[str]]
"""For each kind the fields that may be seen; a kind that is missing may not be seen at all."""


@dataclass(frozen=True)
class Terms:
    """What a request asks for, a consent grants or a token carries."""

    fields: Fields
    gifts: bool

    def narrowed(self, other: "Terms") -> "Terms":
        """What both allow."""
        shared = {kind: names & other.fields.get(kind, frozenset()) for kind, names in self}
        kept = {kind: names for kind, names in shared.items() if names}
        return Terms(kept, self.gifts and other.gifts and not HAVE_GIFTS.isdisjoint(kept))

    def of(self, kinds: frozenset[str], *, gifts: bool) -> "Terms | None":
        """What a token for some kinds carries; None where that goes beyond these terms."""
        wanted = gifts and not HAVE_GIFTS.isdisjoint(kinds)
        if not kinds <= self.fields.keys() or (gifts and not (wanted and self.gifts)):
            return None
        return Terms({kind: self.fields[kind] for kind in kinds}, wanted)

    def __iter__(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Kind by kind, with its fields."""
        return iter(self.fields.items())

    @property
    def scope(self) -> frozenset[str]:
        """The words of the scope (RFC 6749 section 3.3)."""
        return frozenset({f"{kind}:read" for kind in self.fields}) | (
            {"gifts:read"} if self.gifts else set()
        )


@dataclass(eq=False)
class Record:
    """One thing in a customer's vault."""

    kind: str
    data: dict[str, Any]
    record_id: bytes
    gift: bool = False


@dataclass(eq=False)
class Asked:
    """A pushed request (RFC 9126): a customer's own from its first display on, decided once."""

    vendor: int
    terms: Terms
    url: str
    verifier: str
    until: int
    customer: int | None = None
    decided: bool = False

    def shows(self, customer: int, now: int) -> bool:
        """Whether a customer's browser is shown it."""
        return not self.decided and now < self.until and self.customer in (None, customer)

    def display(self, customer: int, now: int) -> None:
        """Its first display gives it an hour, to that customer alone."""
        if self.customer is None:
            self.customer, self.until = customer, now + SHOWN_SECONDS


@dataclass(eq=False)
class Consent:
    """All that one vendor may do at one customer's, amended by each further authorization."""

    vendor: int
    customer: int
    until: int
    ended: bool = False
    in_force: "Authorization | None" = None
    waiting: "Authorization | None" = None
    grant_id: str | None = None

    def stands(self, now: int) -> bool:
        """Whether a further authorization amends it."""
        return not self.ended and now < self.until


@dataclass(eq=False)
class Authorization:
    """One decision of the customer: terms until a time, and the code that stands for it."""

    consent: Consent
    terms: Terms
    until: int
    code: str
    verifier: str
    code_until: int
    once: bool = False
    used: bool = False
    finished: bool = False

    def holds(self, now: int) -> bool:
        """Whether it is in force."""
        consent = self.consent
        in_force = not consent.ended and consent.in_force is self
        return in_force and now < self.until and not self.finished

    def redeemable(self, now: int) -> bool:
        """Whether its code still brings tokens: once, within a minute, and as the last word."""
        fresh = not self.used and now < min(self.code_until, self.until)
        return fresh and not self.consent.ended and self.consent.waiting is self

    def take_up(self) -> None:
        """Its code is redeemed: what the vendor held before has ended."""
        self.used = True
        self.consent.in_force, self.consent.waiting = self, None
        self.consent.until = self.until

    def finish(self, now: int) -> None:
        """It was for once, and all was read: it ends, and the consent unless it is amended."""
        self.finished = True
        waiting = self.consent.waiting
        self.consent.ended = waiting is None or not waiting.redeemable(now)

    def reused(self) -> None:
        """Something single-use of it came a second time: that ends all that came of it."""
        if self.consent.in_force is self:
            self.consent.ended = True


@dataclass(eq=False)
class Refresh:
    """A refresh token; one of `basic` has a successor once it was used."""

    text: str
    of: Authorization
    successor: "Refresh | None" = None
    issued_with: "Access | None" = None
    retry_until: int = 0
    follows: "Refresh | None" = None

    def live(self, now: int) -> bool:
        """Whether it is the one to use."""
        return self.successor is None and self.of.holds(now)

    def retriable(self, now: int) -> bool:
        """Whether another use of it counts as the retry of a lost answer."""
        return self.successor is not None and now < self.retry_until and self.of.holds(now)

    def settle(self) -> None:
        """It is used for the first time: the token before it is not retried any more."""
        if self.follows is not None:
            self.follows.retry_until = 0
            self.follows = None


@dataclass(eq=False)
class Access:
    """An access token."""

    text: str
    of: Authorization
    terms: Terms
    until: int
    ended: bool = False
    follows: Refresh | None = None
    read: set[str] = field(default_factory=set)

    def live(self, now: int) -> bool:
        """Whether it opens anything."""
        return not self.ended and now < self.until and self.of.holds(now)

    def use(self, kind: str, now: int) -> None:
        """It has read all of a kind."""
        if self.follows is not None:
            self.follows.retry_until = 0
            self.follows = None
        self.read.add(kind)
        if self.of.once and self.read >= self.terms.fields.keys():
            self.of.finish(now)


@dataclass
class Model:
    """Everything that was ever asked, given and issued."""

    records: dict[int, list[Record]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    authorizations: list[Authorization] = field(default_factory=list)
    refresh: list[Refresh] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)

    def standing(self, vendor: int, customer: int, now: int) -> Consent | None:
        """The one consent that a vendor has at a customer's."""
        found = (
            one
            for one in self.consents
            if (one.vendor, one.customer) == (vendor, customer) and one.stands(now)
        )
        return next(found, None)

    def allow(self, asked: Asked, terms: Terms, code: str, now: int, until: int) -> Authorization:
        """The customer allows a request: an authorization that waits for its code's exchange."""
        assert asked.customer is not None
        asked.decided = True
        consent = self.standing(asked.vendor, asked.customer, now)
        if consent is None:
            consent = Consent(asked.vendor, asked.customer, until)
            self.consents.append(consent)
        expiry = now + CODE_SECONDS
        waiting = Authorization(consent, terms, until, code, asked.verifier, expiry)
        consent.waiting = waiting
        self.authorizations.append(waiting)
        return waiting

    def shown(self, access: Access, kind: str) -> list[dict[str, Any]]:
        """What a live token shows of a kind: its fields, and gifts only where it carries them."""
        names = access.terms.fields[kind]
        return [
            {name: value for name, value in record.data.items() if name in names}
            | ({"isGift": True} if record.gift else {})
            for record in self.records[access.of.consent.customer]
            if record.kind == kind and (access.terms.gifts or not record.gift)
        ]

    def edges(self) -> Iterator[int]:
        """Every moment at which something ends by itself."""
        for asked in self.asked:
            yield asked.until
        for one in self.authorizations:
            yield from (one.until, one.code_until)
        for token in self.refresh:
            yield token.retry_until
        for each in self.access:
            yield each.until
