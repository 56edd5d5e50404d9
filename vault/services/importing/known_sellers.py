"""The sellers that a vault's index names, and which of them may be one under two names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from vault.domain.sellers import joined, seller_key, stem
from vault.errors import NotFound
from vault.services.snapshots import RECORD_COMPARTMENTS, Snapshot
from vault.storage import segments

QUESTIONS = 20
"""How many questions are put at once."""
_LEAST = 4
"""A number of fewer characters tells nothing: many shops count from one."""
_CLAIMANTS = 4
"""A number that more sellers than this use is no sign either."""
_NUMBERS = 3
_LOOKED_AT = 10_000
_NUMBERED = ("o:", "i:")


@dataclass(frozen=True, slots=True)
class KnownSeller:
    """A seller by its name and identifiers, as records give them, with how many name it."""

    name: str
    keys: frozenset[str]
    records: int

    @property
    def key(self) -> str:
        """The key by which a form names it: its name's, before any identifier."""
        return max(self.keys)

    def to_json(self) -> dict[str, Any]:
        """Its part in an answer, as it is kept."""
        return {"name": self.name, "keys": sorted(self.keys)}


@dataclass(frozen=True, slots=True)
class Question:
    """Two sellers that may be one: they share `shared` numbers, or their names are alike.

    `numbers` are some of these.
    """

    one: KnownSeller
    other: KnownSeller
    shared: int = 0
    numbers: tuple[str, ...] = ()


class KnownSellers:
    """Read from the index alone: no record is opened for it.

    A record that names two, say a market place and who sold there, tells them apart for good.
    """

    def __init__(self, now: Snapshot) -> None:
        self._same = now.same_sellers()
        lines = [(frozenset(one.sellers), one.tokens) for one in now.manifest(*RECORD_COMPARTMENTS)]
        self._stands = joined({keys for keys, _ in lines if _names(keys) <= 1})
        self._numbers: dict[str, set[str]] = {}
        self._beside: set[frozenset[str]] = set()
        counted: dict[str, int] = {}
        for keys, tokens in lines:
            mine = {self._stands.get(key, key) for key in keys}
            for one in mine:
                counted[one] = counted.get(one, 0) + 1
            self._beside |= {frozenset(pair) for pair in combinations(sorted(mine), 2)}
            for token in tokens:
                if token.startswith(_NUMBERED) and len(token) >= len("o:") + _LEAST:
                    self._numbers.setdefault(token, set()).update(mine)
        self._sellers = dict(self._named(counted, set().union(*(keys for keys, _ in lines)), now))

    def _named(
        self, counted: Mapping[str, int], keys: Iterable[str], now: Snapshot
    ) -> Iterator[tuple[str, KnownSeller]]:
        its: dict[str, set[str]] = {}
        for key in keys:
            its.setdefault(self._stands.get(key, key), set()).add(key)
        written = _written(now)
        for stand, own in its.items():
            key = max(own)
            name = written.get(key) or key.partition(":")[2]
            yield stand, KnownSeller(name, frozenset(own), counted[stand])

    def find(self, key: str) -> KnownSeller:
        """The seller that has a key; NotFound where no record names it."""
        found = self._sellers.get(self._stands.get(key, key))
        if found is None:
            raise NotFound("No record names this seller any more.")
        return found

    def group_of(self, keys: Iterable[str]) -> str:
        """What stands for a seller and all that the customer has joined with it."""
        own = sorted(keys)
        return next((self._same[key] for key in own if key in self._same), min(own))

    def questions(self, answers: Iterable[Mapping[str, Any]]) -> list[Question]:
        """Pairs that may be one, less those that were answered, the surest first."""
        known = {
            frozenset(self.group_of(seller["keys"]) for seller in one["sellers"]) for one in answers
        }
        best: dict[frozenset[str], Question] = {}
        for question in self._pairs():
            pair = frozenset(self.group_of(one.keys) for one in (question.one, question.other))
            if len(pair) > 1 and pair not in known:
                best.setdefault(pair, question)
                best[pair] = min(best[pair], question, key=_surest)
        return sorted(best.values(), key=_surest)[:QUESTIONS]

    def _pairs(self) -> Iterator[Question]:
        shared: dict[tuple[str, str], list[str]] = {}
        for token, stands in self._numbers.items():
            if len(stands) <= _CLAIMANTS:
                for pair in combinations(sorted(stands), 2):
                    shared.setdefault(pair, []).append(token[len("o:") :])
        for pair in self._alike():
            shared.setdefault(pair, [])
        for (one, other), numbers in shared.items():
            if frozenset((one, other)) not in self._beside:
                sellers = self._sellers[one], self._sellers[other]
                yield _question(sellers, numbers)

    def _alike(self) -> Iterator[tuple[str, str]]:
        stems: dict[str, set[str]] = {}
        for stand, seller in self._sellers.items():
            for key in seller.keys:
                if stem(key):
                    stems.setdefault(stem(key), set()).add(stand)
        for stands in stems.values():
            if len(stands) <= _CLAIMANTS:
                yield from combinations(sorted(stands), 2)


def may_be_asked(now: Snapshot) -> bool:
    """Whether there is a question, as far as that can be told at once.

    In a large vault it is too long to look at every number for a mere hint: it may be.
    """
    heads = [
        head
        for compartment in RECORD_COMPARTMENTS
        for head in segments.heads(now.conn, now.ring, compartment, now.horizon)
    ]
    named = {seller_key({"name": name}) for head in heads for name in head.summary["sellers"]}
    if len(named) <= 1:
        return False
    if sum(head.count for head in heads) > _LOOKED_AT:
        return True
    return bool(KnownSellers(now).questions([stated for _, stated in now.seller_answers()]))


def _question(sellers: Sequence[KnownSeller], numbers: Iterable[str]) -> Question:
    one, other = sorted(sellers, key=lambda seller: (-seller.records, seller.name))
    distinct = sorted(set(numbers))
    return Question(one, other, len(distinct), tuple(distinct[:_NUMBERS]))


def _surest(question: Question) -> tuple[int, int, str, str]:
    records = question.one.records + question.other.records
    return -question.shared, -records, question.one.name, question.other.name


def _names(keys: frozenset[str]) -> int:
    return sum(key.startswith("name:") for key in keys)


def _written(now: Snapshot) -> dict[str, str]:
    """How a seller's name is written, by its key: as most records write it."""
    counted: dict[str, int] = {}
    for compartment in RECORD_COMPARTMENTS:
        for head in segments.heads(now.conn, now.ring, compartment, now.horizon):
            for name, count in head.summary["sellers"].items():
                counted[name] = counted.get(name, 0) + count
    ordered = sorted(counted, key=lambda name: (counted[name], name))
    return {seller_key({"name": name}): name for name in ordered}
