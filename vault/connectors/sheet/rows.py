"""Rows of a sheet made into records, as its column map says.

A row of purchases is a purchase, and says something of its order; any other row is one thing. What
it is, is told by the columns that the map names, or by what never changes of such a thing. Rows
that are the same in that are told apart by an ordinal, in an order of their own, so that neither
the order of columns nor, within `WINDOW` rows, that of rows changes which is which.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from vault.connectors.base import Extracted, Notice
from vault.connectors.formats.table import Row
from vault.connectors.sheet.cells import ABSENT, stripped
from vault.connectors.sheet.fields import Fields
from vault.connectors.sheet.gathering import Gathered, Gathering, Parcel
from vault.connectors.sheet.words import TOTALS, squashed
from vault.domain.column_maps import ColumnMap
from vault.domain.columns import IDENTITY, MEANINGS, SELLER_FIELD, Cell, column_names
from vault.domain.compartments import Kind
from vault.domain.counted import Counted
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.domain.sellers import seller_key

WINDOW = 20_000
"""How many rows are looked at together to tell twins apart."""

_AMOUNTS = ("shipping", "tax", "discount", "totalPrice")
_ONLY_ORDERS = ("orderStatus", "poNumber", *_AMOUNTS)
_FACTS = ("orderDate", "channel", "site", "priceCurrency", *_ONLY_ORDERS)
_CHANGING = frozenset({Cell.STATUS, Cell.PAID})
_DIGEST = 16


class _Read(NamedTuple):
    """A row that was read: its cells, its line and its fields."""

    cells: list[str]
    line: int
    data: RecordData


class Rows:
    """The rows after one header, read by one map."""

    def __init__(self, by: ColumnMap, header: Sequence[str], *, padded: bool) -> None:
        """A row of a `padded` sheet ends with its last cell that is not blank, as workbooks do."""
        self._by = by
        self._padded = padded
        self._header = header
        self._names = column_names(header)
        self._fields = Fields(by, self._names)
        self._ids = [(by.columns.get(name, name), self._names.index(name)) for name in by.ids]
        stated = set(by.columns.values())
        self._identity = [field for field in IDENTITY[by.kind] if field in stated]
        self._seller_field = SELLER_FIELD.get(by.kind, "seller")
        self._rank = _stable_first(by, self._names)
        self._ordinals = Counted()
        self._orders = Gathering()

    def read(self, rows: Iterator[Row | RowError]) -> Iterator[Extracted]:
        """Yield the records of each row, then the orders, and what could not be read."""
        while window := list(islice(rows, WINDOW)):
            read: dict[str, list[_Read]] = {}
            for row in window:
                problem = row if isinstance(row, RowError) else self._take(row, read)
                if problem is not None:
                    yield problem
            for key, twins in read.items():
                if len(twins) > 1:
                    twins.sort(key=lambda twin: [twin.cells[place] for place in self._rank])
                for twin in twins:
                    yield from self._records(key, twin)
            yield from self._settled(end=False)
        yield from self._settled(end=True)

    def _take(self, row: Row, read: dict[str, list[_Read]]) -> RowError | Notice | None:
        """Read one row, and keep it under what tells it apart; or say what is wrong with it."""
        line, cells = row
        stated = [stripped(cell) for cell in cells]
        width = len(self._names)
        if cells == self._header:
            return None  # again, at the head of another page
        if _is_total(stated, width):
            return Notice(f"line {line}: a row of totals, not read")
        if len(stated) > width and not any(stated[width:]):
            stated = stated[:width]
        if len(stated) < width and self._padded:
            stated += [""] * (width - len(stated))
        if len(stated) != width:
            return RowError(line, f"has {len(cells)} cells where the header has {width}")
        try:
            data = self._fields.of(stated)
            key = self._key(stated, data)
        except ValueError as err:
            return RowError(line, str(err))
        if self._by.kind is Kind.ORDER:
            self._learn(data)
        else:
            read.setdefault(key, []).append(_Read(stated, line, data))
        return None

    def _key(self, cells: list[str], data: RecordData) -> str:
        """Return what tells the thing in a row apart, but for its twins."""
        seller = _seller(data.get(self._seller_field))
        if not self._ids:
            told = "\0".join(f"{field}={data.get(field, '')}" for field in self._identity)
            return f"{seller}/{hashlib.sha256(told.encode()).hexdigest()[:_DIGEST]}"
        told = "/".join(f"{name}={cells[place]}" for name, place in self._ids)
        if all(cells[place] in ABSENT for _, place in self._ids):
            message = f"has no {' / '.join(self._by.ids)}"
            raise ValueError(message)
        return f"{seller}/{told}"

    def _records(self, key: str, row: _Read) -> Iterator[ParsedRecord]:
        """Yield what one row is."""
        ordinal = self._ordinals.next(key)
        kind, data = self._by.kind, row.data
        source_id = f"{kind.value}/{key}/{ordinal}"
        refs: tuple[str, ...] = ()
        if kind is Kind.PURCHASE:
            refs = self._learn(data)
            data = _purchase(data)
        license_key = data.pop("key", None)
        if license_key is not None:
            data["hasKey"] = True
        yield ParsedRecord(kind, source_id, data, refs, row.line)
        if license_key is not None:
            key_id = f"key/{key}/{ordinal}"
            stated = {"key": license_key}
            yield ParsedRecord(Kind.LICENSE_KEY, key_id, stated, (source_id,), row.line)

    def _learn(self, data: RecordData) -> tuple[str, ...]:
        """Take what a row states of its order; the order's source id, if it states a number."""
        number = data.get("orderNumber")
        if number is None:
            return ()
        facts = tuple(data.get(name, "") for name in _FACTS)
        numbers: list[str] = data.get("trackingNumber", [])
        parcels: tuple[Parcel, ...] = tuple((one, data.get("carrier", "")) for one in numbers)
        seller = data.get("seller")
        source_id = f"order/{_seller(seller)}/{number}"
        name = seller["name"] if seller else ""
        self._orders.learn(source_id, (number, name), facts, parcels)
        return (source_id,)

    def _settled(self, *, end: bool) -> Iterator[ParsedRecord]:
        for source_id, order in self._orders.settled(end=end):
            yield ParsedRecord(Kind.ORDER, source_id, _order(order))


def _order(order: Gathered) -> RecordData:
    """Return the fields of an order: what all its rows state alike."""
    facts = {name: fact for name, fact in zip(_FACTS, order.facts, strict=True) if fact}
    if not any(name in facts for name in _AMOUNTS):
        facts.pop("priceCurrency", None)
    data: RecordData = {"orderNumber": order.number, **facts}
    if order.seller:
        data["seller"] = {"name": order.seller}
    if order.parcels:
        data["deliveries"] = [
            {"trackingNumber": number, **({"provider": carrier} if carrier else {})}
            for number, carrier in sorted(order.parcels)
        ]
    return data


def _purchase(data: RecordData) -> RecordData:
    """Return the fields of a purchase: without those of its order; a gift where it is stated."""
    kept = {
        name: value
        for name, value in data.items()
        if name not in _ONLY_ORDERS and name not in {"trackingNumber", "carrier", "isGift"}
    }
    if data.get("isGift") or "giftRecipient" in data or "giftMessage" in data:
        kept["isGift"] = True
    if "price" not in kept and "lineTotal" not in kept:
        kept.pop("priceCurrency", None)
    return kept


def _seller(party: dict[str, Any] | None) -> str:
    return seller_key(party).removeprefix("name:")


def _is_total(cells: list[str], width: int) -> bool:
    """Whether a row is one of totals: it says so first, and says little."""
    stated = [cell for cell in cells if cell]
    return len(stated) * 2 <= width + 1 and squashed(stated[0]) in TOTALS


def _stable_first(by: ColumnMap, names: Sequence[str]) -> list[int]:
    """Return the places of all columns by name, those whose cells change later at the end."""
    meanings = MEANINGS[by.kind]
    changing = {name for name, field in by.columns.items() if meanings[field] in _CHANGING}
    changing |= {
        name for name, field in by.columns.items() if field in {"amountPaid", "quantityUsed"}
    }
    unread = set(names) - set(by.columns)
    ranked = sorted(range(len(names)), key=lambda place: names[place])
    return sorted(
        ranked, key=lambda place: (names[place] in changing) * 2 + (names[place] in unread)
    )
