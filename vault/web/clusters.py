"""The words for clusters of fields: the same where a vendor asks, in review and at withdrawal."""

from dataclasses import dataclass

from vault.domain.clusters import Cluster, Part, parts_of
from vault.domain.terms import Terms
from vault.web.consent_words import field_names
from vault.web.field_words import LABELS
from vault.web.formats import listed
from vault.web.kinds import titled
from vault.web.language import LazyString
from vault.web.language import lazy_gettext as _

_WORDS: dict[str, LazyString] = {
    "purchases.what": _("What it is"),
    "purchases.origin": _("When and from whom"),
    "purchases.cost": _("What it cost"),
    "purchases.numbers": _("Product and serial numbers"),
    "purchases.delivery": _("Where it was delivered"),
    "purchases.gift": _("For whom it was, and your words to them"),
    "purchases.returns": _("Returns and warranty"),
    "orders.origin": _("When, from whom and how it stands"),
    "orders.place": _("Where you ordered it"),
    "orders.cost": _("What it cost"),
    "orders.delivery": _("Deliveries and parcel numbers"),
    "invoices.origin": _("When, from whom and for which order"),
    "invoices.cost": _("What it comes to"),
    "invoices.payment": _("What is due and what you have paid"),
    "invoices.lines": _("Each line of it"),
    "licenses.what": _("What it is"),
    "licenses.origin": _("From whom, and by which order"),
    "licenses.numbers": _("Agreement and license numbers"),
    "licenses.seats": _("How many may use it, and how many do"),
    "licenses.time": _("From when until when"),
    "license_keys.key": _("The keys themselves"),
    "preferences.what": _("What you like, need or refuse"),
    "preferences.note": _("Your notes, and how long it holds"),
}


@dataclass(frozen=True)
class ShownPart:
    """A cluster in words; `details` names its fields where not all of them are shared."""

    label: str
    whole: bool
    details: str


@dataclass(frozen=True)
class ShownKind:
    """What is shared of one kind."""

    kind: str
    title: str
    parts: list[ShownPart]


def cluster_label(cluster: Cluster) -> str:
    """A cluster in plain words."""
    return str(_WORDS[cluster.name])


def details_of(part: Part) -> str:
    """The fields of a part in a row, as nouns; a currency goes with its amounts."""
    said = field_names(part.fields) or [str(LABELS[name]) for name in part.fields]
    return listed(said)


def clusters_of(terms: Terms) -> list[ShownKind]:
    """What terms share, kind by kind, in the words in which it was asked for."""
    return [
        ShownKind(str(kind), titled(kind), [_shown(part) for part in found])
        for kind, found in parts_of(terms).items()
    ]


def _shown(part: Part) -> ShownPart:
    details = "" if part.whole else details_of(part)
    return ShownPart(cluster_label(part.cluster), part.whole, details)
