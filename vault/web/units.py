"""Quantities with their units: `3 hrs` for a document's `3` and `HUR`."""

from decimal import Decimal

from babel.units import format_unit
from flask_babel import get_locale

from vault.web.formats import decimal, quantity

_PIECES = frozenset({"C62", "EA", "H87", "NAR", "PC", "PCE", "ST", "UN", "UNIT"})
"""Codes of what is counted one by one: of that, the number says enough."""

_UNITS = {
    "ANN": "duration-year",
    "YR": "duration-year",
    "MON": "duration-month",
    "MO": "duration-month",
    "WEE": "duration-week",
    "DAY": "duration-day",
    "DA": "duration-day",
    "HUR": "duration-hour",
    "HR": "duration-hour",
    "MIN": "duration-minute",
    "KGM": "mass-kilogram",
    "KG": "mass-kilogram",
    "GRM": "mass-gram",
    "LBR": "mass-pound",
    "LB": "mass-pound",
    "ONZ": "mass-ounce",
    "OZ": "mass-ounce",
    "KMT": "length-kilometer",
    "KTM": "length-kilometer",
    "MTR": "length-meter",
    "CMT": "length-centimeter",
    "MMT": "length-millimeter",
    "FOT": "length-foot",
    "FT": "length-foot",
    "INH": "length-inch",
    "LTR": "volume-liter",
    "MLT": "volume-milliliter",
    "MTK": "area-square-meter",
    "MTQ": "volume-cubic-meter",
    "KWH": "energy-kilowatt-hour",
}
"""Units by their code in UN/ECE Recommendation 20, or in ANSI X12's element 355, for Babel."""

_PATTERN = "#,##0.############"


def measured(value: object, unit: str | None) -> str:
    """A quantity with its unit, as the reader's language says it; a unit not known as stated."""
    number = decimal(value)
    if number is None:
        return ""
    if not unit or unit.upper() in _PIECES:
        return quantity(value)
    name = _UNITS.get(unit.upper())
    if name is None:
        return f"{quantity(value)} {unit}"
    return _in_words(number.normalize(), name)


def _in_words(number: Decimal, name: str) -> str:
    # Only the short form is there in every language of Babel's.
    return str(format_unit(number, name, "short", format=_PATTERN, locale=get_locale()))
