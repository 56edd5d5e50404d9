"""Rows that are returns or refunds, made into what became of their orders and items.

A file that names an order alone says that something of it came back, or was paid back, and not
what: the order is `returned` or `refunded` then, as it is `shipped` when something of it is, and
its items keep their states. A file that names an item says it of that item as well. Files repeat
what happened, once for each part of an amount or more: an order, and an item of it, is given out
once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vault.connectors.amazon.layouts import Layout
from vault.connectors.amazon.orders import ISSUER, said
from vault.connectors.formats.table import Row
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError

_UNDONE = frozenset({"cancelled", "expired"})


@dataclass(slots=True)
class _Return:
    """What came back of an order: since when, in which line it is first stated, and its items."""

    line: int
    since: str = ""
    items: dict[str, RecordData] = field(default_factory=dict)

    def record(
        self, kind: Kind, source_id: str, data: RecordData, belongs: tuple[str, ...]
    ) -> ParsedRecord:
        """Return a record that speaks as of the day on which the return was complete."""
        return ParsedRecord(kind, source_id, data, belongs, self.line, ISSUER, self.since)


class Returns:
    """The returns of one document, across its files, each given out once at its end."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Return] = {}

    def read(
        self, layout: Layout, header: list[str], rows: Iterator[Row | RowError]
    ) -> Iterator[RowError]:
        """Learn from a file; yield the rows that could not be read."""
        at = layout.positions(header)
        for row in rows:
            if isinstance(row, RowError):
                yield row
                continue
            line, cells = row
            try:
                named = {name: said(cells[place]) for name, place in at.items() if place >= 0}
                self._learn(line, named, layout)
            except ValueError as err:
                yield RowError(line, str(err))

    def _learn(self, line: int, cells: Mapping[str, str], layout: Layout) -> None:
        """Take what a row states, where the return is complete."""
        if not cells["order"]:
            raise ValueError("has no order number")
        state = cells.get("state", "").casefold()
        if state not in layout.done or cells.get("receivable", "").casefold() in _UNDONE:
            return
        since = _since(layout, cells["date"])
        if not since and layout.becomes == "returned":
            return
        key = (layout.becomes, cells["order"])
        found = self._found.setdefault(key, _Return(line))
        found.since = max(found.since, since)
        if cells.get("sku"):
            found.items.setdefault(cells.get("item") or cells["sku"], _item(cells, layout.becomes))

    def records(self) -> Iterator[ParsedRecord]:
        """Yield each order of which something came back, and each item that did."""
        for (state, number), found in self._found.items():
            source_id = f"{state}/{number}"
            data = {"orderNumber": number, "orderStatus": state}
            yield found.record(Kind.ORDER, source_id, data, ())
            for name, item in found.items.items():
                yield found.record(Kind.PURCHASE, f"{source_id}/{name}", item, (source_id,))


def _since(layout: Layout, text: str) -> str:
    try:
        return layout.date(text) if text else ""
    except ValueError as err:
        raise ValueError(f"date: {err}") from err


def _item(cells: Mapping[str, str], state: str) -> RecordData:
    stated: RecordData = {
        "orderNumber": cells["order"],
        "sku": cells["sku"],
        "name": cells.get("name", ""),
        "itemStatus": state,
    }
    if cells.get("seller"):
        stated["seller"] = {"name": cells["seller"]}
    return {name: value for name, value in stated.items() if value}
