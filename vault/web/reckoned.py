"""What is paid, for the pages that show it."""

from vault.domain.compartments import Kind
from vault.services.records.reckoning import Reckoning
from vault.web.blueprint import open_vault, services

_SHOWING = (Kind.INVOICE, Kind.PAYMENT)


def reckoned_for(kind: Kind) -> Reckoning | None:
    """What is paid of which invoice; None for a kind whose pages say nothing of it."""
    return services().payments.reckoning(open_vault()) if kind in _SHOWING else None
