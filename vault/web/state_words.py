"""How an order, an item or an invoice stands, in a reader's words."""

from vault.web.language import LazyString
from vault.web.language import lazy_gettext as _

_STATES: dict[str, LazyString] = {
    "processing": _("being processed"),
    "confirmed": _("confirmed"),
    "backordered": _("on back order"),
    "shipped": _("shipped"),
    "in transit": _("on its way"),
    "ready for pickup": _("ready to be picked up"),
    "delivered": _("delivered"),
    "returned": _("returned"),
    "refunded": _("refunded"),
    "credited": _("credited"),
    "cancelled": _("cancelled"),
    "rejected": _("rejected"),
    "payment due": _("payment due"),
    "problem": _("there is a problem"),
    "quoted": _("quoted, not ordered"),
    "closed": _("closed"),
    "open": _("open"),
    "paid": _("paid"),
    "paymentcomplete": _("paid"),
    "paymentdue": _("to be paid"),
    "paymentpastdue": _("overdue"),
    "paymentdeclined": _("payment declined"),
    "paymentautomaticallyapplied": _("paid by itself"),
}


def state(stated: str) -> str:
    """A state in the page's words, several parted by commas; what is not known stands as stated."""
    return ", ".join(_one(part) for part in stated.split(", "))


def _one(stated: str) -> str:
    word = stated.removeprefix("https://schema.org/").removeprefix("http://schema.org/")
    return str(_STATES.get(word.casefold(), stated))
