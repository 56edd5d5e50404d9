"""All layouts of Amazon's files, of every vintage, and which of them a header row is of."""

from vault.connectors.amazon.layouts import (
    DIGITAL_CONTENT,
    DIGITAL_ITEMS,
    DIGITAL_ORDERS,
    LEGACY_ITEMS,
    LEGACY_SHIPMENTS,
    RETAIL,
    Layout,
)
from vault.connectors.amazon.refunds import RETURNS

LAYOUTS = (
    RETAIL,
    LEGACY_ITEMS,
    LEGACY_SHIPMENTS,
    DIGITAL_ITEMS,
    DIGITAL_CONTENT,
    DIGITAL_ORDERS,
    *RETURNS,
)


def layout_of(header: list[str]) -> Layout | None:
    """Return the layout of a normalised header row, or None."""
    return next((layout for layout in LAYOUTS if layout.fits(header)), None)
