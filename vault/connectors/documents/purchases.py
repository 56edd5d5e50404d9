"""A line of a business document, made into what its purchase states."""

from decimal import Decimal, localcontext

from vault.connectors.documents.model import Line
from vault.domain.records import RecordData

_DIGITS = 12


def stated(values: RecordData) -> RecordData:
    """Return what is stated: absent is a missing key."""
    return {name: value for name, value in values.items() if value}


def item(line: Line) -> RecordData:
    """Return what the line of an invoice and its purchase have in common, "" where not stated."""
    return {
        "name": line.name or " ".join(line.description.split()),
        "sku": line.sku,
        "mpn": line.mpn,
        "gtin": line.gtin,
        "category": line.category,
        "quantity": line.quantity,
        "unitCode": line.unit_code,
        "lineTotal": line.line_total,
    }


def purchase(line: Line) -> RecordData:
    """Return what a line says of what was bought, but for its order, seller and status."""
    return item(line) | {
        "brand": line.brand,
        "price": unit_price(line),
        "serialNumbers": line.serial_numbers,
        "priceCurrency": line.currency,
    }


def unit_price(line: Line) -> str:
    """Return the price of one unit, where the document's price divides without a remainder."""
    base = Decimal(line.price_base or 1)
    if not line.price or base == 1:
        return line.price
    with localcontext(prec=40):
        if not base:
            return ""
        quotient = (Decimal(line.price) / base).normalize()
    exponent = quotient.as_tuple().exponent
    return format(quotient, "f") if isinstance(exponent, int) and exponent >= -_DIGITS else ""
