"""CDW: the asset feed, as CSV or XLSX.

A row is one asset. The rows of one line of an invoice are one purchase with their serial numbers,
because the quantity that each of them repeats is that line's. What is not read, and why no
invoices come of it, stands in `docs/connectors.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.formats import values, workbook
from vault.connectors.formats.agreement import agreed, stated
from vault.connectors.formats.table import Row, header_of, normalised, table
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.errors import UnsupportedDocument

_SURE = 0.95
_REQUIRED = frozenset({"cdw_order_no", "cdw_part_no", "cdw_invoice_no", "serial_number"})
_SELLER = {"name": "CDW"}
_TEXTS = {
    "name": "model",
    "sku": "cdw_part_no",
    "mpn": "manufacturer_part_no",
    "brand": "cdw_manufacturer",
    "site": "ship_to_customer",
}
_CATEGORY = ("cdw_item_class", "cdw_item_group", "cdw_item_type")
_ADDRESS = ("ship_to_customer", "ship_to_address", "ship_to_city", "ship_to_postal_code")
_KEY = ("cdw_order_no", "cdw_invoice_no", "cdw_invoice_line", "cdw_part_no")
_FACTS = ("orderDate", "poNumber", "site")


@dataclass(slots=True)
class _Line:
    """A line of an invoice: what all its rows say alike, and the serial numbers of each."""

    order: str
    data: RecordData
    line: int
    serials: list[str] = field(default_factory=list)


class Cdw:
    """Reads CDW's asset feed."""

    manifest = Manifest(
        slug="cdw",
        name="CDW asset feed",
        vendors=("CDW",),
        access=Access.FILE,
        kinds=(Kind.PURCHASE, Kind.ORDER),
        recognises="a CSV or XLSX file with the columns cdw_order_no, cdw_part_no, serial_number",
    )

    def identify(self, document: Document) -> float:
        """Be sure where the header has CDW's own column names."""
        archive = workbook.archive_of(document)
        if archive is not None:
            return _SURE if workbook.mentions(archive, b"cdw_order_no") else 0.0
        return _SURE if set(header_of(document.head)) >= _REQUIRED else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield a purchase for each line of an invoice, then the orders."""
        header, rows = _feed(document)
        feed = _Feed()
        for row in rows:
            if isinstance(row, RowError):
                yield row
                continue
            line, cells = row
            try:
                feed.take(line, dict(zip(header, map(str.strip, cells), strict=True)))
            except ValueError as err:
                yield RowError(line, str(err))
        yield from feed.records()


def _feed(document: Document) -> tuple[list[str], Iterator[Row | RowError]]:
    """Return header and rows of the file, or of the first sheet that is a feed."""
    is_text = workbook.archive_of(document) is None
    for header, rows in [table(document)] if is_text else _headed(document):
        if set(header) >= _REQUIRED:
            return header, rows
    raise UnsupportedDocument("the file has not the columns of CDW's asset feed")


def _headed(document: Document) -> Iterator[tuple[list[str], Iterator[Row | RowError]]]:
    for _, rows in workbook.sheets(document):
        first = next(rows, None)
        if isinstance(first, tuple):
            yield [normalised(name) for name in first[1]], rows


class _Feed:
    """Gathers rows into lines and orders; they come in any order."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, ...], _Line] = {}
        self._orders: dict[str, tuple[str | None, ...]] = {}

    def take(self, line: int, cells: dict[str, str]) -> None:
        """Take one row; ValueError where it cannot be read."""
        number = cells["cdw_order_no"]
        if not number:
            raise ValueError("has no cdw_order_no")
        ordered = _date(cells)
        data = _data(cells, ordered)
        key = tuple(cells.get(name, "") for name in _KEY)
        known = self._lines.setdefault(key, _Line(number, data, line))
        known.data = {name: value for name, value in known.data.items() if data.get(name) == value}
        serial = cells["serial_number"]
        if serial and serial not in known.serials:
            known.serials.append(serial)
        facts = (ordered, cells.get("po_number", ""), cells.get("ship_to_customer", ""))
        self._orders[number] = agreed(self._orders.get(number, ("",) * len(facts)), facts)

    def records(self) -> Iterator[ParsedRecord]:
        """Yield the purchases, then the orders."""
        for key, line in self._lines.items():
            if line.serials:
                line.data["serialNumbers"] = sorted(line.serials)
            refs = (f"order/{line.order}",)
            yield ParsedRecord(Kind.PURCHASE, f"item/{'/'.join(key)}", line.data, refs, line.line)
        for number, facts in self._orders.items():
            data = {"orderNumber": number, "seller": _SELLER, **stated(_FACTS, facts)}
            yield ParsedRecord(Kind.ORDER, f"order/{number}", data)


def _date(cells: dict[str, str]) -> str:
    text = cells.get("cdw_order_date") or cells.get("purchase_date", "")
    try:
        return values.iso_or_us_date(text) if text else ""
    except ValueError as err:
        raise ValueError(f"order date {err}") from err


def _data(cells: dict[str, str], ordered: str) -> RecordData:
    quantity = cells.get("cdw_invoice_quantity", "")
    try:
        quantity = quantity and values.amount(quantity)
    except ValueError as err:
        raise ValueError(f"cdw_invoice_quantity {err}") from err
    found: RecordData = {
        "orderNumber": cells["cdw_order_no"],
        "orderDate": ordered,
        "seller": _SELLER,
        **{name: cells.get(column, "") for name, column in _TEXTS.items()},
        "category": " / ".join(filter(None, (cells.get(name, "") for name in _CATEGORY))),
        "quantity": quantity,
        "deliveryAddress": ", ".join(filter(None, (cells.get(name, "") for name in _ADDRESS))),
    }
    return {name: value for name, value in found.items() if value}
