"""What hangs together in a vault: records that claim one number, and purchases with documents.

Whoever takes a statement in, or out, must look at all that it may tie together or tear apart. Some
100 bytes of each record are held, for a vault may have a million.
"""

from array import array
from collections.abc import Iterable, Iterator

from vault.domain.compartments import Kind
from vault.domain.counted import Counted
from vault.domain.relations import NAMING_KINDS, link_to
from vault.services.importing.surveying import places_of
from vault.services.snapshots import Snapshot
from vault.storage.index_lines import ManifestLine

_ID_BYTES = 16


class Neighbourhood:
    """The vault's index, to be walked from record to record; records have numbers, from 1 on."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._ids = bytearray()
        self._naming = bytearray()
        self._batches: dict[str, int] = {}
        self._brought = array("I")
        self._places = _Crossings()
        self._links = _Crossings()
        self._by_key = Counted()
        for number, kind, line in self._lines():
            self._take(number, kind, line)

    def _lines(self) -> Iterator[tuple[int, Kind, ManifestLine]]:
        for number, (kind, line) in enumerate(self._snapshot.index(), 1):
            yield number, kind, line

    def _take(self, number: int, kind: Kind, line: ManifestLine) -> None:
        self._ids += bytes.fromhex(line.record_id)
        self._naming.append(kind in NAMING_KINDS)
        self._brought.append(self._batches.setdefault(line.imported, len(self._batches)))
        self._places.add(places_of(kind, line))
        links = (token for token in line.tokens if token.startswith("@"))
        self._links.add(map(hash, links if kind is Kind.PURCHASE else ()))
        for key in line.keys:
            self._by_key[hash(key)] = number

    def brought_by(self, batch: str) -> list[int]:
        """The records of which an import states something."""
        wanted = {one for named, one in self._batches.items() if batch in named.split(",")}
        return [number for number, one in enumerate(self._brought, 1) if one in wanted]

    def between(self, one: frozenset[str], other: frozenset[str]) -> list[int]:
        """The records that tell two sellers apart or make them one: those with a number of both.

        Sellers are given by their keys. Licenses have no numbers in the index: they all count.
        """
        told: dict[str, set[int]] = {}
        for _, _, line in self._lines():
            for side, keys in enumerate((one, other)):
                if not keys.isdisjoint(line.sellers):
                    for token in line.tokens:
                        told.setdefault(token, set()).add(side)
        met = {token for token, found in told.items() if len(found) > 1}
        both = one | other
        return [
            number
            for number, kind, line in self._lines()
            if not both.isdisjoint(line.sellers)
            and (
                not (one.isdisjoint(line.sellers) or other.isdisjoint(line.sellers))
                or kind is Kind.LICENSE
                or not met.isdisjoint(line.tokens)
            )
        ]

    def reach(
        self, places: set[int], keys: Iterable[int], starts: Iterable[int] = ()
    ) -> set[bytes]:
        """The ids of all records that hang together with these; their places join `places`."""
        waiting = [*starts, *(number for key in keys if (number := self._by_key[key]))]
        for place in places:
            waiting += self._places.at(place)
        found: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            for place in self._places.of(number):
                if place not in places:
                    places.add(place)
                    waiting += self._places.at(place)
            if self._naming[number - 1]:
                waiting += self._links.at(hash(link_to(self._id(number).hex())))
        return set(map(self._id, found))

    def _id(self, number: int) -> bytes:
        return bytes(self._ids[(number - 1) * _ID_BYTES : number * _ID_BYTES])


class _Crossings:
    """Which records meet at which places: both ways, in little memory. Places are hashes."""

    def __init__(self) -> None:
        self._ends = array("I", (0,))
        self._place = array("q")
        self._record = array("I")
        self._before = array("I")
        self._latest = Counted()

    def add(self, places: Iterable[int]) -> None:
        """Note where the next record stands."""
        for place in places:
            self._place.append(place)
            self._record.append(len(self._ends))
            self._before.append(self._latest.swap(place, len(self._record)))
        self._ends.append(len(self._place))

    def of(self, number: int) -> "array[int]":
        """Where a record stands."""
        return self._place[self._ends[number - 1] : self._ends[number]]

    def at(self, place: int) -> Iterator[int]:
        """The records that stand at a place."""
        crossing = self._latest[place]
        while crossing:
            yield self._record[crossing - 1]
            crossing = self._before[crossing - 1]
