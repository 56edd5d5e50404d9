"""A message of trade, gathered segment by segment: its header, its lines and its summary.

Every segment is read in the group in which it stands: a date after RFF is the reference's, an
amount after ALC the allowance's. Which of it a document means is decided in `invoices.py` and
`orders.py`.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from vault.connectors.edifact.interchange import Message
from vault.connectors.edifact.lines import ADJUSTING, BUYERS_ORDERS, Item, begun
from vault.connectors.edifact.parties import Named
from vault.connectors.edifact.segment import Segment, segments_of
from vault.domain.records import RowError

LINE_LIMIT = 100_000

_EUROPEAN = "urn:cen.eu:en16931"
_GROUPS = frozenset(
    {"RFF", "NAD", "TAX", "CUX", "PAT", "PYT", "TDT", "TOD", "LOC", "PAC", "ALC", "CPS", "EFI"}
)
_DUE = frozenset({"13", "140", "265"})
_DISCOUNTS = frozenset({"20", "21", "22"})
"""Terms of UNTDID 4279 for paying earlier or too late."""
_ORDER_DATES = frozenset({"171", "4"})
_DATED = frozenset({"", "CUX", "LOC", "TOD", "TDT"})
"""Groups in which a date is the document's."""
_SUMMARY = frozenset({"9", "77", "79", "86", "176", "388", "389"})
"""Amounts that only a summary has: they end the lines where UNS was forgotten."""
_PARTY = frozenset({"NAD", "RFF", "LOC"})
_OF_PARTIES = frozenset({"VA", "GN", "XA", "FC", "AHP", "IA", "API", "AVC", "CR", "YC1"})
"""References that a party has; others after a NAD are the document's."""
_READ = _SUMMARY | ADJUSTING | {"39", "113", "124", "125", "128", "150", "259", "260", "366"}
"""The amounts that are read (UNTDID 5025); what others hold is not looked at."""
_REFERENCE_CURRENCY = "2"
_TAX_AMOUNT = "124"
_TAXABLE = "125"
_LENGTH = 32


@dataclass(slots=True)
class Gathered:
    """What a message says, each first statement of its qualifier."""

    bgm: Segment | None = None
    group: str = ""
    qualifier: str = ""
    dates: dict[str, Segment] = field(default_factory=dict)
    due_dates: list[str] = field(default_factory=list)
    references: dict[str, list[str]] = field(default_factory=dict)
    order_date: str = ""
    problems: list[RowError] = field(default_factory=list)
    parties: list[Named] = field(default_factory=list)
    in_party: bool = False
    currency: str = ""
    terms: list[str] = field(default_factory=list)
    coded_terms: list[str] = field(default_factory=list)
    carriers: list[str] = field(default_factory=list)
    european: bool = False
    sign: str = ""
    adjustments: dict[str, Decimal] = field(default_factory=dict)
    unmeasured: int = 0
    items: list[Item] = field(default_factory=list)
    item: Item | None = None
    summary: bool = False
    amounts: dict[str, str] = field(default_factory=dict)
    tax_parts: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The document's number (1004)."""
        return self.bgm.words(1) if self.bgm else ""

    @property
    def code(self) -> str:
        """The document's name, coded (UNTDID 1001)."""
        return self.bgm.text(0) if self.bgm else ""

    @property
    def function(self) -> str:
        """The message's function, coded (UNTDID 1225)."""
        return self.bgm.text(2) if self.bgm else ""

    @property
    def answer(self) -> str:
        """The type of a response, coded (UNTDID 4343)."""
        return self.bgm.text(3) if self.bgm else ""

    def date(self, *qualifiers: str) -> str:
        """Return the first of these dates that is stated, with its time where it has one."""
        stated = (self.dates[name].moment() for name in qualifiers if name in self.dates)
        return next(filter(None, stated), "")

    def amount(self, *qualifiers: str) -> str:
        """Return the first of these amounts of the whole document that is stated."""
        return next((self.amounts[name] for name in qualifiers if name in self.amounts), "")

    def referred(self, qualifier: str) -> list[str]:
        """Return the header's references of a qualifier, each once."""
        return list(dict.fromkeys(self.references.get(qualifier, [])))

    def ordered(self) -> list[str]:
        """Return the buyer's numbers of the orders that the header names."""
        return next(filter(None, map(self.referred, BUYERS_ORDERS)), [])

    def adjusted(self, sign: str) -> str:
        """Return what all allowances (A) or charges (C) of the header come to; "" for none."""
        return format(self.adjustments[sign], "f") if sign in self.adjustments else ""

    def take(self, segment: Segment) -> None:
        """Take one segment; ValueError where a number or date is none, or lines are too many."""
        if self._ends_lines(segment):
            self.item, self.group, self.summary = None, "", segment.tag != "CPS"
        if segment.tag == "LIN":
            if len(self.items) >= LINE_LIMIT:
                raise ValueError(f"the message has more than {LINE_LIMIT:,} lines")
            self.item = begun(segment)
            self.item.problems = self.problems
            self.items.append(self.item)
        elif self.item is not None:
            self.item.take(segment)
        else:
            self._of_document(segment)

    def _ends_lines(self, segment: Segment) -> bool:
        if segment.tag == "MOA":
            return self.item is not None and segment.text(0) in _SUMMARY
        return segment.tag in {"UNS", "CNT", "CPS"}

    def _of_document(self, segment: Segment) -> None:
        if segment.tag in _GROUPS:
            self.group, self.qualifier = segment.tag, segment.text(0)
            self.in_party = segment.tag in _PARTY and (self.in_party or segment.tag == "NAD")
        reading = _READINGS.get(segment.tag)
        if reading is not None:
            reading(self, segment)


def gathered(message: Message) -> Gathered:
    """Read a whole message; ValueError says what in it cannot be read."""
    found = Gathered()
    for segment in segments_of(message):
        found.take(segment)
    return found


def _bgm(found: Gathered, segment: Segment) -> None:
    found.bgm = found.bgm or segment


def _dtm(found: Gathered, segment: Segment) -> None:
    qualifier = segment.text(0)
    if qualifier in _DUE:
        terms = found.group in {"PAT", "PYT"}
        if not (terms and found.qualifier in _DISCOUNTS):
            day = segment.day()
            found.due_dates += [day] if day and day not in found.due_dates else []
    elif found.group == "RFF":
        if found.qualifier in BUYERS_ORDERS and qualifier in _ORDER_DATES:
            found.order_date = found.order_date or segment.day_or(found.problems)
    elif found.group in _DATED:
        found.dates.setdefault(qualifier, segment)


def _rff(found: Gathered, segment: Segment) -> None:
    number = segment.words(0, 1)
    if not number:
        return
    if found.in_party and segment.text(0) in _OF_PARTIES:
        found.parties[-1].references.setdefault(segment.text(0), number)
    else:
        found.references.setdefault(segment.text(0), []).append(number)


def _nad(found: Gathered, segment: Segment) -> None:
    found.parties.append(Named(segment))
    if segment.text(0) == "CA":
        found.carriers += segment.all(3) or segment.all(2, 0, 1)


def _cux(found: Gathered, segment: Segment) -> None:
    """Read the reference currency, or the only one that the segment states."""
    stated = {segment.text(place): segment.text(place, 1) for place in (0, 1)}
    codes = set(filter(None, stated.values()))
    only = codes.pop() if len(codes) == 1 else ""
    found.currency = found.currency or stated.get(_REFERENCE_CURRENCY, "") or only


def _ftx(found: Gathered, segment: Segment) -> None:
    text = " ".join(segment.all(3))
    if segment.text(0) == "AAB" and text:
        found.terms.append(text)
    elif segment.text(0) == "DOC" and text.startswith(_EUROPEAN):
        found.european = True


def _pat(found: Gathered, segment: Segment) -> None:
    text = " ".join(segment.all(1, 3))
    if text:
        found.coded_terms.append(text)


def _alc(found: Gathered, segment: Segment) -> None:
    """Begin an allowance (A) or charge (C); those of a summary may be the lines' once more."""
    found.sign = segment.text(0) if segment.text(0) in {"A", "C"} else ""
    found.unmeasured += bool(found.sign)
    if found.items:
        found.sign = ""


def _tdt(found: Gathered, segment: Segment) -> None:
    carrier = segment.words(4, 3) or segment.words(4)
    if carrier:
        found.carriers.append(carrier)


def _moa(found: Gathered, segment: Segment) -> None:
    qualifier, currency = segment.text(0), segment.text(0, 2)
    foreign = bool(currency and found.currency and currency != found.currency)
    amount = "" if foreign or qualifier not in _READ else segment.number(0, 1)
    if not amount:
        return
    if found.group == "ALC" and qualifier not in _SUMMARY:
        _adjust(found, qualifier, amount)
    elif found.group == "TAX" and qualifier in {_TAX_AMOUNT, _TAXABLE}:
        if qualifier == _TAX_AMOUNT and found.summary:  # before it, a charge's tax once more
            found.tax_parts.append(amount)
    else:
        found.amounts.setdefault(qualifier, amount)
        found.currency = found.currency or currency


def _adjust(found: Gathered, qualifier: str, amount: str) -> None:
    if found.sign and qualifier in ADJUSTING:
        whole = found.adjustments.get(found.sign, Decimal(0))
        found.adjustments[found.sign] = whole + Decimal(amount[:_LENGTH])
        found.sign = ""
        found.unmeasured -= 1


_READINGS = {
    "BGM": _bgm, "DTM": _dtm, "RFF": _rff, "NAD": _nad, "CUX": _cux, "FTX": _ftx, "PAT": _pat,
    "PYT": _pat, "ALC": _alc, "TDT": _tdt, "MOA": _moa,
}  # fmt: skip
