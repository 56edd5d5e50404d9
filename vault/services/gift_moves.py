"""Which records must move so that none betrays a gift: when one is marked, or a record written.

A purchase that is a gift takes its order, and every invoice and license that lists it, into the
gift twins; unmarked, it brings back those that no other gift keeps there. A license is listed also
by the number of an invoice that lists it, and its keys stand where it stands.
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
_PASSING_ON = (Kind.INVOICE, Kind.LICENSE)
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
    """The names of every gift in the vault, less some; under the sellers that are one by now."""
    return passed_on(snapshot, _present(snapshot, without, same))


def gifts_with(
    snapshot: Snapshot,
    replaced: frozenset[bytes],
    same: Mapping[str, str],
    coming: "Sequence[Named]",
) -> GiftNames:
    """The names of every gift once the records `replaced` are gone, and these have come."""
    names = _present(snapshot, replaced, same)
    for kind, _, relation, gift in coming:
        if kind is Kind.PURCHASE and gift:
            names.add(relation)
    return passed_on(snapshot, names, lambda: coming, replaced)


def _present(
    snapshot: Snapshot, without: frozenset[bytes], same: Mapping[str, str] | None
) -> GiftNames:
    left_out = {record_id.hex() for record_id in without}
    relations = (
        relation_of(line)
        for line in snapshot.manifest(Compartment.GIFTS_PURCHASES)
        if line.record_id not in left_out
    )
    return GiftNames(relations, snapshot.same_sellers() if same is None else same)


class Named(NamedTuple):
    """A record that a write brings: of purchases, `gift` says whether it is one."""

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
        for kind in _PASSING_ON:
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


def withheld(change: Change, names: GiftNames) -> Change:
    """The change, into the twin if its record names one of these gifts as it will be."""
    if change.kind not in NAMING_KINDS or change.gift or change.data is None:
        return change
    named = names.named_by(relate(change.kind, change.record_id, change.data))
    return replace(change, gift=named)


def placed(snapshot: Snapshot, changes: Iterable[Change]) -> list[Change]:
    """The changes, into the twins where what they write names a gift that is there already."""
    written = list(changes)
    if not any(one.kind in NAMING_KINDS and not one.gift for one in written):
        return written
    names = present_gifts(snapshot)
    return [withheld(one, names) for one in written]


def followers(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Change]:
    """What must move because of what was added or changed: a gift, or what names one."""
    touched = {change.record_id for change in changes}
    names = GiftNames(_gifts(changes), snapshot.same_sellers())
    for one in changes:
        if one.kind in _PASSING_ON and one.gift and one.data:
            relation = relate(one.kind, one.record_id, one.data)
            names.add(passing_on(Named(one.kind, one.record_id, relation)))
    for change in hide(snapshot, names):
        if change.record_id not in touched:
            yield change


def _gifts(changes: Iterable[Change]) -> Iterator[Relation]:
    """The relations of the purchases that changes make gifts, or leave such."""
    for one in changes:
        if one.kind is Kind.PURCHASE and one.gift and one.data:
            yield relate(one.kind, one.record_id, one.data)


def kind_of(record: StoredRecord) -> Kind:
    """The kind of a stored record; it always stands in a compartment of records."""
    kind = record.compartment.kind
    if kind is None:
        raise ValueError(f"{record.compartment.label} holds no records")
    return kind
