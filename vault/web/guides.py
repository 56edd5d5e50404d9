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
    "cxml": _("cXML document"),
    "edifact": _("EDIFACT message"),
    "einvoice": _("Electronic invoice or order"),
    "licenses": _("License file"),
    "mail_order": _("Order e-mail or page"),
    "payments": _("Account statement"),
    "sheet": _("Table that you explained"),
    "x12": _("X12 document"),
}


def source_name(connector: str) -> str:
    """What a document is, as a person calls it, by the name of what reads it."""
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
        brings=_("Invoices, with each line as a purchase; orders and deliveries"),
        steps=(
            _(
                "Save the invoice that came by e-mail or that the vendor’s portal offers, as XML "
                "or as PDF with the invoice inside."
            ),
            _("Drop it on the import page; several at once are fine."),
        ),
        file=_("UBL and UN/CEFACT CII (XML), Factur-X and ZUGFeRD (PDF)"),
    ),
    Guide(
        name=_("Shops that write order e-mails"),
        brings=_("Orders, purchases and parcels, as far as the shop states them for programs"),
        steps=(
            _("Save the e-mail from your mail program as a file; it ends in .eml."),
            _("Drop it on the import page, with all the others."),
        ),
        file=_("E-mails and pages with schema.org markup (.eml, .html)"),
    ),
    Guide(
        name=_("Vendors that exchange documents with your company: Dell, HP, Cisco, distributors"),
        brings=_("Orders, confirmations, ship notices and invoices"),
        steps=(
            _("Ask whoever runs your purchasing system for the documents of the vendor."),
            _("Drop them on the import page, one by one or as a ZIP archive."),
        ),
        file=_("cXML, ANSI X12 (810, 850, 855, 856), UN/EDIFACT (INVOIC, ORDERS, ORDRSP, DESADV)"),
    ),
    Guide(
        name=_("Licenses: Microsoft, MathWorks and others"),
        brings=_("Licenses with their seats and dates; keys are kept apart and hidden"),
        steps=(
            _("Save the license statement or the license file that your publisher gave you."),
            _("Drop it on the import page."),
        ),
        file=_(
            "Microsoft License Statement (Excel, CSV), Microsoft Graph’s list of subscribed SKUs, "
            "FlexNet license files, SWID tags"
        ),
    ),
    Guide(
        name=_("Banks, cards and PayPal"),
        brings=_("Payments, matched to your invoices; no vendor can ask for them"),
        steps=(
            _("Download the statement of your account for the time that you want."),
            _("Drop it on the import page."),
        ),
        file=_("OFX, CAMT.053 and CAMT.054, PayPal’s activity download"),
    ),
)
