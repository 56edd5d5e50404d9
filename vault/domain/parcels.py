"""The parcels of an order, from all that its sources state of them.

A parcel is known by its tracking number, else by its address at the carrier, else by what is said
of it. A bare day by which something is to arrive, as an order's confirmation has it, is a
**promise**: it stands until a parcel with a number is known that may be it, one for each, the
earliest day first, or until one comes with the word that the whole order is on its way. A parcel
with a number always stands.

The result depends on the set of what is told alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeAlias

from vault.domain.canonical import canonical

Data: TypeAlias = dict[str, Any]

_EXPECTED = "expectedArrivalUntil"
_START = datetime.min.replace(tzinfo=UTC)


class Told(NamedTuple):
    """What one document states. `when` is as of when it speaks, None where it does not say.

    `notice`: it is about something that was sent. `all_sent`: it says so of the order.
    """

    parcels: Sequence[Data]
    when: datetime | None = None
    notice: bool = False
    all_sent: bool = False


class _Mention(NamedTuple):
    """The documents that state a parcel, by their places; `first` and `last` speak of known days.

    A file may hold thousands of parcels, but there are few documents about an order.
    """

    documents: frozenset[int]
    first: date | None
    last: date | None
    noticed: bool
    all_sent: bool

    def may_keep(self, promise: "_Mention") -> bool:
        """Whether parcels so stated may be what was promised.

        Not those that a document states beside it, nor those known before it was last said.
        """
        if not self.documents.isdisjoint(promise.documents):
            return False
        return self.first is None or promise.last is None or self.first >= promise.last


def joined(told: Iterable[Told]) -> list[Data]:
    """Return each parcel once, as the latest document has it, without promises that were kept."""
    heard = sorted(told, key=_order)
    parcels: dict[str, Data] = {}
    documents: dict[str, set[int]] = {}
    for place, one in enumerate(heard):
        for parcel in one.parcels:
            name = _name(parcel)
            parcels.setdefault(name, {}).update(parcel)
            documents.setdefault(name, set()).add(place)
    mentions = {name: _mention(heard, frozenset(places)) for name, places in documents.items()}
    kept = set(_kept(parcels, mentions))
    return [parcels[name] for name in sorted(parcels) if name not in kept]


def _order(told: Told) -> tuple[datetime, str, bool, bool]:
    return told.when or _START, canonical(told.parcels), told.notice, told.all_sent


def _name(parcel: Data) -> str:
    return parcel.get("trackingNumber") or parcel.get("trackingUrl") or canonical(parcel)


def _mention(heard: Sequence[Told], documents: frozenset[int]) -> _Mention:
    meant = [heard[place] for place in documents]
    days = [one.when.date() for one in meant if one.when]
    return _Mention(
        documents,
        min(days, default=None),
        max(days, default=None),
        any(one.notice for one in meant),
        any(one.all_sent for one in meant),
    )


def _kept(parcels: Mapping[str, Data], mentions: Mapping[str, _Mention]) -> Iterator[str]:
    """Yield the names of the promises of which a parcel with a number has come."""
    numbered = Counter(mentions[name] for name, data in parcels.items() if _is_numbered(data))
    sets = sorted(numbered, key=_preference)
    promises = (name for name, data in parcels.items() if _is_promise(data, mentions[name]))
    for name in sorted(promises, key=lambda name: (parcels[name][_EXPECTED], name)):
        found = next((one for one in sets if one.may_keep(mentions[name])), None)
        if found is not None:
            yield name
            numbered[found] -= not found.all_sent
            if not numbered[found]:
                sets.remove(found)


def _preference(mention: _Mention) -> tuple[bool, date, list[int]]:
    return not mention.all_sent, mention.first or date.min, sorted(mention.documents)


def _is_numbered(parcel: Data) -> bool:
    return "trackingNumber" in parcel or "trackingUrl" in parcel


def _is_promise(parcel: Data, mention: _Mention) -> bool:
    return parcel.keys() == {_EXPECTED} and not mention.noticed
