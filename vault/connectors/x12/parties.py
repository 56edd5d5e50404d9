"""Parties: N1 loops, and who sends and receives the interchange.

A party has its name and one identifier, written `scheme:value`: for the D-U-N-S number and the GLN
with the code of ISO 6523 that e-invoices use too, else with X12's own qualifier. A number that one
of two trading partners has given (qualifiers 91, 92, ZZ and the like) tells nothing to others: it
is taken only where there is no name.
"""

from collections.abc import Iterable

from vault.connectors.documents.model import Party
from vault.connectors.x12.envelopes import TransactionSet
from vault.connectors.x12.tokens import Segment

_GLOBAL = {"1": "0060", "9": "9", "FI": "FI", "UL": "0088"}
_SELLERS = ("SE", "VN", "SU", "II")
_PAYEES = ("PE", "RI", "RE")
_SENDER, _RECEIVER = (5, 2), (7, 3)


def parties(segments: Iterable[Segment]) -> dict[str, Party]:
    """Return the first party of each role (N101), with N2 for a name that N1 lacks."""
    found: dict[str, Party] = {}
    current: Party | None = None
    for segment in segments:
        if segment.id == "N1":
            current = found.setdefault(segment.at(1), _party(segment))
        elif segment.id == "N2" and current is not None and not current.name:
            current.name = segment.at(1)
    return found


def _party(segment: Segment) -> Party:
    name, scheme, value = segment.at(2), segment.at(3), segment.at(4)
    if not value or (name and scheme not in _GLOBAL):
        return Party(name)
    scheme = _GLOBAL.get(scheme, scheme)
    return Party(name, f"{scheme}:{value}" if scheme else value)


def seller(found: dict[str, Party], whole: TransactionSet, *, receives: bool = False) -> Party:
    """Return who sells: the party that is named so, else who sends (or receives) the interchange.

    An order is sent to its seller; every other document comes from it.
    """
    for role in _SELLERS:
        if role in found and found[role].data():
            return found[role]
    place, group_place = _RECEIVER if receives else _SENDER
    scheme, value = whole.interchange.at(place), whole.interchange.at(place + 1)
    if not value:
        return Party("", whole.group.at(group_place))
    scheme = "0060" if scheme == "01" else scheme
    return Party("", f"{scheme}:{value}" if scheme else value)


def payee(found: dict[str, Party], seller: Party) -> Party:
    """Return to whom payment goes, where that is not the seller."""
    for role in _PAYEES:
        party = found.get(role, Party())
        if party.data() and party.name.casefold() != (seller.name or "-").casefold():
            return party
    return Party()
