"""What Amazon's vintages say, and what is not made of them."""

import csv
import io
import os
from pathlib import Path

import pytest

from tests.unit.connectors.reading import FIXTURES, connector_for, read
from vault.connectors.amazon import items

RETAIL = FIXTURES / "amazon" / "retail-2026" / "input.csv"
HEADERS = sorted(Path(os.environ.get("VAULT_CORPUS", "/nowhere")).glob("amazon-csv/*/*.csv"))


def _rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(RETAIL.read_text(encoding="utf-8"), newline="")))


def _file(*rows: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list((rows or _rows())[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.stem)
def test_every_public_header_is_recognised(path: Path) -> None:
    """Each header of the corpus is known, and with nothing after it holds no record."""
    reading = read(path.read_bytes())
    assert reading.connector == "amazon"
    assert reading.records == []


def test_an_export_without_columns_for_gifts_is_read() -> None:
    """What makes a header Amazon's is the order, the article and what it costs."""
    (row, *_) = _rows()
    bare = {name: value for name, value in row.items() if "Gift" not in name}
    reading = read(_file(bare))
    assert reading.connector == "amazon"
    (purchase,) = reading.of("purchase")
    assert "isGift" not in purchase


def test_a_foreign_header_is_not_taken_for_amazon() -> None:
    """Order id and date alone, in anybody's file, are not enough."""
    assert connector_for(b"Order ID,Order Date,Product Name,Quantity\n") is None


def test_cancelled_rows_stay_as_cancelled() -> None:
    """A cancelled row is kept with its amounts, and says that it was cancelled."""
    purchases = read(RETAIL.read_bytes()).of("purchase")
    (cancelled,) = [data for data in purchases if data["itemStatus"] == "cancelled"]
    assert cancelled["price"] == "1249.00"
    assert cancelled["lineTotal"] == "0"


def test_subtotals_and_charges_of_shipments_are_never_an_orders() -> None:
    """Retail rows state amounts of lines and shipments: their orders have none."""
    for order in read(RETAIL.read_bytes()).of("order"):
        assert not {"totalPrice", "shipping", "tax", "discount"} & set(order)


def test_only_a_single_shipment_gives_an_order_its_total() -> None:
    """In the legacy report of shipments, the total of two shipments is not added up."""
    path = FIXTURES / "amazon" / "legacy-shipments" / "input.csv"
    single, double = read(path.read_bytes()).of("order")
    assert single["totalPrice"] == "1046.50"
    assert single["priceCurrency"] == "USD"
    assert "totalPrice" not in double
    assert len(double["deliveries"]) == 2


@pytest.mark.parametrize("column", ["Gift Message", "Gift Recipient Contact", "Gift Sender Name"])
def test_any_stated_gift_column_makes_a_gift(column: str) -> None:
    """A message, a recipient or a sender's name each state that the item is a gift."""
    (gift,) = read(_file({**_rows()[0], column: "Ada"})).of("purchase")
    assert gift["isGift"] is True
    assert gift.get("giftMessage") == ("Ada" if column == "Gift Message" else None)
    assert gift.get("giftRecipient") == ("Ada" if column == "Gift Recipient Contact" else None)


@pytest.mark.parametrize("blank", ["Not Available", "Not Applicable", "", "  "])
def test_what_the_file_does_not_say_is_absent(blank: str) -> None:
    """Amazon's words for nothing are nothing: no gift, no amount, no address."""
    row = {**_rows()[0], "Gift Message": blank, "Unit Price": blank, "Shipping Address": blank}
    (purchase,) = read(_file(row)).of("purchase")
    assert not {"isGift", "price", "deliveryAddress"} & set(purchase)


def test_twins_are_told_apart_and_stay_two() -> None:
    """Two identical rows of an order are two purchases, numbered within the order."""
    row = _rows()[0]
    first, second = read(_file(row, row)).records[:2]
    assert first.data == second.data
    assert (first.source_id[-2:], second.source_id[-2:]) == ("/1", "/2")


def test_twins_keep_their_ids_when_rows_and_states_change() -> None:
    """Twins that differ in recipient keep their ids in another order and a later state."""
    ada = {**_rows()[0], "Gift Recipient Contact": "Ada"}
    bob = {**_rows()[0], "Gift Recipient Contact": "Bob", "Shipment Status": "Pending"}
    later = {**bob, "Shipment Status": "Delivered", "Total Amount": "20.00"}
    for rows in ((ada, bob), (bob, ada), (later, ada)):
        ids = {
            record.data["giftRecipient"]: record.source_id[-2:]
            for record in read(_file(*rows)).records
            if record.kind == "purchase"
        }
        assert ids == {"Ada": "/1", "Bob": "/2"}


def test_twins_beyond_the_window_are_still_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read in windows; numbering goes on from one to the next."""
    monkeypatch.setattr(items, "WINDOW", 2)
    row = _rows()[0]
    ids = [record.source_id[-2:] for record in read(_file(*[row] * 5)).records[:5]]
    assert ids == ["/1", "/2", "/3", "/4", "/5"]


def test_a_date_is_the_day_that_the_file_writes() -> None:
    """A moment in UTC is not moved into another time zone's day."""
    row = {**_rows()[0], "Order Date": "2026-01-01T00:30:00Z"}
    (purchase,) = read(_file(row)).of("purchase")
    assert purchase["orderDate"] == "2026-01-01"


def test_a_status_that_is_joined_to_itself_is_one() -> None:
    """Parts of an order that went out on two days stand as one status."""
    row = {**_rows()[0], "Shipment Status": "Shipped and Shipped"}
    (purchase,) = read(_file(row)).of("purchase")
    assert purchase["itemStatus"] == "shipped"
