"""What envelops transaction sets: interchanges (ISA, IEA) and functional groups (GS, GE).

Each transaction set comes out whole, or as an error where it is cut off. Counts and numbers in
trailers that disagree with what stands in the file become notices: they say that something may be
missing, and what is there is read all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vault.connectors.base import Notice
from vault.connectors.x12.tokens import Segment
from vault.domain.records import RowError

_NOTHING = Segment("", (), 0)
_TRAILERS = {"IEA": "ISA", "GE": "GS", "SE": "ST"}


@dataclass(slots=True)
class TransactionSet:
    """A transaction set between ST and SE, neither included, with its envelopes' headers."""

    start: Segment
    group: Segment = _NOTHING
    interchange: Segment = _NOTHING
    segments: list[Segment] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The kind of transaction set: ST01."""
        return self.start.at(1)

    @property
    def name(self) -> str:
        """How the set is called in messages: its kind and its control number."""
        return f"{self.code} {self.start.at(2)}".strip()


class Envelopes:
    """Follows the envelopes of one file."""

    def __init__(self) -> None:
        self._open: dict[str, Segment] = {}
        self._counts = {"ISA": 0, "GS": 0}
        self._set: TransactionSet | None = None
        self._last = 1

    def read(self, segments: Iterator[Segment]) -> Iterator[TransactionSet | RowError | Notice]:
        """Yield each transaction set that is whole, and what is wrong with the envelopes."""
        for segment in segments:
            self._last = segment.place
            if segment.id in {"ISA", "GS", "ST"}:
                yield from self._cut_off()
                yield from self._begin(segment)
            elif segment.id == "SE":
                yield from self._end_of_set(segment)
            elif segment.id in {"GE", "IEA"}:
                yield from self._cut_off()
                yield from self._end(segment)
            elif self._set is not None:
                self._set.segments.append(segment)
        yield from self._cut_off()
        yield from self._unended()

    def _begin(self, segment: Segment) -> Iterator[RowError]:
        if segment.id == "ISA":
            yield from self._unended()
            self._open = {}
        elif segment.id == "GS":
            self._counts["ISA"] += 1
        else:
            self._counts["GS"] += 1
            group = self._open.get("GS", _NOTHING)
            self._set = TransactionSet(segment, group, self._open.get("ISA", _NOTHING))
            return
        self._open[segment.id] = segment
        self._counts[segment.id] = 0

    def _end_of_set(self, trailer: Segment) -> Iterator[TransactionSet | Notice]:
        if self._set is None:
            return
        found, self._set = self._set, None
        yield from _disagreements(trailer, found.start, len(found.segments) + 2, "segments")
        yield found

    def _end(self, trailer: Segment) -> Iterator[Notice]:
        header = self._open.pop(_TRAILERS[trailer.id], None)
        if header is None:
            return
        what = "functional groups" if trailer.id == "IEA" else "transaction sets"
        yield from _disagreements(trailer, header, self._counts[header.id], what)
        if trailer.id == "IEA" and self._open.pop("GS", None) is not None:
            yield Notice(f"line {trailer.place}: the functional group before it has no GE")

    def _cut_off(self) -> Iterator[RowError]:
        """Name a transaction set that has no end; it is not read."""
        if self._set is not None:
            found, self._set = self._set, None
            reason = f"the transaction set {found.name} is cut off: it has no SE"
            yield RowError(found.start.place, reason)

    def _unended(self) -> Iterator[RowError]:
        """Name an envelope that has no end: what stood in it after this point is missing."""
        for name, trailer in (("ISA", "IEA"), ("GS", "GE")):
            if name in self._open:
                what = "interchange" if name == "ISA" else "functional group"
                yield RowError(self._last, f"the {what} is cut off: it has no {trailer}")
                return


def _disagreements(trailer: Segment, header: Segment, found: int, what: str) -> Iterator[Notice]:
    number = header.at({"ISA": 13, "GS": 6, "ST": 2}[header.id])
    name = f"line {trailer.place}: {trailer.id}"
    stated = trailer.at(1)
    if stated.isdecimal() and int(stated[:9]) != found:
        yield Notice(f"{name} states {stated} {what}, there are {found}")
    if trailer.at(2) != number:
        yield Notice(f"{name} ends {trailer.at(2)}, but {number} was begun")
