"""Which records must move so that none betrays a gift: when one is marked, or a record written.

A purchase that is a gift takes its order, and every invoice and license that lists it, into the
gift twins; unmarked, it brings back those that no other gift keeps there. A license is listed also
by the number of an invoice that lists it, and its keys stand where it stands. What is withheld
because it may be a gift under another name (`withholding.py`) counts among the gifts here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from vault.domain.compartments import Compartment, Kind
from vault.domain.relations import (
    NAMING_KINDS,
    GiftNames,
    Relation,
    link_to,
    numbers_of_invoice,
    relate,
)
from vault.services.changes import Change
from vault.services.snapshots import Snapshot
from vault.storage.index_lines import ManifestLine
from vault.storage.records import StoredRecord

_NAMING = tuple(kind.compartment for kind in NAMING_KINDS)
PASSING_ON = (Kind.INVOICE, Kind.LICENSE)
"""The kinds that others are known by: what names a gift through one of these betrays it too."""
_NAMING_TWINS = tuple(twin for kind in NAMING_KINDS if (twin := kind.gift_compartment))


def relation_of(line: ManifestLine) -> Relation:
    """The relation that the index keeps of a record."""
    return Relation(tuple(line.tokens), tuple(line.sellers))


def names_of(purchases: Iterable[StoredRecord], same: Mapping[str, str]) -> GiftNames:
    """The names under which others would betray these purchases; `same` as in `GiftNames`."""
    relations = (relate(Kind.PURCHASE, one.record_id, one.data) for one in purchases)
    return GiftNames(relations, same)


def present_gifts(
    snapshot: Snapshot,
    without: frozenset[bytes] = frozenset(),
    same: Mapping[str, str] | None = None,
) -> GiftNames:
    """The names of every purchase in the twin, less some; under the sellers that are one by now."""
    return passed_on(snapshot, names_in_twin(snapshot, without, same))


def gifts_with(
    snapshot: Snapshot,
    replaced: frozenset[bytes],
    same: Mapping[str, str],
    coming: "Sequence[Named]",
) -> GiftNames:
    """The names of what is in the twin once the records `replaced` are gone, and these came."""
    names = names_in_twin(snapshot, replaced, same)
    for kind, _, relation, gift in coming:
        if kind is Kind.PURCHASE and gift:
            names.add(relation)
    return passed_on(snapshot, names, lambda: coming, replaced)


def following(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Change]:
    """What moves because purchases come into the twin by these changes, or leave it."""
    gone = frozenset(one.record_id for one in changes)
    named = [coming(one) for one in changes if one.gift and one.data is not None]
    yield from hide(snapshot, GiftNames((one.relation for one in named), snapshot.same_sellers()))
    left = [one.old for one in changes if one.old and one.old.is_gift and not one.gift]
    if left:
        same = snapshot.same_sellers()
        remaining = gifts_with(snapshot, gone, same, named)
        yield from bring_back(snapshot, names_of(left, same), remaining)


def names_in_twin(
    snapshot: Snapshot, without: frozenset[bytes], same: Mapping[str, str] | None = None
) -> GiftNames:
    """The names of the purchases in the twin, less some, before they are passed on."""
    left_out = {record_id.hex() for record_id in without}
    relations = (
        relation_of(line)
        for line in snapshot.manifest(Compartment.GIFTS_PURCHASES)
        if line.record_id not in left_out
    )
    return GiftNames(relations, snapshot.same_sellers() if same is None else same)


class Named(NamedTuple):
    """A record that a write brings: of purchases, `gift` says whether it stands in the twin."""

    kind: Kind
    record_id: bytes
    relation: Relation
    gift: bool = False


def passed_on(
    snapshot: Snapshot,
    names: GiftNames,
    coming: Callable[[], Iterable[Named]] = tuple,
    replaced: frozenset[bytes] = frozenset(),
) -> GiftNames:
    """Add to the names of gifts what those that name them are named by in turn.

    `coming` are the records that a write brings, in place of those that are `replaced`.
    """
    if names:
        for kind in PASSING_ON:
            there = _there(snapshot, kind, replaced)
            for one in chain(there, (one for one in coming() if one.kind is kind)):
                if names.named_by(one.relation):
                    names.add(passing_on(one))
    return names


def passing_on(one: Named) -> Relation:
    """By what others name an invoice or a license that names a gift itself."""
    if one.kind is Kind.INVOICE:
        return Relation(numbers_of_invoice(one.relation), one.relation.sellers)
    return Relation((link_to(one.record_id.hex()),), ())


def _there(snapshot: Snapshot, kind: Kind, less: frozenset[bytes]) -> Iterator[Named]:
    both = (kind.compartment, kind.gift_compartment)
    for line in snapshot.manifest(*(one for one in both if one)):
        record_id = bytes.fromhex(line.record_id)
        if record_id not in less:
            yield Named(kind, record_id, relation_of(line))


def _named(
    snapshot: Snapshot, compartments: tuple[Compartment, ...], names: GiftNames
) -> dict[bytes, StoredRecord]:
    ids = [
        bytes.fromhex(line.record_id)
        for line in snapshot.manifest(*compartments)
        if names.named_by(relation_of(line))
    ]
    return snapshot.read(ids) if ids else {}


def hide(snapshot: Snapshot, names: GiftNames) -> Iterator[Change]:
    """Move into the twins what names one of these gifts."""
    if names:
        for record in _named(snapshot, _NAMING, passed_on(snapshot, names)).values():
            yield moved(record, gift=True)


def bring_back(snapshot: Snapshot, names: GiftNames, remaining: GiftNames) -> Iterator[Change]:
    """Move out of the twins what named one of these and names no gift that remains."""
    if not names:
        return
    for record in _named(snapshot, _NAMING_TWINS, passed_on(snapshot, names)).values():
        if not remaining.named_by(relate(kind_of(record), record.record_id, record.data)):
            yield moved(record, gift=False)


def moved(record: StoredRecord, *, gift: bool) -> Change:
    """The same record in the other twin."""
    return Change(kind_of(record), record.record_id, record.data, old=record, gift=gift)


def coming(change: Change) -> Named:
    """A purchase as a change brings it."""
    relation = relate(change.kind, change.record_id, change.data or {})
    return Named(change.kind, change.record_id, relation, change.gift)


def hidden_if_named(change: Change, names: GiftNames) -> Change:
    """The change, into the twin if its record names one of these gifts as it will be."""
    if change.kind not in NAMING_KINDS or change.gift or change.data is None:
        return change
    named = names.named_by(relate(change.kind, change.record_id, change.data))
    return replace(change, gift=named)


def kind_of(record: StoredRecord) -> Kind:
    """The kind of a stored record; it always stands in a compartment of records."""
    kind = record.compartment.kind
    if kind is None:
        raise ValueError(f"{record.compartment.label} holds no records")
    return kind
