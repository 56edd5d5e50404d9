"""One row of a sheet made into the fields that its column map names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vault.connectors.sheet.cells import ABSENT, NO_DAY, currency_in, reading
from vault.domain.column_maps import ColumnMap
from vault.domain.columns import MEANINGS, NEEDED, SELLER_FIELD, Cell
from vault.domain.records import RecordData

_BETWEEN = ", "


@dataclass(frozen=True, slots=True)
class _Column:
    """A field, where its columns stand, how a cell is read, and the column's name."""

    field: str
    cell: Cell
    places: tuple[int, ...]
    read: Callable[[str], Any]
    name: str


class Fields:
    """What the cells of a row state, by field."""

    def __init__(self, by: ColumnMap, names: Sequence[str]) -> None:
        self._by = by
        self._columns = _columns(by, names)
        self._needed = NEEDED[by.kind]
        self._needed_names = " / ".join(
            name for name, field in by.columns.items() if field in self._needed
        )
        self._seller_field = SELLER_FIELD.get(by.kind, "seller")
        self._seller = {"name": by.seller} if by.seller else None

    def of(self, cells: Sequence[str]) -> RecordData:
        """Return the fields that the cells of a row state; ValueError says what is wrong."""
        data: RecordData = {}
        codes: set[str] = set()
        for column in self._columns:
            text = self._text(column, cells)
            if not text:
                continue
            try:
                data[column.field] = column.read(text)
            except ValueError as err:
                message = f"{column.name}: {err}"
                raise ValueError(message) from err
            if column.cell is Cell.AMOUNT and not (text[0].isdigit() and text[-1].isdigit()):
                codes.add(currency_in(text))
        if not any(field in data for field in self._needed):
            message = f"has no {self._needed_names}"
            raise ValueError(message)
        self._currency(data, codes)
        if self._seller is not None:
            data.setdefault(self._seller_field, self._seller)
        return data

    def _text(self, column: _Column, cells: Sequence[str]) -> str:
        if len(column.places) == 1:
            text = cells[column.places[0]]
            empty = text in ABSENT or (column.cell is Cell.DATE and text in NO_DAY)
            return "" if empty else text
        found = (cells[place] for place in column.places)
        return _BETWEEN.join(text for text in found if text not in ABSENT)

    def _currency(self, data: RecordData, codes: set[str]) -> None:
        """Put in the currency that the row, an amount in it, or else the map states."""
        codes.discard("")
        stated = data.get("priceCurrency") or self._by.currency
        if len(codes | ({stated} if stated else set())) > 1:
            raise ValueError("states more than one currency")
        code = stated or next(iter(codes), "")
        if code and "priceCurrency" in MEANINGS[self._by.kind]:
            data["priceCurrency"] = code


def _columns(by: ColumnMap, names: Sequence[str]) -> list[_Column]:
    meanings = MEANINGS[by.kind]
    places: dict[str, list[int]] = {}
    for name, field in by.columns.items():
        places.setdefault(field, []).append(names.index(name))
    return [
        _Column(
            field,
            meanings[field],
            tuple(found),
            reading(meanings[field], by.dates, by.decimals),
            names[found[0]],
        )
        for field, found in places.items()
    ]
