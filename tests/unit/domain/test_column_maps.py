"""A column map says all that is needed, or is refused by name."""

from typing import Any

import pytest

from vault.domain.column_maps import ColumnMap
from vault.domain.columns import IDENTITY, MEANINGS, NEEDED, Cell, column_names
from vault.domain.compartments import Kind
from vault.domain.records import CHECKERS
from vault.errors import InvalidInput

STATED: dict[str, Any] = {
    "kind": "purchase",
    "header": ["Order  No", "Item", "Price"],
    "columns": {"order no": "orderNumber", "ITEM": "name"},
    "ids": ["Order No"],
}
MADE = {"trackingNumber", "carrier", "key"}
"""Meanings that are no field: they make a delivery, or a license key."""


def test_json_there_and_back() -> None:
    """A map is the same after JSON, its names compared without case and white space."""
    made = ColumnMap.from_json(STATED)
    assert made.header == ("order no", "item", "price")
    assert made.columns == {"order no": "orderNumber", "item": "name"}
    assert ColumnMap.from_json(made.to_json()) == made


def test_a_sheet_is_known_by_the_set_of_its_names() -> None:
    """Order, case and white space of a header say nothing; a column more is another sheet."""
    made = ColumnMap.from_json(STATED)
    assert made.fits(column_names(["PRICE ", "Item", "\ufefforder no", ""]))
    assert not made.fits(column_names(["Price", "Item", "Order no", "More"]))
    assert not made.fits(column_names(["Price", "Item"]))
    assert column_names(["A", "a", " "]) == ["a", "a (2)", ""]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": None}, "what a row is"),
        ({"kind": "payslip"}, "kind is none of"),
        ({"dates": None}, "dates: they can be read in two ways"),
        ({"decimals": None}, "decimals: they can be read in two ways"),
        ({"decimals": ";"}, "decimals is none of"),
        ({"columns": {}}, "none of them has a meaning"),
        ({"columns": {"order no": "orderNumber"}}, "no column is name or sku or mpn or gtin"),
        ({"columns": {"item": "name", "price": "colour"}}, "not every field"),
        ({"columns": {"item": "name", "size": "price"}}, "the header has not"),
        ({"columns": {"item": "price", "price": "price"}}, "more than one column"),
        ({"ids": ["line"]}, "the header has not"),
        ({"currency": "euro"}, "no ISO 4217 code"),
        ({"encoding": "rot13"}, "encoding is none"),
        ({"header": ["a", "A"]}, "or one twice"),
        ({"header": "a"}, "no list of columns"),
        ({"seller": "x" * 201}, "no short text"),
        ({"more": 1}, "a member that is not known"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    """Each thing that cannot be is refused in words of its own."""
    with pytest.raises(InvalidInput, match=said):
        ColumnMap.from_json({**STATED, **change})


@pytest.mark.parametrize("stated", [None, [], "map", 7])
def test_what_is_no_object_is_refused(stated: object) -> None:
    """A map is a JSON object."""
    with pytest.raises(InvalidInput):
        ColumnMap.from_json(stated)


def test_meanings_are_fields() -> None:
    """What a column can be is a field of its kind, or of the order that a purchase belongs to."""
    for kind, meanings in MEANINGS.items():
        of_orders = CHECKERS[Kind.ORDER] if kind is Kind.PURCHASE else {}
        known = {*CHECKERS[kind], *of_orders, *MADE}
        assert set(meanings) <= known
        assert set(NEEDED[kind]) | set(IDENTITY[kind]) <= set(meanings)
        assert all(isinstance(cell, Cell) for cell in meanings.values())
