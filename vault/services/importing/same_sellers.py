"""Sellers that are one under several names: what the customer is asked, and what follows from it.

Numbers count among those of who gave them. Two names that are one seller's keep a purchase apart
that two sources tell of; only the customer can say so. An answer is kept, counts in every later
import, and is taken back whole. What a consent says of sellers is untouched by it: a vendor's terms
are compared with the seller that a record itself states.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import Conflict, NotFound
from vault.services.importing.known_sellers import KnownSeller, KnownSellers, Question, may_be_asked
from vault.services.importing.neighbourhood import Neighbourhood
from vault.services.importing.restating import Restatement
from vault.services.open_vault import OpenVault
from vault.services.snapshots import Snapshot, joined_by, snapshot
from vault.services.writing import writing
from vault.storage import seller_links, vaults
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Answer:
    """What the customer has said of two sellers: `names` are theirs, `keys` one key of each."""

    link_id: str
    names: tuple[str, str]
    keys: tuple[str, str]
    same: bool


class SameSellers:
    """Asks which sellers are one, and puts together what is stated of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def proposals(self, vault: OpenVault) -> list[Question]:
        """Pairs that may be one seller and were not answered, those with most in common first."""
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            return KnownSellers(now).questions([stated for _, stated in now.seller_answers()])

    def asks(self, vault: OpenVault) -> bool:
        """Whether there may be a question; quick, whatever the vault's size."""
        with self._store.database.read() as conn:
            return may_be_asked(snapshot(conn, vault.ring))

    def answers(self, vault: OpenVault) -> list[Answer]:
        """What was answered, the newest first."""
        with self._store.database.read() as conn:
            kept = snapshot(conn, vault.ring).seller_answers()
        return [_answer(link_id, stated) for link_id, stated in reversed(kept)]

    def join(self, vault: OpenVault, one: str, other: str) -> int:
        """Say that two sellers, each by any of its keys, are one; how many records that changed.

        Raises NotFound where no record names one of them, Conflict where they are one already.
        """
        with writing(self._store, vault) as (writer, now):
            sellers, denied = _both(now, one, other)
            answers = [stated for _, stated in now.seller_answers()]
            stated = {"sellers": [seller.to_json() for seller in sellers], "same": True}
            same = joined_by([*answers, stated])
            restated = _Restated(now, sellers[0].keys, sellers[1].keys, joined_by(answers), same)

            def keep(conn: Connection, _committed: object) -> None:
                for link_id in denied:
                    seller_links.drop(conn, vault.vault_id, link_id)
                seller_links.add(conn, vault.ring, stated, self._store.clock())

            writer.apply(restated, LedgerEvent.SELLERS_JOINED, restated.told(stated), keep)
        return restated.changed

    def keep_apart(self, vault: OpenVault, one: str, other: str) -> None:
        """Say that two sellers are not one, so that it is not asked again."""
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            sellers, denied = _both(snapshot(conn, vault.ring), one, other)
            if denied:
                return
            stated = {"sellers": [seller.to_json() for seller in sellers], "same": False}
            seller_links.add(conn, vault.ring, stated, self._store.clock())

    def separate(self, vault: OpenVault, link_id: str) -> int:
        """Take back that two are one; how many records that changed.

        What had become one through it parts again; the customer's corrections stay with the part
        of which more is stated, a mark as a gift with both. NotFound where there is none such.
        """
        with writing(self._store, vault) as (writer, now):
            answers = now.seller_answers()
            kept = {found.hex(): stated for found, stated in answers if stated["same"]}
            if link_id not in kept:
                raise NotFound("These two are not joined any more.")
            taken = kept.pop(link_id)
            one, other = (frozenset(seller["keys"]) for seller in taken["sellers"])
            same = joined_by(kept.values())
            restated = _Restated(now, one, other, same, same)

            def drop(conn: Connection, _committed: object) -> None:
                seller_links.drop(conn, vault.vault_id, bytes.fromhex(link_id))

            writer.apply(restated, LedgerEvent.SELLERS_SEPARATED, restated.told(taken), drop)
        return restated.changed


class _Restated:
    """The changes that follow once two sellers are one, or no longer; counts them."""

    def __init__(
        self,
        now: Snapshot,
        one: frozenset[str],
        other: frozenset[str],
        apart: Mapping[str, str],
        same: Mapping[str, str],
    ) -> None:
        """`apart` are the sellers that are one without this answer, `same` those that will be."""
        self._now = now
        self._sides = _group(one, apart), _group(other, apart)
        self._same = same
        self.changed = 0

    def __iter__(self) -> Iterator[Any]:
        if self._sides[0] == self._sides[1]:
            return
        near = Neighbourhood(self._now)
        ids = near.reach(set(), (), near.between(*self._sides))
        for change in Restatement(self._now, ids, self._same).changes():
            self.changed += change.data is not None
            yield change

    def told(self, stated: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
        """What the ledger keeps of it, asked for after the last change."""
        names = [seller["name"] for seller in stated["sellers"]]
        return lambda: {"sellers": names, "changed": self.changed}


def _group(keys: frozenset[str], same: Mapping[str, str]) -> frozenset[str]:
    """Every key of whoever has one of these."""
    stand = {same[key] for key in keys if key in same}
    return keys | {key for key, one in same.items() if one in stand}


def _both(
    now: Snapshot, one: str, other: str
) -> tuple[tuple[KnownSeller, KnownSeller], list[bytes]]:
    """Two sellers that are not one by now, and the answers that they are not."""
    known = KnownSellers(now)
    first, second = known.find(one), known.find(other)
    groups = {known.group_of(first.keys), known.group_of(second.keys)}
    if len(groups) == 1:
        raise Conflict("These two are one seller already.")
    denied = [
        link_id
        for link_id, stated in now.seller_answers()
        if not stated["same"] and groups == {known.group_of(s["keys"]) for s in stated["sellers"]}
    ]
    return (first, second), denied


def _answer(link_id: bytes, stated: Mapping[str, Any]) -> Answer:
    one, other = stated["sellers"]
    names, keys = (one["name"], other["name"]), (max(one["keys"]), max(other["keys"]))
    return Answer(link_id.hex(), names, keys, stated["same"])
