"""Transaction set 856: a ship notice, which speaks of one or several orders.

It is a tree of levels (HL): shipment, order, tare, pack, item, in this or another order, or without
some of them. Each level has what the levels above it state. A level whose parent is not stated, or
is none that came before, stands under the nearest one before it of a higher rank.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from vault.connectors.documents.model import Delivery, Line, Order
from vault.connectors.documents.orders import order_records
from vault.connectors.x12 import codes, controls, items, parties
from vault.connectors.x12.elements import dates, day, decimal, named, references
from vault.connectors.x12.envelopes import TransactionSet
from vault.connectors.x12.sections import first, written
from vault.connectors.x12.tokens import Segment
from vault.domain.records import ParsedRecord

_RANKS = {"S": 0, "O": 1, "T": 2, "P": 3, "I": 4}
_TRACKED_BY_REF = ("2I", "CN")
_TRACKED_BY_MARK = "CP"
_PRECISION = 60


@dataclass(slots=True)
class _Level:
    """A level of the tree: its own segments, and what it has from those above it."""

    kind: str
    segments: list[Segment] = field(default_factory=list)
    shipment: int = 0
    order: str = ""
    ordered: str = ""
    carrier: str = ""
    expected: str = ""
    delivered: str = ""
    line: Line | None = None


@dataclass(slots=True)
class _Shipped:
    """What the notice says of one order."""

    ordered: str
    shipments: set[int] = field(default_factory=set)
    lines: dict[tuple[str, ...], Line] = field(default_factory=dict)
    parcels: list[Delivery] = field(default_factory=list)


def records(whole: TransactionSet) -> Iterator[ParsedRecord]:
    """Yield each order's part of the notice; ValueError where it cannot be read."""
    begin = first(whole, "BSN")
    if begin.at(1) in codes.WITHDRAWN:
        raise ValueError(f"the ship notice {begin.at(2)} is withdrawn (BSN01 is {begin.at(1)})")
    notice = _Notice(whole.segments)
    if not notice.orders:
        raise ValueError("names no order")
    seller = parties.seller(parties.parties(whole.segments), whole)
    found = list(notice.mismatches())
    for number, shipped in notice.orders.items():
        order = Order(
            number=number,
            document="despatch",
            document_number=begin.at(2),
            date=shipped.ordered,
            seller=seller,
            status="shipped",
            deliveries=notice.deliveries(shipped),
            lines=list(shipped.lines.values()),
            as_of=day(begin, 3) or written(whole),
            place=whole.start.place,
        )
        order_record, *purchases = order_records(order)
        yield controls.name(order_record, iter(found))
        yield from purchases


class _Notice:
    """The tree of a ship notice, read from front to back."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.orders: dict[str, _Shipped] = {}
        self.quantities: list[str] = []
        self._segments = segments
        self._levels: dict[str, _Level] = {}
        self._last: dict[int, _Level] = {}
        self._parcels: dict[int, list[Delivery]] = {}
        self._shipment = 0
        self._whole = _Level("")
        for level in self._tree():
            self._read(level)

    def _tree(self) -> Iterator[_Level]:
        """Yield each level when its own segments are complete; the first is the whole notice."""
        level = self._whole
        for segment in self._segments:
            if segment.id == "CTT":
                break
            if segment.id == "HL":
                yield level
                level = self._begin(segment)
            else:
                level.segments.append(segment)
        yield level

    def _begin(self, head: Segment) -> _Level:
        kind = head.at(3)
        rank = _RANKS.get(kind, len(_RANKS))
        if rank == 0:
            self._shipment += 1
        above = self._levels.get(head.at(2)) or self._nearest(rank)
        if rank == 0:
            above = self._whole
        level = replace(above, kind=kind, segments=[])
        if rank == 0:
            level.shipment = self._shipment
        self._levels[head.at(1)] = self._last[rank] = level
        for lower in [other for other in self._last if other > rank]:
            del self._last[lower]
        return level

    def _nearest(self, rank: int) -> _Level:
        higher = (self._last[at] for at in range(rank - 1, -1, -1) if at in self._last)
        return next(higher, self._whole)

    def _read(self, level: _Level) -> None:
        own = level.segments
        self._order(level)
        level.carrier = _carrier(own) or level.carrier
        level.expected = next(iter(dates(own, "017", "067")), level.expected)
        level.delivered = next(iter(dates(own, "035")), level.delivered)
        if any(segment.id == "LIN" for segment in own):
            self._add_line(level)
        elif level.line is not None:
            _add_serials(level.line, items.serial_numbers(own))
        parcels = [
            Delivery(number, "", level.carrier, level.expected, level.delivered)
            for number in _tracking_numbers(own)
        ]
        if level.order:
            self._shipped(level).parcels += parcels
        else:
            self._parcels.setdefault(level.shipment, []).extend(parcels)
        if level.kind == "S" and not parcels and (level.expected or level.delivered):
            untracked = Delivery("", "", level.carrier, level.expected, level.delivered)
            self._parcels.setdefault(level.shipment, []).append(untracked)

    def _order(self, level: _Level) -> None:
        """Find which order a level is of: PRF, the pair PO, REF PO, what is above, the pair ON."""
        reference = next(named(level.segments, "PRF"), None)
        pairs = items.identifiers(named(level.segments, "LIN"))
        own = reference.at(1) if reference else ""
        stated = own or pairs.get("PO") or next(iter(references(level.segments, "PO")), "")
        if stated and stated != level.order:
            level.order, level.ordered = stated, ""
        level.order = level.order or pairs.get("ON", "")
        if reference is not None:
            level.ordered = day(reference, 4) or level.ordered
        if level.order:
            self._shipped(level)

    def _shipped(self, level: _Level) -> _Shipped:
        shipped = self.orders.setdefault(level.order, _Shipped(level.ordered))
        shipped.ordered = shipped.ordered or level.ordered
        shipped.shipments.add(level.shipment)
        return shipped

    def _add_line(self, level: _Level) -> None:
        """Add an item; one that is packed in several parts is one line with all that is shipped.

        Its quantity is what was ordered, where the notice repeats that, else what is shipped.
        """
        if not level.order:
            raise ValueError("names no order for an item")
        line = level.line = _line(level.segments)
        self.quantities.append(line.quantity)
        if line.status == "shipped" and line.quantity and not line.quantity.strip("0."):
            return
        ordered = _ordered(level.segments)
        line.quantity = ordered or line.quantity
        lines = self._shipped(level).lines
        known = level.line = lines.setdefault(_sameness(line, level.segments), line)
        if known is not line:
            known.quantity = ordered or _together(known.quantity, line.quantity)
            _add_serials(known, line.serial_numbers)

    def deliveries(self, shipped: _Shipped) -> list[Delivery]:
        """Return the parcels of an order: its own, and those of the shipments that it is in."""
        of_shipments = [
            parcel for at in sorted(shipped.shipments) for parcel in self._parcels.get(at, [])
        ]
        found = {(one.tracking_number, one.carrier): one for one in of_shipments + shipped.parcels}
        tracked = [one for one in found.values() if one.tracking_number]
        return tracked or list(found.values())

    def mismatches(self) -> Iterator[dict[str, str]]:
        """Compare CTT with the levels, or the items, and with all that is shipped."""
        trailer = next(named(self._segments, "CTT"), None)
        levels = sum(1 for _ in named(self._segments, "HL"))
        lines = sum(1 for _ in named(self._segments, "LIN"))
        yield from controls.of_counts(trailer, [levels, lines], self.quantities)


def _line(segments: Sequence[Segment]) -> Line:
    head = next(named(segments, "LIN"))
    shipped = next(named(segments, "SN1"), Segment("SN1", (), head.place))
    line = Line(
        position=head.at(1) or shipped.at(1),
        quantity=decimal(shipped, 2),
        unit_code=shipped.at(3),
        status=codes.LINE_STATES.get(shipped.at(8), "shipped"),
        place=head.place,
    )
    items.describe(line, segments)
    return line


def _ordered(segments: Sequence[Segment]) -> str:
    """Return how much of an item was ordered, where the notice repeats it in the same unit."""
    for segment in named(segments, "SN1"):
        if segment.at(6) in ("", segment.at(3)):
            return decimal(segment, 5)
    return ""


def _sameness(line: Line, segments: Sequence[Segment]) -> tuple[str, ...]:
    """Return what two parts of one item have in common; nothing, where nothing names the item."""
    pairs = items.identifiers(named(segments, "LIN")).items()
    named_by = sorted(f"{qualifier}={value}" for qualifier, value in pairs if qualifier != "SN")
    return (line.unit_code, line.status, *(named_by or [str(id(line))]))


def _together(one: str, other: str) -> str:
    if not one or not other:
        return ""
    with localcontext(prec=_PRECISION):
        return format(Decimal(one) + Decimal(other), "f")


def _add_serials(line: Line, more: Sequence[str]) -> None:
    line.serial_numbers = list(dict.fromkeys([*line.serial_numbers, *more]))


def _carrier(segments: Sequence[Segment]) -> str:
    """Return the carrier: its routing in words, else its code."""
    stated = (segment.at(5) or segment.at(3) for segment in named(segments, "TD5"))
    return next(filter(None, stated), "")


def _tracking_numbers(segments: Sequence[Segment]) -> list[str]:
    found = references(segments, *_TRACKED_BY_REF)
    for segment in named(segments, "MAN"):
        found += [segment.at(at + 1) for at in (1, 4) if segment.at(at) == _TRACKED_BY_MARK]
    return list(dict.fromkeys(filter(None, found)))
