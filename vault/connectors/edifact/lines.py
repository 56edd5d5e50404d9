"""Lines of a message: LIN and what follows it, whatever the message.

A segment belongs to the group that it stands in: a quantity after ALC is the allowance's, one after
SCC a part of a schedule, a date after RFF the reference's. What is not the line's own is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vault.connectors.documents.model import Line
from vault.connectors.edifact.segment import Segment
from vault.domain.records import RowError

_GROUPS = frozenset(
    {
        *("LIN", "PAT", "PYT", "PRI", "RFF", "PAC", "PCI", "LOC"),
        *("TAX", "NAD", "ALC", "TDT", "TOD", "SCC"),
    }
)
_FOREIGN = frozenset({"ALC", "SCC", "LOC", "PAC", "PCI", "NAD", "TDT"})
"""Groups with quantities of their own."""

GTINS = frozenset({"SRV", "EN", "UP"})
SELLERS_NUMBERS = frozenset({"SA", "VN", "VP"})
MAKERS_NUMBERS = frozenset({"MF", "MN"})
_CLASSES = frozenset({"STI", "STL", "TST", "TSP", "GN", "HS", "CC", "CG", "SRT", "SRU", "ZZZ"})
"""Codes of UNTDID 7143 by which items are classified, not told apart."""
_KNOWN = GTINS | MAKERS_NUMBERS | SELLERS_NUMBERS | _CLASSES | {"IN", "BP", "UA", "SN", "NB"}
_TAXES = frozenset({"VAT", "GST"})
_NET_PRICES = ("AAA", "INV", "NTP", "CAL")
_GROSS_PRICE = "AAB"
_TOTALS = ("203", "66", "38")
ADJUSTING = frozenset({"8", "23", "204"})
"""What an allowance or charge comes to (UNTDID 5025)."""
_UNIT_PRICE = "146"
BUYERS_ORDERS = ("ON", "CO")
_SERIAL = "BN"
_TITLE = "050"
_ORDER_DATES = frozenset({"171", "4"})


@dataclass(slots=True)
class Item:
    """A line as it is gathered; `codes` and `amounts` by qualifier, each the first one stated."""

    lin: Segment
    group: str = "LIN"
    names: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    category: str = ""
    quantities: dict[str, Segment] = field(default_factory=dict)
    prices: dict[str, Segment] = field(default_factory=dict)
    amounts: dict[str, str] = field(default_factory=dict)
    currency: str = ""
    tax_rate: str = ""
    adjustments: list[str] = field(default_factory=list)
    sign: str = ""
    unmeasured: int = 0
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    reference: str = ""
    order_date: str = ""
    problems: list[RowError] = field(default_factory=list)
    serial_numbers: list[str] = field(default_factory=list)
    variance: str = ""

    def take(self, segment: Segment) -> None:
        """Take a segment that belongs to this line; ValueError where a number or date is none."""
        if segment.tag in _GROUPS:
            self.group = segment.tag
        reading = _READINGS.get(segment.tag)
        if reading is not None:
            reading(self, segment)

    def code(self, qualifiers: Sequence[str] | frozenset[str]) -> str:
        """Return the item's number under the first of these qualifiers that it has."""
        return next((code for name, code in self.codes.items() if name in qualifiers), "")

    def quantity(self, *qualifiers: str) -> str:
        """Return the quantity under the first of these qualifiers that is stated."""
        found = (self.quantities[name] for name in qualifiers if name in self.quantities)
        return next((segment.number(0, 1) for segment in found), "")

    def unit(self, *qualifiers: str) -> str:
        """Return the unit of that quantity."""
        found = (self.quantities[name] for name in qualifiers if name in self.quantities)
        return next((segment.text(0, 2) for segment in found), "")

    def line(self, quantities: Sequence[str], *, european: bool = False) -> Line:
        """Return the line; `quantities` are the qualifiers of its quantity, the first one first."""
        price, base = self._price()
        names = [*self.names, *self.descriptions, *self.parts]
        order, order_line = self.ordered()
        gross = bool(price) and not any(name in self.prices for name in _NET_PRICES)
        return Line(
            position=self.lin.text(0),
            name=names[0] if names else "",
            description="\n".join(names[1:] if len(self.names) > 1 else self.descriptions),
            sku=self.code(SELLERS_NUMBERS) or self._agreed_number(),
            mpn=self.code(MAKERS_NUMBERS),
            gtin=self.code(GTINS),
            category=self.category,
            quantity=self.quantity(*quantities),
            unit_code=self.unit(*quantities),
            price=price,
            price_base=base,
            line_total=next((self.amounts[name] for name in _TOTALS if name in self.amounts), ""),
            tax_rate=self.tax_rate,
            currency=self.currency,
            order_number=order,
            order_date=self.order_date,
            order_line=order_line or self.references.get("LI", ("", ""))[0],
            serial_numbers=list(dict.fromkeys(self.serial_numbers)),
            adjustments=self.adjustments if european or gross else [],
            place=self.lin.line,
        )

    def ordered(self) -> tuple[str, str]:
        """Return the order that the line belongs to, and which line of that it is."""
        found = (self.references[name] for name in BUYERS_ORDERS if name in self.references)
        return next(found, ("", ""))

    def _agreed_number(self) -> str:
        """Return LIN's number where it is under no qualifier, or one that only a trade knows.

        It says which item is meant to whoever sent it, which is what an item's number is for.
        """
        return "" if self.lin.text(2, 1) in _KNOWN else self.lin.text(2)

    def _price(self) -> tuple[str, str]:
        """Return the net price and its base; a gross one only where it can be checked.

        EANCOM's net price has the line's allowances in it, its gross price has not. A gross price
        with an allowance in percent alone is not what one unit costs.
        """
        names = _NET_PRICES if self.unmeasured else (*_NET_PRICES, _GROSS_PRICE)
        found = (self.prices[name] for name in names if name in self.prices)
        prices = ((one.number(0, 1), one.number(0, 4)) for one in found)
        return next(prices, (self.amounts.get(_UNIT_PRICE, ""), ""))


def begun(lin: Segment) -> Item:
    """Begin a line at its LIN."""
    item = Item(lin)
    _numbered(item, lin.text(2), lin.text(2, 1))
    return item


def _numbered(item: Item, code: str, qualifier: str) -> None:
    if code and qualifier:
        item.codes.setdefault(qualifier, code)


def _pia(item: Item, segment: Segment) -> None:
    """Read further numbers of the item; a classification is an additional one [BT-158]."""
    for place in range(1, len(segment.elements)):
        code, qualifier = segment.text(place), segment.text(place, 1)
        if qualifier == "SN":
            item.serial_numbers.append(code)
        elif qualifier in _CLASSES:
            item.category = item.category or code
        else:
            _numbered(item, code, qualifier)


def _imd(item: Item, segment: Segment) -> None:
    """Read a description: free text is a name, long free text (A) describes.

    Booksellers write a description in parts (L): its title (050) is the name, its author is not.
    """
    text = " ".join(segment.all(2, 3, 2))
    if not text:
        return
    if segment.text(0) == "A":
        item.descriptions.append(text)
    elif segment.text(0) == "L" and segment.text(1) != _TITLE:
        item.parts.append(text)
    else:
        item.names.append(" ".join(text.split()))


def _qty(item: Item, segment: Segment) -> None:
    if item.group not in _FOREIGN and segment.text(0, 1):
        item.quantities.setdefault(segment.text(0), segment)


def _pri(item: Item, segment: Segment) -> None:
    if segment.text(0, 1):
        item.prices.setdefault(segment.text(0), segment)


def _moa(item: Item, segment: Segment) -> None:
    qualifier = segment.text(0)
    adjusts = item.group == "ALC" and qualifier in ADJUSTING
    amount = segment.number(0, 1) if adjusts or qualifier in (*_TOTALS, _UNIT_PRICE) else ""
    if not amount:
        return
    if adjusts:
        item.unmeasured -= 1
        item.adjustments.append(negative(amount) if item.sign == "A" else amount)
    else:
        item.amounts.setdefault(qualifier, amount)
        item.currency = item.currency or segment.text(0, 2)


def negative(amount: str) -> str:
    """Return an amount with the other sign."""
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def _alc(item: Item, segment: Segment) -> None:
    item.sign = segment.text(0)
    item.unmeasured += item.sign in {"A", "C"}


def _tax(item: Item, segment: Segment) -> None:
    if segment.text(0) == "7" and segment.text(1) in _TAXES:
        item.tax_rate = item.tax_rate or segment.number(4, 3)


def _rff(item: Item, segment: Segment) -> None:
    item.reference = segment.text(0)
    if item.reference == "SE" and segment.text(0, 1):
        item.serial_numbers.append(segment.text(0, 1))
    item.references.setdefault(item.reference, (segment.text(0, 1), segment.text(0, 2)))


def _dtm(item: Item, segment: Segment) -> None:
    ordered = item.group == "RFF" and item.reference in BUYERS_ORDERS
    if ordered and segment.text(0) in _ORDER_DATES:
        item.order_date = item.order_date or segment.day_or(item.problems)


def _gin(item: Item, segment: Segment) -> None:
    """Read serial numbers; a range of them is not spelled out."""
    if segment.text(0) == _SERIAL:
        for place in range(1, len(segment.elements)):
            numbers = set(segment.all(place))
            item.serial_numbers.extend(numbers if len(numbers) == 1 else ())


def _qvr(item: Item, segment: Segment) -> None:
    item.variance = segment.text(1)


_READINGS = {
    "PIA": _pia, "IMD": _imd, "QTY": _qty, "PRI": _pri, "MOA": _moa, "ALC": _alc, "TAX": _tax,
    "RFF": _rff, "DTM": _dtm, "GIN": _gin, "QVR": _qvr,
}  # fmt: skip
