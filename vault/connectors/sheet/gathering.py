"""What many rows say of few orders, in memory that does not grow with the file.

The rows of an order stand near each other in every export, so only the newest orders are held
open. One that comes again later, saying what it has said before, adds nothing; saying something
else it is given out once more, and the vault takes the later word.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from vault.connectors.formats.agreement import agreed
from vault.domain.counted import LARGEST, Counted

HELD = 20_000
"""How many orders are open at once."""

Parcel: TypeAlias = tuple[str, str]
"""A tracking number, and its carrier or ""."""


@dataclass(slots=True)
class Gathered:
    """An order: its number, its seller's name, its facts (None where rows differ), its parcels."""

    number: str
    seller: str
    facts: tuple[str | None, ...]
    parcels: set[Parcel] = field(default_factory=set)

    def digest(self) -> int:
        """Return a number that stands for all that is known of it."""
        return hash((self.facts, frozenset(self.parcels))) & LARGEST or 1


class Gathering:
    """The orders of one sheet, by what tells them apart."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Gathered] = OrderedDict()
        self._given = Counted()

    def learn(
        self,
        key: str,
        stated: tuple[str, str],
        facts: tuple[str, ...],
        parcels: tuple[Parcel, ...],
    ) -> None:
        """Take what one row states of its order: its number and seller, its facts ("" is none)."""
        number, seller = stated
        order = self._open.get(key)
        if order is None:
            order = self._open[key] = Gathered(number, seller, facts)
        elif order.facts != facts:
            order.facts = agreed(order.facts, facts)
        order.seller = min(order.seller, seller)
        order.parcels.update(parcels)

    def settled(self, *, end: bool) -> Iterator[tuple[str, Gathered]]:
        """Yield the orders that are not held open any longer; at the `end`, all."""
        while self._open and (end or len(self._open) > HELD):
            key, order = self._open.popitem(last=False)
            digest = order.digest()
            if self._given[key] != digest:
                self._given[key] = digest
                yield key, order
