"""Gathering: all that bears on what several sources claim, made into things.

First it widens what is contested until it holds all that hangs together. Then documents, that is
orders, invoices and whatever else is no purchase, are put together; then purchases, for these are
known by the document that they stand in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from vault.domain.compartments import Kind
from vault.domain.relations import link_to
from vault.domain.statements import Statement
from vault.services.changes import Change, source_key
from vault.services.importing.items import Item
from vault.services.importing.neighbourhood import Neighbourhood
from vault.services.importing.reconciling import Reconciliation, Thing, document_of, followed
from vault.services.importing.surveying import Claim, Survey
from vault.services.records.gift_moves import kind_of
from vault.services.snapshots import Snapshot
from vault.storage.records import StoredRecord

Claims = Callable[[], Iterable[tuple[Claim, list[str]]]]
"""Every item's claim, with the documents that it refers to; asked for several times."""


class Gathering:
    """Takes in the contested items, beside the vault's records that claim the same."""

    def __init__(self, snapshot: Snapshot, survey: Survey) -> None:
        """Numbers count as the survey says; sellers, as the customer has joined them."""
        same = snapshot.same_sellers()
        self._snapshot = snapshot
        self._survey = survey
        self._reconciled = {kind: Reconciliation(same) for kind in Kind}
        self._stored: list[StoredRecord] = []
        self._documents: set[str] = set()
        self._things: list[Thing] = []
        self._absorbed: dict[str, str] = {}

    def widen(self, claims: Claims) -> None:
        """Contest whatever hangs together with what is contested; read the records among it."""
        neighbourhood, survey = Neighbourhood(self._snapshot), self._survey
        near: set[bytes] = set()
        extent = -1
        while extent != survey.extent:
            extent = survey.extent
            near = neighbourhood.reach(survey.places, survey.keys)
            for claim, refs in claims():
                if self.concerns(claim, refs):
                    survey.contest(claim)
                    if claim.kind is not Kind.PURCHASE:
                        self._documents.add(claim.document)
        self._stored = list(self._snapshot.read(near).values())
        for record in self._stored:
            if kind_of(record) is not Kind.PURCHASE:
                self._reconciled[kind_of(record)].add_stored(record)

    def concerns(self, claim: Claim, refs: Iterable[str]) -> bool:
        """Whether an item is contested, or a purchase in a document that is."""
        if self._survey.contests(claim):
            return True
        return claim.kind is Kind.PURCHASE and not self._documents.isdisjoint(refs)

    @property
    def taken_in(self) -> frozenset[bytes]:
        """The vault's records that are among it; those added by hand stay as they are."""
        return frozenset(one.record_id for one in self._stored if "source" in one.data)

    def takes(self, item: Item, parsed: dict[str, Any]) -> bool:
        """Whether an item is put together with others, and not filed by itself."""
        contested = self._survey.contested
        return contested and self.concerns(item.claim(parsed), item.refs(parsed))

    def add(self, statement: Statement) -> Statement | None:
        """Take in what a contested item states; return what says just this already, if any."""
        return self._reconciled[statement.kind].add_coming(statement)

    def close_documents(self) -> Iterator[tuple[str, bytes]]:
        """Decide on all but purchases; yield the key of each statement and its record's id."""
        for kind in (kind for kind in Kind if kind is not Kind.PURCHASE):
            for thing in self._reconciled[kind].things():
                self._things.append(thing)
                for one in thing.absorbed:
                    self._absorbed[one.record_id.hex()] = thing.record_id.hex()
                for statement in thing.statements:
                    yield source_key(kind, statement.source()), thing.record_id
        for record in self._stored:
            if kind_of(record) is Kind.PURCHASE:
                self._reconciled[Kind.PURCHASE].add_stored(record, self._followed)

    def _followed(self, statement: Statement) -> Statement:
        return replace(statement, links=followed(statement.links, self._absorbed))

    def close_purchases(self) -> None:
        """Decide on the purchases, by their orders and by the documents in which they stand."""
        self._things += self._reconciled[Kind.PURCHASE].purchases(document_of)

    def things(self) -> list[Thing]:
        """What is to become one record each."""
        return self._things

    def left_linked(self) -> Iterator[Change]:
        """The other records that were linked to one that was absorbed."""
        wanted = {link_to(one) for one in self._absorbed}
        ids = [
            bytes.fromhex(line.record_id)
            for _, line in (self._snapshot.index() if wanted else ())
            if not wanted.isdisjoint(line.tokens)
        ]
        for record in self._snapshot.read(ids).values() if ids else ():
            yield self.relinked(_as_it_is(record))

    def relinked(self, change: Change) -> Change:
        """The change with its links to absorbed records turned to what absorbed them."""
        data = change.data or {}
        if not self._absorbed or self._absorbed.keys().isdisjoint(data.get("links", ())):
            return change
        links = dict.fromkeys(self._absorbed.get(link, link) for link in data["links"])
        return replace(change, data={**data, "links": list(links)})


def _as_it_is(record: StoredRecord) -> Change:
    return Change(kind_of(record), record.record_id, record.data, old=record, gift=record.is_gift)
