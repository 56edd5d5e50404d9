"""Numbers for many keys in little memory, and orders of files of any length."""

import io

import pytest

from vault.connectors.amazon import orders as amazon_orders
from vault.connectors.base import Document
from vault.connectors.sheet import Sheet, gathering, rows
from vault.domain.column_maps import ColumnMap
from vault.domain.counted import Counted
from vault.domain.records import ParsedRecord


def test_it_counts_as_a_dictionary_does() -> None:
    """Every key has its own number, through every growth; what was never set is nothing."""
    counted = Counted()
    for number in range(20_000):
        counted[f"key {number}"] = number + 1
    assert len(counted) == 20_000
    assert all(counted[f"key {number}"] == number + 1 for number in range(20_000))
    assert counted["another"] == 0
    assert (counted.swap("key 7", 1), counted["key 7"]) == (8, 1)
    assert [counted.next("another"), counted.next("another")] == [1, 2]


BY = ColumnMap.from_json(
    {
        "kind": "purchase",
        "header": ["order", "item", "state"],
        "columns": {"order": "orderNumber", "item": "name", "state": "orderStatus"},
    }
)


def _orders(lines: list[str]) -> list[tuple[str, str | None]]:
    sheet = "Order,Item,State\n" + "\n".join(lines) + "\n"
    items = Sheet().extract(Document("x", io.BytesIO(sheet.encode()), [BY]))
    found = [item for item in items if isinstance(item, ParsedRecord) and item.kind == "order"]
    return [(one.data["orderNumber"], one.data.get("orderStatus")) for one in found]


def test_an_order_met_again_is_given_out_again_only_with_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Orders that are not open any longer add nothing when they say the same."""
    monkeypatch.setattr(gathering, "HELD", 2)
    monkeypatch.setattr(rows, "WINDOW", 1)
    far = [f"{number},Pen,sent" for number in range(5)]
    assert _orders([*far, "0,Ink,sent"]) == [(str(number), "sent") for number in range(5)]
    assert _orders([*far, "0,Ink,open"])[-1] == ("0", "open")


def test_the_orders_of_a_long_history_are_not_held() -> None:
    """Amazon's orders settle while items are read; each is given out once."""
    orders = amazon_orders.Orders()
    given = []
    for number in range(10):
        orders.learn(str(number), ("2026-01-01", "", "", ""), "")
        given += list(orders.settled(3))
    orders.learn("0", ("2026-01-01", "", "", ""), "")
    given += list(orders.records())
    assert [one.data["orderNumber"] for one in given] == [str(number) for number in range(10)]
