"""Withholding: where purchases stand once a write is done. Every write asks it, and nothing else.

A gift stands in the twin, and so does what may be one under another name (`domain/aliases.py`). The
answer follows from the gifts, the documents and the customer's words that there are then, whatever
came first; so each write also looks at the purchases that it does not bring, but for which it
brings, or ends, a gift.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from vault.domain.aliases import (
    KEPT,
    Aliases,
    Bought,
    documents_in,
    documents_of,
    is_marked_withheld,
    is_open,
    numbers_in,
)
from vault.domain.compartments import Compartment, Kind
from vault.domain.relations import Relation, link_to, order_token, relate
from vault.services.changes import Change
from vault.services.snapshots import Snapshot
from vault.storage.index_lines import ManifestLine
from vault.storage.records import StoredRecord

_PURCHASES = (Compartment.PURCHASES, Compartment.GIFTS_PURCHASES)
_INVOICES = (Compartment.INVOICES, Compartment.GIFTS_INVOICES)
Invoices = Iterable[tuple[bytes, Relation]]
"""Invoices by their ids."""


def bought(record_id: bytes, purchase: Mapping[str, Any]) -> Bought:
    """A purchase as it is compared with gifts."""
    return Bought(relate(Kind.PURCHASE, record_id, purchase), documents_of(purchase))


def may_be_gift(stored: StoredRecord) -> bool:
    """Whether a record is a purchase that is withheld, and no gift by any word."""
    in_twin = stored.compartment is Compartment.GIFTS_PURCHASES
    return in_twin and not stored.data.get("isGift")


class Withholding:
    """What a write makes of the gifts, and by that of all purchases."""

    def __init__(
        self,
        now: Snapshot,
        replaced: frozenset[bytes],
        gifts: Iterable[Bought],
        invoices: Callable[[], Invoices] = tuple,
        same: Mapping[str, str] | None = None,
    ) -> None:
        """`gifts` and `invoices` are those that come in place of the records `replaced`.

        `same` are the sellers that are one by then, where that is other than it is now.
        """
        self._now = now
        self._replaced = replaced
        before = now.same_sellers()
        same = before if same is None else same
        self._all_anew = same != before
        self._aliases, self._changed = Aliases(same), Aliases(same)
        for record_id, gift in _present(now):
            (self._changed if record_id in replaced else self._aliases).add(gift)
        for gift in gifts:
            self._aliases.add(gift)
            self._changed.add(gift)
        if self._aliases or self._changed:
            self._learn(invoices)

    def __bool__(self) -> bool:
        return bool(self._aliases)

    def _learn(self, invoices: Callable[[], Invoices]) -> None:
        """Learn which orders invoices name, for purchases that state none themselves."""
        both = (self._aliases, self._changed)
        for link, invoice, comes, goes in self._invoices(invoices):
            if (comes or goes) and any(one.is_on(link) for one in both):
                self._changed.touch(numbers_in(invoice.tokens))
            for one in (self._changed,) if goes else both:
                one.number(link, invoice)
        for link, invoice, comes, goes in self._invoices(invoices):
            if not any(one.concern(invoice.tokens) for one in both):
                continue
            if comes or goes:
                self._changed.touch([link])
            for one in (self._changed,) if goes else both:
                one.list(link, invoice)

    def _invoices(
        self, coming: Callable[[], Invoices]
    ) -> Iterator[tuple[str, Relation, bool, bool]]:
        """Every invoice by its link, and whether the write brings it or takes it away."""
        for line in self._now.manifest(*_INVOICES):
            record_id = bytes.fromhex(line.record_id)
            relation = Relation(tuple(line.tokens), tuple(line.sellers))
            yield link_to(line.record_id), relation, False, record_id in self._replaced
        for record_id, relation in coming():
            yield link_to(record_id.hex()), relation, True, False

    def stands(self, record_id: bytes, purchase: Mapping[str, Any]) -> bool:
        """Whether a purchase stands in the twin: it is a gift, or may be one."""
        return bool(purchase.get("isGift")) or self.withholds(record_id, purchase)

    def withholds(self, record_id: bytes, purchase: Mapping[str, Any]) -> bool:
        """Whether a purchase is none by any word, and may be a gift all the same."""
        if not is_open(purchase):
            return False
        if purchase.get(KEPT):
            return True
        return self.may_concern(purchase) and self._aliases.may_be(bought(record_id, purchase))

    def may_concern(self, purchase: Mapping[str, Any]) -> bool:
        """Whether it is worth the while to compare a purchase with gifts; quick."""
        if "sources" in purchase:
            return bool(self._aliases)
        number = order_token(purchase.get("orderNumber"))
        return self._aliases.concern((number,)) if number else self._aliases.concern_unnumbered

    def moves(self) -> list[Change]:
        """What the write moves of the purchases that it does not bring."""
        return [
            Change(Kind.PURCHASE, one.record_id, one.data, old=one, gift=not one.is_gift)
            for one in self._concerned()
            if self.stands(one.record_id, one.data) is not one.is_gift
        ]

    def kept(self) -> list[Change]:
        """What may be one of the gifts `replaced`, once these are deleted: it stays withheld.

        What is gone can be compared with nothing any more. Only the customer can let it go; that
        another gift withholds it too says nothing, for that may end before.
        """
        return [
            Change(Kind.PURCHASE, one.record_id, {**one.data, KEPT: True}, old=one, gift=True)
            for one in self._concerned()
            if is_open(one.data) and not one.data.get(KEPT) and self._may_have_been(one)
        ]

    def _may_have_been(self, one: StoredRecord) -> bool:
        return self._changed.may_be(bought(one.record_id, one.data))

    def _concerned(self) -> Iterable[StoredRecord]:
        if not (self._changed or self._all_anew):
            return ()
        lines = self._now.manifest(*_PURCHASES)
        ids = [bytes.fromhex(line.record_id) for line in lines if self._concerns(line)]
        wanted = [one for one in ids if one not in self._replaced]
        return self._now.read(wanted).values() if wanted else ()

    def _concerns(self, line: ManifestLine) -> bool:
        if not line.keys:
            return False
        anew = self._all_anew and self._aliases.concern(line.tokens)
        return anew or self._changed.concern(line.tokens)


def _present(now: Snapshot) -> Iterator[tuple[bytes, Bought]]:
    """The gifts that there are, less what only may be one.

    A gift that was written before its documents were noted is opened for them.
    """
    older = []
    for line in now.manifest(Compartment.GIFTS_PURCHASES):
        if is_marked_withheld(line.tokens):
            continue
        documents, record_id = documents_in(line.tokens), bytes.fromhex(line.record_id)
        if line.keys and not documents:
            older.append(record_id)
        else:
            yield record_id, Bought(Relation(tuple(line.tokens), tuple(line.sellers)), documents)
    for record_id, stored in (now.read(older) if older else {}).items():
        yield record_id, bought(record_id, stored.data)
