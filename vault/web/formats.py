"""How money, dates and numbers are written: in the reader's way, through Babel."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.dates import get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal, get_currency_precision
from flask import Flask
from flask_babel import format_date, get_locale
from markupsafe import Markup, escape

_MOST_DIGITS = 8


def amount(value: object, currency: str | None = None) -> str:
    """An amount without its currency's sign, with no digit dropped that the document states."""
    number = decimal(value)
    if number is None:
        return ""
    least = get_currency_precision(currency) if currency else _stated_digits(number)
    most = max(least, _MOST_DIGITS if currency else least)
    pattern = "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")
    return str(format_decimal(number, format=pattern, locale=get_locale()))


def quantity(value: object) -> str:
    """A quantity, without the zeros that some documents put behind it: `2.0000` is 2."""
    number = decimal(value)
    if number is None:
        return ""
    return str(format_decimal(number.normalize(), locale=get_locale(), decimal_quantization=False))


def _stated_digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def money(value: object, currency: str | None = None) -> Markup:
    """An amount with its ISO 4217 currency, small: `1,240.00 EUR`."""
    text = amount(value, currency)
    if not text:
        return Markup("")
    sign = Markup('<small class="currency"> {}</small>').format(currency) if currency else ""
    return Markup('<span class="money">{}{}</span>').format(text, sign)


def sums(totals: dict[str, Any]) -> Markup:
    """Several amounts, one for each currency, the largest first: they are never added up."""
    return Markup(" · ").join(money(value, currency) for currency, value in largest_first(totals))


def largest_first(totals: dict[str, Any]) -> list[tuple[str, Any]]:
    """Amounts by currency, the largest number first."""
    return sorted(totals.items(), key=lambda entry: -(decimal(entry[1]) or 0))


def day(value: object, style: str = "medium") -> Markup:
    """A date as the reader writes it, in a `<time>`; what is not a date stays as it is."""
    date = parse_day(value)
    if date is None:
        return escape(value) if value else Markup("")
    written = format_date(date, style)
    return Markup('<time datetime="{}">{}</time>').format(date.isoformat(), written)


def moment(value: object) -> Markup:
    """A point in time (epoch seconds or a datetime), in UTC and said so."""
    if value is None or value == "":
        return Markup("")
    if isinstance(value, int | float):
        value = dt.datetime.fromtimestamp(value, dt.UTC)
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        return day(value)
    # As Babel does for "medium", less the seconds: `2 Nov 2026, 14:03`, `2026年11月2日 14:03`.
    both = str(get_datetime_format("medium", get_locale()))
    written = both.replace("{1}", format_date(value, rebase=False)).replace("{0}", f"{value:%H:%M}")
    return Markup('<time datetime="{}">{} UTC</time>').format(value.isoformat(), written)


def time_of_day(value: int) -> Markup:
    """The time of day (UTC) of epoch seconds: for what stands under the day it happened on."""
    at = dt.datetime.fromtimestamp(value, dt.UTC)
    return Markup('<time datetime="{}">{:%H:%M}</time>').format(at.isoformat(), at)


def decimal(value: object) -> Decimal | None:
    """A decimal out of what a record states, or None."""
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def listed(words: Iterable[object]) -> str:
    """Words in a row, as the reader's language sets them: `a, b and c`, `a、b和c`."""
    return str(format_list([str(word) for word in words], locale=get_locale()))


def parse_day(value: object) -> dt.date | None:
    """The date of an ISO 8601 date or date-time, of epoch seconds, or None."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int | float):
        return dt.datetime.fromtimestamp(value, dt.UTC).date()
    try:
        return dt.date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None


def days_left(value: object) -> int | None:
    """Whole days from today (UTC) to a date; negative when it is past."""
    date = parse_day(value)
    return None if date is None else (date - dt.datetime.now(dt.UTC).date()).days


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    app.jinja_env.filters.update(
        amount=amount,
        money=money,
        quantity=quantity,
        sums=sums,
        listed=listed,
        largest_first=largest_first,
        day=day,
        moment=moment,
        time_of_day=time_of_day,
        days_left=days_left,
        number=lambda value: format_decimal(value, locale=get_locale()),
    )
