"""The kinds of record, and the compartments that can be opened separately.

Both lists are append-only: a kind's value stands in tokens and exports, a compartment's number
in sealed envelopes and in tables. Neither is ever renamed, renumbered or used again.
"""

from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a record is. The value is the singular used in JSON, in rows and on the command line."""

    PURCHASE = "purchase"
    ORDER = "order"
    INVOICE = "invoice"
    LICENSE = "license"
    PREFERENCE = "preference"
    LICENSE_KEY = "license_key"
    PAYMENT = "payment"

    @property
    def plural(self) -> str:
        """The name of the collection: `purchases` for `purchase`."""
        return f"{self.value}s"

    @property
    def compartment(self) -> "Compartment":
        """Where a record of this kind stands when no gift is in it."""
        return _PLAIN[self]

    @property
    def gift_compartment(self) -> "Compartment | None":
        """Where a record of this kind stands when it is or names a gift; None: it never does."""
        return _TWIN.get(_PLAIN[self])


class Compartment(IntEnum):
    """What can be opened separately: it has one secret for each epoch. Numbers are append-only."""

    PURCHASES = 1
    ORDERS = 2
    INVOICES = 3
    LICENSES = 4
    LICENSE_KEYS = 5
    PREFERENCES = 6
    PAYMENTS = 7
    GIFTS_PURCHASES = 11
    GIFTS_ORDERS = 12
    GIFTS_INVOICES = 13
    GIFTS_LICENSES = 14
    GIFTS_LICENSE_KEYS = 15
    INBOX = 21
    CONNECTIONS = 22
    CONSENTS = 23
    LEDGER = 24
    ROOT = 25

    @property
    def label(self) -> str:
        """The name as written in documents: `gifts.purchases`, `license_keys`."""
        if self.is_gifts:
            return f"gifts.{self.name.removeprefix('GIFTS_').lower()}"
        return self.name.lower()

    @property
    def is_gifts(self) -> bool:
        """Whether this is the twin that holds gifts and what would betray them."""
        return self in _ORIGIN

    @property
    def twin(self) -> "Compartment | None":
        """The gift twin of a plain compartment of records; None where there is none."""
        return _TWIN.get(self)

    @property
    def origin(self) -> "Compartment | None":
        """The plain compartment of which this is the gift twin; None for any other."""
        return _ORIGIN.get(self)

    @property
    def kind(self) -> Kind | None:
        """The kind of record that stands here; None for the vault's own compartments."""
        return _KIND.get(self.origin or self)


_PLAIN = {
    Kind.PURCHASE: Compartment.PURCHASES,
    Kind.ORDER: Compartment.ORDERS,
    Kind.INVOICE: Compartment.INVOICES,
    Kind.LICENSE: Compartment.LICENSES,
    Kind.PREFERENCE: Compartment.PREFERENCES,
    Kind.LICENSE_KEY: Compartment.LICENSE_KEYS,
    Kind.PAYMENT: Compartment.PAYMENTS,
}
_KIND = {compartment: kind for kind, compartment in _PLAIN.items()}
_TWIN = {
    Compartment.PURCHASES: Compartment.GIFTS_PURCHASES,
    Compartment.ORDERS: Compartment.GIFTS_ORDERS,
    Compartment.INVOICES: Compartment.GIFTS_INVOICES,
    Compartment.LICENSES: Compartment.GIFTS_LICENSES,
    Compartment.LICENSE_KEYS: Compartment.GIFTS_LICENSE_KEYS,
}
_ORIGIN = {twin: plain for plain, twin in _TWIN.items()}

SHAREABLE = tuple(kind for kind in Kind if kind is not Kind.PAYMENT)
"""The kinds that a vendor can ask for, in their order.

What was paid is the owner's alone: a line of a bank account says more of a person than what any
vendor has sold. No scope names it, no terms hold it, and no package opens its compartment.
"""
