"""Codes that UBL and CII share."""

_GS1_SCHEMES = frozenset({"0160", "0088", "0014", "GTIN", "EAN", "SRV"})
_NO_REFERENCE = frozenset({"na", "n/a", "n.a.", "-", "dummywert"})
"""What stands where there is no order, since UBL asks for an ID beside the seller's number."""


def of_gs1(scheme: str) -> bool:
    """Tell whether a scheme of ISO/IEC 6523, or a word in its place, is GS1's: it names a GTIN."""
    return scheme.upper() in _GS1_SCHEMES


def referenced(value: str) -> str:
    """Return a reference to another document; `NA` and the like are none."""
    return "" if value.casefold() in _NO_REFERENCE else value
