"""What a list, a form and a page of each kind of record say: words and columns, no logic."""

from dataclasses import dataclass

from vault.domain.compartments import Kind
from vault.web.language import LazyString, ngettext
from vault.web.language import lazy_gettext as _

_NEWEST, _OLDEST = _("Newest first"), _("Oldest first")
_LARGEST, _SMALLEST = _("Largest amount"), _("Smallest amount")
_BY_SELLER, _BY_NAME = _("Seller"), _("Name")


@dataclass(frozen=True)
class KindPage:
    """The words of one kind's pages. `sorts` maps what the address says to what the page says.

    `party` is what the other side is called.
    """

    kind: Kind
    title: LazyString
    one: LazyString
    add: LazyString
    search: LazyString
    empty: LazyString
    sorts: dict[str, LazyString]
    has_gifts: bool = False
    has_sellers: bool = True
    has_categories: bool = False
    has_places: bool = True
    has_amounts: bool = True
    party: LazyString = _BY_SELLER

    @property
    def slug(self) -> str:
        """The path under which the kind stands, and the name of its view: `purchases`."""
        return self.kind.plural


KIND_PAGES = {
    page.slug: page
    for page in (
        KindPage(
            kind=Kind.PURCHASE,
            title=_("Purchases"),
            one=_("Purchase"),
            add=_("Add a purchase"),
            search=_("Search what you bought"),
            empty=_(
                "Every single thing you bought will stand here, whoever sold it: when, from "
                "whom, for how much, and whether it was a gift."
            ),
            sorts={
                "newest": _NEWEST,
                "oldest": _OLDEST,
                "largest": _LARGEST,
                "smallest": _SMALLEST,
                "seller": _BY_SELLER,
                "title": _BY_NAME,
            },
            has_gifts=True,
            has_categories=True,
        ),
        KindPage(
            kind=Kind.ORDER,
            title=_("Orders"),
            one=_("Order"),
            add=_("Add an order"),
            search=_("Search orders"),
            empty=_("Your orders will stand here, with their state, deliveries and totals."),
            sorts={"newest": _NEWEST, "oldest": _OLDEST, "largest": _LARGEST},
        ),
        KindPage(
            kind=Kind.INVOICE,
            title=_("Invoices"),
            one=_("Invoice"),
            add=_("Add an invoice"),
            search=_("Search invoices"),
            empty=_("What you owe and what you have paid will stand here, by vendor and due date."),
            sorts={
                "newest": _NEWEST,
                "oldest": _OLDEST,
                "due": _("Due first"),
                "largest": _LARGEST,
            },
        ),
        KindPage(
            kind=Kind.PAYMENT,
            title=_("Payments"),
            one=_("Payment"),
            add=_("Add a payment"),
            search=_("Search payments"),
            empty=_(
                "What you have paid will stand here, from the statements of your bank, card or "
                "payment service, each with the invoice that it was for. It is for you alone: no "
                "vendor can ask for it."
            ),
            sorts={
                "newest": _NEWEST,
                "oldest": _OLDEST,
                "largest": _LARGEST,
                "smallest": _SMALLEST,
                "seller": _("Payee"),
            },
            has_places=False,
            party=_("Payee"),
        ),
        KindPage(
            kind=Kind.LICENSE,
            title=_("Licenses"),
            one=_("License"),
            add=_("Add a license"),
            search=_("Search licenses"),
            empty=_(
                "Software and services that you may use will stand here, across all vendors: "
                "seats owned and used, keys, and what runs out when."
            ),
            sorts={"newest": _NEWEST, "due": _("Runs out first"), "title": _BY_NAME},
            has_amounts=False,
        ),
        KindPage(
            kind=Kind.PREFERENCE,
            title=_("Preferences"),
            one=_("Preference"),
            add=_("Add a preference"),
            search=_("Search preferences"),
            empty=_(
                "Say it once, in your words: what you like and do not like, your sizes, how to "
                "reach you, what never to use for recommendations. Vendors see only what you "
                "allow."
            ),
            sorts={"title": _BY_NAME},
            has_sellers=False,
            has_places=False,
            has_amounts=False,
        ),
    )
}

TOPICS: dict[str, LazyString] = {
    "like": _("I like"),
    "dislike": _("I do not like"),
    "size": _("My sizes"),
    "contact": _("How to reach me"),
    "delivery": _("Delivery"),
    "substitution": _("Substitutes"),
    "language": _("Language"),
    "allergy": _("Allergies and diets"),
    "recommendation": _("Recommendations"),
    "privacy": _("Privacy"),
}
"""Topics that are suggested; a topic of the customer's own stands as it was written."""

STRENGTHS: dict[str, LazyString] = {
    "must": _("Always"),
    "prefer": _("Rather"),
    "never": _("Never"),
}
"""How strongly a preference is meant."""


DOCUMENTS: dict[str, LazyString] = {
    "380": _("Invoice"),
    "381": _("Credit note"),
    "383": _("Debit note"),
    "384": _("Corrected invoice"),
    "386": _("Prepayment invoice"),
    "389": _("Invoice that you wrote yourself"),
    "326": _("Partial invoice"),
}
"""What a document is, by its code in UN/CEFACT's list 1001."""


def document_kind(code: str) -> str:
    """What a document is; a code that is not known stands as it is."""
    return str(DOCUMENTS.get(code, code))


def topic(name: str) -> str:
    """A topic in the page's words, or in the customer's own."""
    return str(TOPICS.get(name, name))


def strength(name: str) -> str:
    """How strongly, in the page's words."""
    return str(STRENGTHS.get(name, name))


def counted(kind: str, count: int = 1) -> str:
    """How many of a kind: `3 purchases`; without a number, its name."""
    words = {
        "purchase": lambda: ngettext("%(num)d purchase", "%(num)d purchases", count),
        "order": lambda: ngettext("%(num)d order", "%(num)d orders", count),
        "invoice": lambda: ngettext("%(num)d invoice", "%(num)d invoices", count),
        "license": lambda: ngettext("%(num)d license", "%(num)d licenses", count),
        "preference": lambda: ngettext("%(num)d preference", "%(num)d preferences", count),
        "license_key": lambda: ngettext("%(num)d license key", "%(num)d license keys", count),
        "payment": lambda: ngettext("%(num)d payment", "%(num)d payments", count),
    }
    return words[kind]()


def named(kind: str) -> str:
    """The name of one record of a kind."""
    for page in KIND_PAGES.values():
        if page.kind == kind:
            return str(page.one)
    return str(_("License key"))


def titled(kind: str) -> str:
    """The name of a kind as a whole."""
    for page in KIND_PAGES.values():
        if page.kind == kind:
            return str(page.title)
    return str(_("License keys"))
