"""Amazon: "Request my data" order history of every vintage, one CSV of it or the whole ZIP.

What a row of each vintage is, and what is deliberately not read, stands in `docs/connectors.md`.
"""

from collections.abc import Iterator

from vault.connectors.amazon.items import Items
from vault.connectors.amazon.layouts import Row
from vault.connectors.amazon.orders import Orders
from vault.connectors.amazon.returns import Returns
from vault.connectors.amazon.vintages import layout_of
from vault.connectors.base import Access, Document, Extracted, Manifest, Notice
from vault.connectors.formats.archive import Archive, is_zip
from vault.connectors.formats.table import header_of, table
from vault.domain.compartments import Kind
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_SURE = 0.95


class Amazon:
    """Reads Amazon's order history."""

    manifest = Manifest(
        slug="amazon",
        name="Amazon order history",
        vendors=("Amazon",),
        access=Access.FILE,
        kinds=(Kind.PURCHASE, Kind.ORDER),
        recognises="the header row of an order history CSV, or a ZIP archive that holds one",
    )

    def identify(self, document: Document) -> float:
        """Be sure where the header is one that Amazon writes."""
        if is_zip(document.head):
            return _SURE if any(_known(_archive(document))) else 0.0
        return _SURE if layout_of(header_of(document.head)) else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield each item as a purchase, then each order that was met, then what came back."""
        orders, returns = Orders(), Returns()
        if is_zip(document.head):
            yield from _whole(_archive(document), orders, returns)
        else:
            yield from _file(document, orders, returns)
        yield from orders.records()
        yield from returns.records()


def _archive(document: Document) -> Archive:
    return Archive(document.buffer())


def _known(archive: Archive) -> Iterator[str]:
    """Yield the names of the files whose header is known."""
    for name in archive.names():
        if name.lower().endswith(".csv") and layout_of(
            header_of(Document(name, archive.open(name)).head)
        ):
            yield name


def _whole(archive: Archive, orders: Orders, returns: Returns) -> Iterator[Extracted]:
    known = list(_known(archive))
    if not known:
        raise UnsupportedDocument("the archive holds no order history of Amazon's")
    for name in known:
        for item in _file(Document(name, archive.open(name)), orders, returns):
            if isinstance(item, RowError):
                item.reason = f"{name}: {item.reason}"
            yield item
    for name in archive.names():
        if name not in known:
            yield Notice(f"{name}: not read, it is no order history that is known")


def _file(document: Document, orders: Orders, returns: Returns) -> Iterator[Extracted]:
    header, rows = table(document)
    layout = layout_of(header)
    if layout is None:
        raise UnsupportedDocument("the header is not one of Amazon's order history")
    if layout.row is Row.SHIPMENT:
        yield from orders.shipments(layout, header, rows)
    elif layout.row is Row.ORDER:
        yield from orders.listed(layout, header, rows)
    elif layout.row is Row.RETURN:
        yield from returns.read(layout, header, rows)
    else:
        yield from Items(layout, header, orders).read(rows)
