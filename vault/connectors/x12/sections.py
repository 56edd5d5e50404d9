"""The parts of a transaction set: its header, its items, its summary."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vault.connectors.x12.elements import day
from vault.connectors.x12.envelopes import TransactionSet
from vault.connectors.x12.tokens import Segment

_SUMMARY = frozenset({"TDS", "CTT"})
_GROUP_DATE, _INTERCHANGE_DATE = 4, 9


@dataclass(slots=True)
class Sections:
    """The segments before the first item, those of each item, and those after the last."""

    segments: Sequence[Segment]
    begins_item: str
    header: list[Segment] = field(default_factory=list)
    items: list[list[Segment]] = field(default_factory=list)
    summary: list[Segment] = field(default_factory=list)

    def __post_init__(self) -> None:
        for segment in self.segments:
            if segment.id in _SUMMARY or self.summary:
                self.summary.append(segment)
            elif segment.id == self.begins_item:
                self.items.append([segment])
            elif self.items:
                self.items[-1].append(segment)
            else:
                self.header.append(segment)

    @property
    def counts(self) -> Segment | None:
        """The control totals: CTT."""
        return next((segment for segment in self.summary if segment.id == "CTT"), None)


def first(whole: TransactionSet, name: str) -> Segment:
    """Return the segment with which such a set begins; ValueError where it is missing."""
    for segment in whole.segments:
        if segment.id == name:
            return segment
    raise ValueError(f"has no {name}")


def written(whole: TransactionSet) -> str:
    """Return the day on which a set was sent, by its group or its interchange; "" if unknown."""
    for segment, position in (
        (whole.group, _GROUP_DATE),
        (whole.interchange, _INTERCHANGE_DATE),
    ):
        try:
            sent = day(segment, position)
        except ValueError:
            continue
        if sent:
            return sent
    return ""
