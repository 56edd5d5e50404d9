"""A change of one record, and what follows from it for the index and for vendors."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vault.domain.aliases import marks_of
from vault.domain.compartments import Compartment, Kind
from vault.domain.listing import describe
from vault.domain.relations import relate
from vault.domain.statements import batches_of
from vault.storage.consent_records import Consent
from vault.storage.index_lines import IndexLine, ManifestLine
from vault.storage.records import StoredRecord
from vault.storage.tombstones import Tombstone


@dataclass(frozen=True, slots=True)
class Change:
    """One record added (`old` is None), replaced, moved, or deleted (`data` is None).

    `gift` says in which twin it shall stand.
    """

    kind: Kind
    record_id: bytes
    data: dict[str, Any] | None
    old: StoredRecord | None = None
    gift: bool = False

    @property
    def compartment(self) -> Compartment:
        """Where it shall stand."""
        twin = self.kind.gift_compartment
        return twin if self.gift and twin else self.kind.compartment

    @property
    def erases(self) -> bool:
        """Whether former versions must go: it is deleted, or moves between the twins."""
        return self.old is not None and (
            self.data is None or self.old.compartment is not self.compartment
        )


def saw(consent: Consent, change: Change) -> bool:
    """Whether a vendor could see the row that a change closes."""
    old = change.old
    return old is not None and consent.terms.allows(change.kind, old.data, gift=old.is_gift)


def tombstone(consent: Consent, number: int, change: Change) -> Tombstone:
    """What tells a vendor, at change `number`, that a row is gone or has become another."""
    continues = change.data is not None and consent.terms.allows(
        change.kind, change.data, gift=change.gift
    )
    since = change.old.change if change.old else 0
    return Tombstone(
        consent.grant_id,
        int(change.kind.compartment),
        number,
        change.record_id,
        since,
        continues,
    )


def index_line(change: Change, revision: int, number: int, envelope: bytes) -> IndexLine:
    """The index's line of the row that a change opens, sealed as `envelope`."""
    data = change.data or {}
    relation = relate(change.kind, change.record_id, data)
    purchase = change.kind is Kind.PURCHASE
    line = ManifestLine(
        record_id=change.record_id.hex(),
        revision=revision,
        change=number,
        digest=hashlib.sha256(envelope).hexdigest(),
        keys=_source_keys(change.kind, data),
        content="" if "sources" in data else (data.get("source") or {}).get("content", ""),
        imported=",".join(batches_of(data)),
        tokens=(*relation.tokens, *(marks_of(data, gift=change.gift) if purchase else ())),
        sellers=relation.sellers,
    )
    return IndexLine(describe(change.kind, data), line)


def source_key(kind: Kind, source: Mapping[str, Any]) -> str:
    """The name by which a source knows a record."""
    return f"{source['connector']}:{kind}:{source['sourceId']}"


def _source_keys(kind: Kind, data: Mapping[str, Any]) -> Sequence[str]:
    """The names by which all its sources know a record, each once; none for one added by hand."""
    sources = data.get("sources") or [data.get("source") or {}]
    named = (source_key(kind, one) for one in sources if one.get("sourceId"))
    return tuple(dict.fromkeys(named))
