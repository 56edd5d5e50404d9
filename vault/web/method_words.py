"""How something was paid, and how a license is counted, in a reader's words."""

from vault.web.language import LazyString
from vault.web.language import lazy_gettext as _

_PAID: dict[str, LazyString] = {
    "atm": _("cash machine"),
    "card": _("card"),
    "cash": _("cash"),
    "check": _("check"),
    "cheque": _("check"),
    "counter": _("at the counter"),
    "credit": _("credit"),
    "credit transfer": _("transfer"),
    "debit": _("debit"),
    "dep": _("deposit"),
    "direct debit": _("direct debit"),
    "directdebit": _("direct debit"),
    "directdep": _("direct deposit"),
    "div": _("dividend"),
    "fee": _("fee"),
    "int": _("interest"),
    "payment": _("electronic payment"),
    "pos": _("card at the till"),
    "repeatpmt": _("standing order"),
    "reversal": _("reversal"),
    "srvchg": _("service charge"),
    "xfer": _("transfer"),
}
"""OFX's kinds of transaction, and what is made of CAMT's."""

_COUNTED: dict[str, LazyString] = {
    "concurrent": _("use at the same time"),
    "named host": _("named computer"),
    "named user": _("named person"),
    "uncounted": _("not counted"),
}


def paid_by(stated: str) -> str:
    """How something was paid; what is not known stands as stated."""
    return str(_PAID.get(stated.casefold(), stated))


def counted_by(stated: str) -> str:
    """By what the seats of a license are counted; what is not known stands as stated."""
    return str(_COUNTED.get(stated.casefold(), stated))
