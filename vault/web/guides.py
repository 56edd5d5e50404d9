"""For each source of records: which file to fetch, where, and what comes of it."""

from dataclasses import dataclass

from vault.web.language import LazyString
from vault.web.language import lazy_gettext as _


@dataclass(frozen=True)
class Guide:
    """What the page of connections says of one source."""

    name: LazyString
    brings: LazyString
    steps: tuple[LazyString, ...]
    file: LazyString


_NAMES = {
    "amazon": _("Amazon"),
    "cdw": _("CDW"),
    "einvoice": _("electronic invoices"),
    "sheet": _("a kind that you explained"),
}


def source_name(connector: str) -> str:
    """A source of records as a person calls it, by the name of what reads its files."""
    return str(_NAMES.get(connector, connector))


GUIDES = (
    Guide(
        name=_("Amazon"),
        brings=_("Purchases and orders, gifts marked as Amazon states them"),
        steps=(
            _("On Amazon, open “Request your data” (Account, then “Request my data”)."),
            _("Ask for “Your Orders”. Amazon writes to you when it is ready, after a few days."),
            _("Download the archive and drop it on the import page, whole or in parts."),
        ),
        file=_(
            "The whole ZIP archive, or Retail.OrderHistory.csv out of it; order reports of "
            "earlier years are read too"
        ),
    ),
    Guide(
        name=_("CDW"),
        brings=_("Purchases, orders and licenses"),
        steps=(
            _(
                "Ask your account manager at CDW for the asset feed, or download it from your "
                "account."
            ),
            _("Drop the file on the import page."),
        ),
        file=_("The asset feed, as CSV or Excel"),
    ),
    Guide(
        name=_("Any vendor that sends electronic invoices"),
        brings=_("Invoices, with each line as a purchase"),
        steps=(
            _("Save the invoice that came by e-mail or that the vendor’s portal offers as XML."),
            _("Drop it on the import page; several at once are fine."),
        ),
        file=_("UBL 2.0 and 2.1 invoices and credit notes (XML)"),
    ),
)
