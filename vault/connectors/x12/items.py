"""Lines: what IT1, PO1 and LIN with the segments after them say of an item.

An item is named by pairs of qualifier and value. The buyer's numbers (BP, IN, CB, PI) are not the
seller's: they name an item only where nothing else does. Units are those of X12 [355] as stated:
many are not the codes of UN/ECE Recommendation 20, and none is translated.
"""

import re
from collections.abc import Iterable, Sequence

from vault.connectors.documents.model import Line
from vault.connectors.x12 import codes
from vault.connectors.x12.elements import currency, decimal, named, pairs, references
from vault.connectors.x12.tokens import Segment

_SKU = ("VP", "VN", "VC", "SK")
_MPN = ("MG", "MN")
_GTIN = ("UP", "EN", "UK", "EO", "IB")
_GTIN_FORM = re.compile(r"\d{8}|\d{12,14}")
_BUYERS = ("BP", "IN", "CB", "PI")
_FIRST_PAIR = {"IT1": 6, "PO1": 6, "LIN": 2, "SLN": 9}
_LINE_TOTAL = "1"
_PRODUCT = "08"


def line(segments: Sequence[Segment]) -> Line:
    """Return the line that an IT1 or PO1 begins; sublines (SLN) only add serial numbers."""
    head = segments[0]
    own = _before(segments, "SLN")
    found = Line(
        position=head.at(1),
        quantity=decimal(head, 2),
        unit_code=head.at(3),
        line_total=_total(segments),
        currency=currency(own),
        order_number=next(iter(references(own, "PO")), ""),
        place=head.place,
    )
    found.price, found.price_base = _price(own)
    describe(found, segments)
    return found


def describe(found: Line, segments: Sequence[Segment]) -> None:
    """Add what the item's pairs, descriptions and references say."""
    own = _before(segments, "SLN")
    stated = identifiers(own)
    found.sku = _first(stated, _SKU)
    found.mpn = _first(stated, _MPN)
    found.brand = stated.get("MF", "")
    gtins = (stated[name] for name in _GTIN if name in stated)
    found.gtin = next((text for text in gtins if _GTIN_FORM.fullmatch(text)), "")
    found.order_number = stated.get("PO", found.order_number)
    found.order_line = stated.get("PL", "")
    texts = _descriptions(own)
    found.name = texts[0] if texts else stated.get("PD", "")
    if not (found.name or found.sku or found.mpn or found.gtin):
        found.name = _first(stated, _BUYERS)
    found.description = "\n".join(texts) if len(texts) > 1 else ""
    found.serial_numbers = serial_numbers(segments)


def identifiers(segments: Iterable[Segment]) -> dict[str, str]:
    """Return the first value of each qualifier among the pairs of these segments."""
    found: dict[str, str] = {}
    for segment in segments:
        for qualifier, value in pairs(segment, _FIRST_PAIR.get(segment.id, 1 << 30)):
            found.setdefault(qualifier, value)
    return found


def serial_numbers(segments: Sequence[Segment]) -> list[str]:
    """Return each serial number once: pairs SN, REF and N9 SE, MAN S1."""
    found = references(_before(segments, "SLN"), "SE")
    for segment in segments:
        for qualifier, value in pairs(segment, _FIRST_PAIR.get(segment.id, 1 << 30)):
            found += [value] if qualifier == "SN" else []
        if segment.id == "MAN" and segment.at(1) == "S1" and segment.at(2):
            found.append(segment.at(2))
    return list(dict.fromkeys(found))


def _first(stated: dict[str, str], qualifiers: Iterable[str]) -> str:
    return next((stated[name] for name in qualifiers if name in stated), "")


def _before(segments: Sequence[Segment], name: str) -> Sequence[Segment]:
    places = (place for place, segment in enumerate(segments) if segment.id == name)
    return segments[: next(places, len(segments))]


def _descriptions(segments: Iterable[Segment]) -> list[str]:
    """Return the texts of PID, each once, the one of the product (08) first."""
    found = [segment for segment in named(segments, "PID") if segment.at(5)]
    found.sort(key=lambda segment: segment.at(2) not in ("", _PRODUCT))
    return list(dict.fromkeys(segment.at(5) for segment in found))


def _price(segments: Sequence[Segment]) -> tuple[str, str]:
    """Return the price and for how many units it is; none where it is not of what is counted."""
    head = segments[0]
    price, basis, unit = decimal(head, 4), head.at(5), head.at(3)
    if not price:
        stated = [decimal(segment, 3) for segment in named(segments, "CTP")]
        stated = [number for number in stated if number]
        price = stated[0] if len(stated) == 1 else ""
    if basis in codes.PRICE_UNITS and unit not in codes.PRICE_UNITS[basis]:
        return "", ""
    base = codes.PRICE_BASES.get(basis, "")
    return price, "" if base == "12" and unit in codes.DOZENS else base


def _total(segments: Iterable[Segment]) -> str:
    """Return the line's total: AMT, or PAM, of qualifier 1."""
    for segment in segments:
        if segment.id == "AMT" and segment.at(1) == _LINE_TOTAL:
            return decimal(segment, 2)
        if segment.id == "PAM" and segment.at(4) == _LINE_TOTAL:
            return decimal(segment, 5)
    return ""
