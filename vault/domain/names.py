"""When two names can be the same company's: what a bank calls a payee, and a seller itself."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from vault.domain.numbers import fold

_WORD = re.compile(r"[^\W_]+")
# They say of what form a company is or where, and not which.
_FORM = re.compile(
    "ab|ag|and|as|aps|bv|co|com|company|corp|corporation|de|eu|europe|gmbh|inc|international|kg|"
    "limited|llc|ltd|mbh|nv|of|ohg|oy|oyj|plc|pte|pty|sa|sarl|sas|se|spa|srl|the|und"
)

Parts = frozenset[str]
"""The words of a name that tell which company it is."""


def parts_of(name: str) -> Parts:
    """The telling words of a name; all of them where none tells."""
    words = _WORD.findall(fold(name))
    return frozenset(word for word in words if not _FORM.fullmatch(word)) or frozenset(words)


def similar(one: Parts, other: Parts) -> bool:
    """Whether names with these parts can be the same: one has all parts of the other.

    `AMAZON EU SARL` and `Amazon` can, `Amazon` and `Amazonas Reisen` cannot.
    """
    return bool(one and other) and (one <= other or other <= one)


class Dated(NamedTuple):
    """Something on a day (a number), by its id, of somebody with a name of these parts.

    Only things of one `lot` are compared.
    """

    lot: tuple[object, ...]
    parts: Parts
    day: int
    id: str


class Nearest:
    """Finds, of many dated things, the few next to a day that are by somebody of a similar name."""

    def __init__(self, things: Iterable[Dated]) -> None:
        self._lots: dict[tuple[object, Parts], list[Dated]] = defaultdict(list)
        self._names: dict[tuple[object, str], set[Parts]] = defaultdict(set)
        self._known: dict[tuple[object, Parts], set[Parts]] = {}
        for thing in sorted(things, key=attrgetter("day", "id")):
            self._lots[thing.lot, thing.parts].append(thing)
            for word in thing.parts:
                self._names[thing.lot, word].add(thing.parts)

    def to(self, this: Dated, most: int, possible: Callable[[str], bool]) -> list[str]:
        """The ids of at most so many, the nearest first; those that are not `possible` left out."""
        names = self._similar(this.lot, this.parts)
        near = [one for parts in names for one in self._around(this, parts, 2 * most)]
        near.sort(key=lambda one: (abs(one.day - this.day), one.id))
        return [one.id for one in near if possible(one.id)][:most]

    def _similar(self, lot: object, name: Parts) -> set[Parts]:
        """The names in a lot that are similar to one; asked again for each payment to it."""
        found = self._known.get((lot, name))
        if found is None:
            others = {one for word in name for one in self._names.get((lot, word), ())}
            found = {one for one in others if similar(name, one)}
            self._known[lot, name] = found
        return found

    def _around(self, this: Dated, parts: Parts, most: int) -> Sequence[Dated]:
        """So many on either side of the day: a few more than wanted, in case some cannot be."""
        lot = self._lots[this.lot, parts]
        middle = bisect_left(lot, this.day, key=attrgetter("day"))
        return lot[max(0, middle - most) : middle + most]
