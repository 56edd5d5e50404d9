from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.connectors.formats import values
from vault.domain import fields


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("19.99", "19.99"),
        ("$1,234.50", "1234.50"),
        ("'-0.68'", "-0.68"),
        ("-$5.00", "-5.00"),
        ("$-5.00", "-5.00"),
        ("1,000,000", "1000000"),
        (".50", "0.50"),
        ("007", "7"),
        ("+3", "3"),
        (" £2 ", "2"),
    ],
)
def test_amounts_as_files_write_them(text: str, decimal: str) -> None:
    """Signs, currency signs, apostrophes and thousands are understood; digits stay."""
    assert values.amount(text) == decimal


@pytest.mark.parametrize(
    "text", ["", "12,50", "1,23.00", "1.234,50", "1e3", "NaN", "--1", "$", ".", "'", "1 2", "٣"]
)
def test_what_is_no_amount_is_not_guessed_at(text: str) -> None:
    """A decimal comma, an exponent or a word is refused."""
    with pytest.raises(ValueError, match="is not an amount"):
        values.amount(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9)))
def test_any_decimal_survives(number: Decimal) -> None:
    """Grouped, signed and quoted, a decimal is read as the same number."""
    if abs(number) >= 10**17:
        return
    text = values.amount(f"'{number:,f}'")
    assert fields.amount(text) is None
    assert Decimal(text) == number


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_any_date_survives(day: date) -> None:
    """American and ISO dates, with and without a time of day, give the same day."""
    for text in (f"{day:%m/%d/%y}", f"{day:%m/%d/%Y}", f"{day}", f"{day}T23:59:59.123Z"):
        assert values.iso_or_us_date(text) == day.isoformat()


@pytest.mark.parametrize("text", ["", "13/01/26", "02/30/2026", "31.03.2026", "2026-13-01", "n/a"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """A day that does not exist, or another style, is not turned into some date."""
    with pytest.raises(ValueError, match=r"."):
        values.iso_or_us_date(text)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("100", "100"), ("+1.50", "1.50"), (".5", "0.5"), ("-00.10", "-0.10"), ("5.", "5")],
)
def test_xml_decimals(text: str, decimal: str) -> None:
    """The lexical forms of xs:decimal are brought to one."""
    assert values.xml_decimal(text) == decimal


@pytest.mark.parametrize("text", ["", "1,5", "1E3", "INF", "NaN", "+", "."])
def test_what_is_no_xml_decimal_is_refused(text: str) -> None:
    """xs:decimal has no exponent, no infinity and no comma."""
    with pytest.raises(ValueError, match="is not"):
        values.xml_decimal(text)
