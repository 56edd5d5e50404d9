"""The shapes into which each format reads its documents.

The terms are those of EN 16931-1 (business terms in brackets) and, for orders and despatch
advices, of UBL 2.1. Everything is text as the document states it, already in the records' form:
amounts and quantities are decimal strings, dates ISO 8601 calendar dates, currencies ISO 4217.
"" (or an empty list) is what the document does not state. Nothing here is computed.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Party:
    """A seller, buyer or payee: its trading name, else its registered one, and one identifier.

    An identifier with a scheme is written `scheme:value`; a VAT number without one.
    """

    name: str = ""
    identifier: str = ""

    def data(self) -> dict[str, str]:
        """Return the record's shape of a party; empty where the document names none."""
        stated = {"name": self.name, "identifier": self.identifier}
        return {name: value for name, value in stated.items() if value}


@dataclass(slots=True)
class Line:
    """A line of any document [BG-25].

    `price` [BT-146] is for `price_base` [BT-149] units, or for one where that is "". `quantity`
    [BT-129], `unit_code` [BT-130] as UN/ECE Recommendation 20 where the format uses it.
    `adjustments` are the line's allowances, negative, and charges, positive [BG-27, BG-28], as
    decimal strings. `order_line` [BT-132] is the order's number of the line. A `grouping` line sums
    up or explains others, which are lines too: it is no purchase, and no sum counts it. `place` is
    the line in the file, or 0.
    """

    position: str = ""
    name: str = ""
    description: str = ""
    sku: str = ""
    mpn: str = ""
    gtin: str = ""
    brand: str = ""
    category: str = ""
    quantity: str = ""
    unit_code: str = ""
    price: str = ""
    price_base: str = ""
    line_total: str = ""
    tax_rate: str = ""
    currency: str = ""
    order_number: str = ""
    order_date: str = ""
    order_line: str = ""
    serial_numbers: list[str] = field(default_factory=list)
    status: str = ""
    grouping: bool = False
    adjustments: list[str] = field(default_factory=list)
    place: int = 0


@dataclass(slots=True)
class Tax:
    """One total of tax [BT-110] in the document's currency, and its parts by rate [BT-117]."""

    total: str = ""
    parts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Totals:
    """The totals of a document [BG-22], each as stated.

    `closed` says that the format has no others: what is not stated is nothing, and gross follows
    from lines, charges, allowances and taxes even where no net amount is stated.
    """

    lines: str = ""  # BT-106
    allowances: str = ""  # BT-107
    charges: str = ""  # BT-108
    net: str = ""  # BT-109
    gross: str = ""  # BT-112
    prepaid: str = ""  # BT-113
    rounding: str = ""  # BT-114
    due: str = ""  # BT-115
    third_party: list[str] = field(default_factory=list)  # BT-DEX-002 of XRechnung: due besides
    taxes: list[Tax] = field(default_factory=list)
    closed: bool = False


@dataclass(slots=True)
class Invoice:
    """An invoice or credit note. `type_code` is of UNTDID 1001 [BT-3].

    `document` names what kind of document says this: another than the invoice itself ("statement",
    "reminder") has its own number in `document_number`, which keeps the source ids apart.

    `due_date` is what a syntax states in the place that is meant for it [BT-9], and stands;
    `due_dates` holds every date on which payment is stated to be due, wherever that is, once: more
    than one is a disagreement. `orders` are the numbers of the orders that the document as a whole
    refers to [BT-13]; where it is one, it is that of each line that names no other, and
    `order_date` is its date. `payee` only where it is not the seller. `payment_status` is a name of
    schema.org's PaymentStatusType. `as_of` is when the document was written, where that is not
    `issue_date`.
    """

    number: str
    document: str = "invoice"
    document_number: str = ""
    type_code: str = ""
    issue_date: str = ""
    due_date: str = ""
    due_dates: list[str] = field(default_factory=list)
    seller: Party = field(default_factory=Party)
    payee: Party = field(default_factory=Party)
    currency: str = ""
    orders: list[str] = field(default_factory=list)
    order_date: str = ""
    payment_terms: str = ""
    payment_status: str = ""
    totals: Totals = field(default_factory=Totals)
    lines: list[Line] = field(default_factory=list)
    as_of: str = ""
    place: int = 0


@dataclass(slots=True)
class Delivery:
    """A parcel of an order; `expected` and `delivered` are dates or RFC 3339 moments."""

    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    expected: str = ""
    delivered: str = ""


@dataclass(slots=True)
class Order:
    """An order, or what a response, a ship notice or a despatch advice says of one.

    `number` is the number by which invoices refer to it: the buyer's. `po_number` only where the
    document states another besides it. `document` names what kind of document says this ("order",
    "change", "response", "despatch"), `document_number` its own number where it is not the order's:
    they keep the source ids of several documents about one order apart. `date` is the order's own.
    `status` is the order's, in the words of `docs/connectors.md`; it is also that of each line
    without one.

    `as_of` is when the document was written, as a date or an RFC 3339 moment; for the order itself
    its `date` will do. `total` is what the order costs with everything. `net` is what its lines are
    stated to add up to; a format that states the totals of EN 16931 gives them as `totals` instead.
    Both are only compared, and become mismatches where they do not come out.
    """

    number: str
    document: str = "order"
    document_number: str = ""
    date: str = ""
    seller: Party = field(default_factory=Party)
    currency: str = ""
    status: str = ""
    po_number: str = ""
    shipping: str = ""
    tax: str = ""
    discount: str = ""
    total: str = ""
    net: str = ""
    totals: Totals = field(default_factory=Totals)
    deliveries: list[Delivery] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    as_of: str = ""
    place: int = 0
