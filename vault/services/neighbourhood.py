"""What hangs together in a vault: records that claim one number, and purchases with documents.

Whoever takes a statement in, or out, must look at all that it may tie together or tear apart.
"""

from collections.abc import Iterable

from vault.domain.compartments import Kind
from vault.domain.relations import NAMING_KINDS, link_to
from vault.services.snapshots import Snapshot
from vault.services.surveying import places_of
from vault.storage.index_lines import ManifestLine


class Neighbourhood:
    """The vault's index, to be walked from record to record."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._lines: list[tuple[Kind, ManifestLine]] = list(snapshot.index())
        self._at: dict[int, list[int]] = {}
        self._linked: dict[str, list[int]] = {}
        self._by_key: dict[int, int] = {}
        for number, (kind, line) in enumerate(self._lines):
            for place in places_of(kind, line):
                self._at.setdefault(place, []).append(number)
            for key in line.keys:
                self._by_key[hash(key)] = number
            if kind is Kind.PURCHASE:
                for token in line.tokens:
                    if token.startswith("@"):
                        self._linked.setdefault(token, []).append(number)

    def brought_by(self, batch: str) -> list[int]:
        """The records of which an import states something."""
        return [
            number
            for number, (_, line) in enumerate(self._lines)
            if batch in line.imported.split(",")
        ]

    def between(self, one: frozenset[str], other: frozenset[str]) -> list[int]:
        """The records that tell two sellers apart or make them one: those with a number of both.

        Sellers are given by their keys. Licenses have no numbers in the index: they all count.
        """

        def sides(line: ManifestLine) -> set[int]:
            return {
                side for side, keys in enumerate((one, other)) if not keys.isdisjoint(line.sellers)
            }

        named = {
            number: found for number, (_, line) in enumerate(self._lines) if (found := sides(line))
        }
        told: dict[str, set[int]] = {}
        for number, found in named.items():
            for token in self._lines[number][1].tokens:
                told.setdefault(token, set()).update(found)
        met = {token for token, found in told.items() if len(found) > 1}
        return [
            number
            for number, found in named.items()
            if len(found) > 1
            or self._lines[number][0] is Kind.LICENSE
            or not met.isdisjoint(self._lines[number][1].tokens)
        ]

    def reach(
        self, places: set[int], keys: Iterable[int], starts: Iterable[int] = ()
    ) -> set[bytes]:
        """The ids of all records that hang together with these; their places join `places`."""
        waiting = [*starts, *(self._by_key[key] for key in keys if key in self._by_key)]
        waiting += [number for place in places for number in self._at.get(place, ())]
        found: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            kind, line = self._lines[number]
            for place in places_of(kind, line):
                if place not in places:
                    places.add(place)
                    waiting += self._at[place]
            if kind in NAMING_KINDS:
                waiting += self._linked.get(link_to(line.record_id), ())
        return {bytes.fromhex(self._lines[number][1].record_id) for number in found}
