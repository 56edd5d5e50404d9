"""The records that an entry of the ledger names, as they stand today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vault.domain.compartments import Kind
from vault.domain.listing import Listing, describe
from vault.services.snapshots import Snapshot
from vault.services.withholding import may_be_gift


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """One record that an entry names; without kind and listing where it has since been erased.

    `withheld` as in `Line`.
    """

    id: str
    kind: Kind | None = None
    listing: Listing | None = None
    gift: bool = False
    withheld: bool = False


def named(now: Snapshot, ids: Sequence[str]) -> Iterator[NamedRecord]:
    """Records by their ids, in their order."""
    standing = now.read(bytes.fromhex(one) for one in ids)
    for record_id in ids:
        stored = standing.get(bytes.fromhex(record_id))
        kind = stored.compartment.kind if stored else None
        if stored is None or kind is None:
            yield NamedRecord(record_id)
        else:
            withheld = may_be_gift(stored)
            gift = stored.is_gift and not withheld
            yield NamedRecord(record_id, kind, describe(kind, stored.data), gift, withheld)
