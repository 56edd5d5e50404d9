"""Codes of ASC X12 and what they are here.

In brackets the number of the data element; the lists are those of ASC X12, as published with
versions 2001 to 8030. A code that is not listed says nothing to us, or stands as it is.
"""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "204": "motor carrier load tender",
    "210": "freight invoice",
    "214": "shipment status",
    "812": "credit and debit adjustment",
    "816": "organizational relationships",
    "820": "remittance advice",
    "824": "application advice",
    "830": "planning schedule",
    "832": "price and sales catalog",
    "835": "health care payment",
    "837": "health care claim",
    "840": "request for quotation",
    "843": "response to request for quotation",
    "846": "inventory advice",
    "852": "product activity",
    "860": "purchase order change",
    "861": "receiving advice",
    "862": "shipping schedule",
    "864": "text message",
    "865": "purchase order change acknowledgment",
    "867": "resale report",
    "869": "order status inquiry",
    "870": "order status report",
    "875": "grocery purchase order",
    "880": "grocery invoice",
    "940": "warehouse shipping order",
    "943": "warehouse transfer shipment advice",
    "945": "warehouse shipping advice",
    "997": "functional acknowledgment",
    "999": "implementation acknowledgment",
}
"""Transaction sets [143] that are not read, by name."""

INVOICE_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("CC", "CE", "CG", "CN", "CR", "MC"), "381"),
    **dict.fromkeys(("CD", "CI"), "385"),
    **dict.fromkeys(("CF", "DR"), "383"),
    "CO": "384",
    "DI": "380",
}
"""Transaction type codes of an invoice [640] as codes of UNTDID 1001."""

WITHDRAWN = frozenset({"01", "03"})
"""Purposes of a transaction set [353]: cancellation, delete."""

RESPONSES: Mapping[str, str] = {
    **dict.fromkeys(("AC", "AD", "AE", "AK", "AP", "AT"), "confirmed"),
    **dict.fromkeys(("RD", "RF", "RJ", "RO"), "rejected"),
    "AH": "on hold",
}
"""Acknowledgment types of an order [587]."""

LINE_STATES: Mapping[str, str] = {
    **dict.fromkeys(
        ("AA", "AR", "DR", "IA", "IC", "IE", "IP", "IQ", "SP"),
        "confirmed",
    ),
    **dict.fromkeys(("BP", "IB"), "backordered"),
    **dict.fromkeys(("IF", "IH", "IW"), "on hold"),
    **dict.fromkeys(("IR", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"), "rejected"),
    "AC": "shipped",
    "ID": "cancelled",
    "IS": "substituted",
}
"""Line item status codes [668]."""

PRICE_BASES: Mapping[str, str] = {
    "PN": "10",
    **dict.fromkeys(("PD", "LD", "RD", "TD", "WD"), "12"),
    **dict.fromkeys(("HP", "LC", "QH", "RC", "TC", "WC"), "100"),
    **dict.fromkeys(("TP", "LM", "QS", "RM", "TM", "WM"), "1000"),
    "TT": "10000",
    "HT": "100000",
}
"""Bases of unit prices [639] that are for several units."""

DOZENS = frozenset({"DZ", "DO", "DZN"})
"""Units [355] in which a price for a dozen is a price for one."""

PRICE_UNITS: Mapping[str, frozenset[str]] = {
    "HF": frozenset(),
    "TF": frozenset(),
    "PS": frozenset(),
    "ML": frozenset({"ML"}),
    "PA": frozenset(),
    "PF": frozenset({"FT", "LF"}),
    "PG": frozenset({"GR"}),
    "PK": frozenset({"KG"}),
    "PL": frozenset({"LT"}),
    "PO": frozenset({"OZ"}),
    "PP": frozenset({"LB"}),
    "PT": frozenset({"TN"}),
    "PY": frozenset({"YD"}),
}
"""Bases of unit prices [639] in a measure, and the units [355] in which that is the unit's price.

In any other unit the price is of something else than what is counted."""

SHIPPING = frozenset({"D240", "G821", "G830"})
"""Charges [1300] for freight; shipping; shipping and handling."""


def is_tax(code: str) -> bool:
    """Return whether a charge [1300] is a tax: H610 to H800, H830 to H850."""
    return "H610" <= code <= "H800" or code in {"H830", "H840", "H850"}
