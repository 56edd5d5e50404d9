"""Clusters: a record's fields as a person thinks of them, a few that belong together.

A customer decides on clusters, and on single fields where that is not fine enough. Every field
that can be shared stands in exactly one cluster of its kind. The words for them are the pages'.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vault.domain.compartments import Kind
from vault.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Cluster:
    """Some fields of one kind; `word` is unique within it and stable: forms send it."""

    kind: Kind
    word: str
    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """Unique among all kinds: `purchases.cost`."""
        return f"{self.kind.plural}.{self.word}"


_FIELDS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.PURCHASE: {
        "what": ("name", "brand", "category", "quantity", "unitCode", "itemStatus"),
        "origin": ("orderDate", "seller", "orderNumber", "channel", "site"),
        "cost": ("price", "lineTotal", "priceCurrency"),
        "numbers": ("sku", "mpn", "gtin", "serialNumbers"),
        "delivery": ("deliveryAddress",),
        "gift": ("giftRecipient", "giftMessage"),
        "returns": ("returnBy", "warrantyUntil"),
    },
    Kind.ORDER: {
        "origin": ("orderDate", "seller", "orderNumber", "orderStatus", "poNumber"),
        "place": ("channel", "site"),
        "cost": ("totalPrice", "shipping", "tax", "discount", "priceCurrency"),
        "delivery": ("deliveries",),
    },
    Kind.INVOICE: {
        "origin": ("issueDate", "provider", "invoiceNumber", "typeCode", "referencesOrder", "site"),
        "cost": ("totalPaymentDue", "taxTotal", "priceCurrency"),
        "payment": ("paymentDueDate", "paymentStatus", "amountPaid", "paymentTerms", "payee"),
        "lines": ("lines",),
    },
    Kind.LICENSE: {
        "what": ("name", "publisher", "hasKey"),
        "origin": ("seller", "orderNumber", "invoiceNumber", "site"),
        "numbers": ("agreementNumber", "licenseNumber"),
        "seats": ("quantityOwned", "quantityUsed", "metric"),
        "time": ("ownedFrom", "ownedThrough", "maintenanceEnd"),
    },
    Kind.LICENSE_KEY: {"key": ("key",)},
    Kind.PREFERENCE: {
        "what": ("subject", "topic", "value", "strength"),
        "note": ("note", "validThrough"),
    },
}

CLUSTERS: Mapping[Kind, tuple[Cluster, ...]] = {
    kind: tuple(Cluster(kind, word, fields) for word, fields in of_kind.items())
    for kind, of_kind in _FIELDS.items()
}
"""The clusters of each kind, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Part:
    """As much of a cluster as some fields make up, in the cluster's order; never nothing."""

    cluster: Cluster
    fields: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing of the cluster is missing."""
        return self.fields == self.cluster.fields


def parts(kind: Kind, fields: Iterable[str]) -> list[Part]:
    """The clusters of a kind that some of its fields touch, and how much of each."""
    wanted = frozenset(fields)
    found = (
        Part(cluster, tuple(name for name in cluster.fields if name in wanted))
        for cluster in CLUSTERS[kind]
    )
    return [part for part in found if part.fields]


def parts_of(terms: Terms) -> dict[Kind, list[Part]]:
    """What terms share, kind by kind."""
    return {kind: parts(kind, terms.rules[kind].fields) for kind in Kind if kind in terms.rules}
