"""A gift under another name: which purchases may be one that another source words otherwise.

Sources word one line in two ways, and where nothing else ties them it becomes two purchases. So
whatever was bought in the order of a gift may be that gift, and betray it. Two lines of one
document are two things: that alone proves that a purchase is another. Only what is a gift by the
customer's word or a document's withholds others; what is withheld does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from vault.domain.compartments import Kind
from vault.domain.relations import Relation
from vault.domain.statements import statements_of

KEPT = "withheld"
"""Stands in the data of a purchase that stays withheld although its gift was deleted."""
_DOCUMENT = "d:"
_NUMBER = "o:"
_LINK = "@"
_WITHHELD = "w:"
_OPEN_ENDED = ("sheet",)
"""Connectors whose documents are whatever the customer had: only lines of one file stand together.

Two tables from two places may both be about one order, each in words of its own.
"""
_GROUPS = 200
"""Beyond so many gifts of one order, known from different documents, nothing is told apart."""


class Bought(NamedTuple):
    """A purchase, as far as it matters for whether it may be a gift under another name.

    `relation` is its own; `documents` are those of which it is a line.
    """

    relation: Relation
    documents: frozenset[str]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The tokens of the orders that it states."""
        return numbers_in(self.relation.tokens)


def documents_of(purchase: Mapping[str, Any]) -> frozenset[str]:
    """The documents that have a purchase as one of their lines, each as a token.

    Where a source has no record of the document, it is the file that was read.
    """
    return frozenset(
        f"{_DOCUMENT}{one.connector}|{one.document}"
        + ("" if one.document and one.connector not in _OPEN_ENDED else f"|{one.file_digest}")
        for one in statements_of(Kind.PURCHASE, purchase)
    )


def marks_of(purchase: Mapping[str, Any], *, gift: bool) -> tuple[str, ...]:
    """What the index keeps, beside its relation, of a purchase in the gift twin.

    The documents of a gift; for what only may be one a mark that it is withheld.
    """
    if not gift:
        return ()
    return tuple(sorted(documents_of(purchase))) if purchase.get("isGift") else (_WITHHELD,)


def is_marked_withheld(tokens: Iterable[str]) -> bool:
    """Whether the index says of a purchase that it only may be a gift."""
    return _WITHHELD in tokens


def documents_in(tokens: Iterable[str]) -> frozenset[str]:
    """The tokens of documents among others."""
    return frozenset(token for token in tokens if token.startswith(_DOCUMENT))


def numbers_in(tokens: Iterable[str]) -> tuple[str, ...]:
    """The tokens of orders' numbers among others."""
    return tuple(token for token in tokens if token.startswith(_NUMBER))


def links_in(tokens: Iterable[str]) -> tuple[str, ...]:
    """The tokens of links to orders and invoices among others."""
    return tuple(token for token in tokens if token.startswith(_LINK))


def is_open(purchase: Mapping[str, Any]) -> bool:
    """Whether nothing has been said of a purchase that decides whether it is a gift.

    One that was added by hand is what the customer says that it is.
    """
    said = purchase.get("isGift") or "isGift" in purchase.get("edits", ())
    return "source" in purchase and not said


class Aliases:
    """Gifts by the orders in which they were bought: answers what else there may be one of them."""

    def __init__(self, same: Mapping[str, str]) -> None:
        """`same` are the seller keys that the customer has joined, as in `GiftNames`."""
        self._same = same
        self._gifts: dict[str, set[tuple[frozenset[str], frozenset[str]]]] = {}
        self._unnumbered: dict[str, list[Bought]] = {}
        self._listed: dict[str, Relation] = {}

    def __bool__(self) -> bool:
        return bool(self._gifts or self._unnumbered)

    def add(self, gift: Bought) -> None:
        """Count a gift. One that states no order is of those that its invoices name.

        Of these it is a line itself: what another source has as a line of one may be it.
        """
        numbers = gift.numbers
        if numbers:
            self._add(numbers, gift.relation.sellers, gift.documents)
            return
        for link in links_in(gift.relation.tokens):
            self._unnumbered.setdefault(link, []).append(gift)
            self._add((link,), gift.relation.sellers, gift.documents)

    def _add(
        self, numbers: Iterable[str], sellers: Iterable[str], documents: frozenset[str]
    ) -> None:
        joined = self._joined(sellers)
        for number in numbers:
            self._gifts.setdefault(number, set()).add((joined, documents))

    def is_on(self, link: str) -> bool:
        """Whether a gift that states no order is a line of an invoice."""
        return link in self._unnumbered

    def number(self, link: str, invoice: Relation) -> None:
        """Learn which orders an invoice names, for gifts on it that state none."""
        for gift in self._unnumbered.get(link, ()):
            sellers = {*gift.relation.sellers, *invoice.sellers}
            self._add(numbers_in(invoice.tokens), sellers, gift.documents)

    def list(self, link: str, invoice: Relation) -> None:
        """Learn that an invoice names a gift's order, for lines of it that state none."""
        if not self._gifts.keys().isdisjoint(invoice.tokens):
            self._listed[link] = invoice

    @property
    def concern_unnumbered(self) -> bool:
        """Whether a purchase that states no order may be one of the gifts, by its invoice."""
        return bool(self._listed or self._unnumbered)

    def touch(self, tokens: Iterable[str]) -> None:
        """Concern whatever has one of these tokens."""
        for token in tokens:
            self._gifts.setdefault(token, set())

    def concern(self, tokens: Sequence[str]) -> bool:
        """Whether a purchase with these tokens may be one of the gifts, documents aside."""
        apart = self._gifts.keys().isdisjoint(tokens) and self._listed.keys().isdisjoint(tokens)
        return not apart

    def may_be(self, one: Bought) -> bool:
        """Whether a purchase may be one of these gifts under another name."""
        numbers, (tokens, sellers) = one.numbers, one.relation
        if numbers:
            return self._is_near(numbers, sellers, one.documents)
        if self._is_near(links_in(tokens), sellers, one.documents):
            return True
        return any(
            self._is_near(listed.tokens, (*sellers, *listed.sellers), one.documents)
            for token in tokens
            if (listed := self._listed.get(token))
        )

    def _is_near(
        self, numbers: Iterable[str], sellers: Iterable[str], documents: frozenset[str]
    ) -> bool:
        mine = self._joined(sellers)
        for number in numbers:
            gifts = self._gifts.get(number, ())
            if len(gifts) > _GROUPS:
                return True
            for theirs, known in gifts:
                alike = not mine or not theirs or not mine.isdisjoint(theirs)
                if alike and documents.isdisjoint(known):
                    return True
        return False

    def _joined(self, sellers: Iterable[str]) -> frozenset[str]:
        return frozenset(self._same.get(key, key) for key in sellers)
