"""Which invoices give back: credit notes, by their type code."""

CREDIT_CODES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
"""The codes of UNTDID 1001 that EN 16931 counts as credit notes."""
