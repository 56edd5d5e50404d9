"""Who is who in a message: NAD with the references that follow it.

A party is named in C080, or unstructured in C058, and identified by a reference (VAT, government
number) or by C082. Where the message follows EN 16931, the second part of C080 is the trading name
[BT-28]; elsewhere a long name goes on there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vault.connectors.documents.model import Party
from vault.connectors.edifact.segment import Segment

SELLERS = ("SE", "SU", "II")
"""Seller, supplier, issuer of the invoice: the first of them that is stated."""
ISSUERS = (*SELLERS, "MS", "FR")
"""Who answers an order is its seller, even where only the message's sender is named."""
_VAT = ("VA",)
_LEGAL = ("GN", "XA")
_SCHEMES = {"9": "0088", "16": "0060"}
"""Agencies of UNTDID 3055 as schemes of ISO 6523: GS1's GLN, Dun & Bradstreet's DUNS."""
_BY_SUPPLIER = "91"
_NAMES = 5


@dataclass(slots=True)
class Named:
    """A NAD: whose role it states, and the references after it by qualifier."""

    nad: Segment
    references: dict[str, str] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """The qualifier: `SE`, `BY`."""
        return self.nad.text(0)

    def party(self, *, european: bool) -> Party:
        """Return the party; `european` where the message follows EN 16931."""
        name = self._name(european=european)
        return Party(name, self._identifier(name))

    def _name(self, *, european: bool) -> str:
        parts = [" ".join(part.split()) for part in self.nad.all(3, 0, _NAMES)]
        if parts:
            return parts[1] if european and len(parts) > 1 else " ".join(parts)
        return next((" ".join(line.split()) for line in self.nad.all(2)), "")

    def _identifier(self, name: str) -> str:
        for qualifier in (*_VAT, *_LEGAL):
            if self.references.get(qualifier):
                return self.references[qualifier]
        value, scheme, agency = (self.nad.text(1, place) for place in range(3))
        if not value or (agency == _BY_SUPPLIER and name):
            return ""  # a number of its own, which another supplier may have too
        scheme = scheme or _SCHEMES.get(agency, "")
        return f"{scheme}:{value}" if scheme else value


def first(parties: Sequence[Named], roles: Sequence[str], *, european: bool = False) -> Party:
    """Return the party in the first of these roles that is stated and says something."""
    for role in roles:
        for named in parties:
            if named.role == role:
                party = named.party(european=european)
                if party.data():
                    return party
    return Party()
