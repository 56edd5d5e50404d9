"""Disclosure: the one way by which a vendor's request takes records out of a vault.

credential → holder → package → terms → records → ledger. First a read transaction opens, filters
and projects. Then one short write transaction locks the vault's row, checks credential and terms
again and that no row has closed since the snapshot, takes the proof's `jti`, writes the ledger's
entry and commits. Only then is there an answer: a gift marked, or a consent withdrawn, holds from
the moment its page confirms it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from vault.crypto.wire import WireKey
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.notices import NoticeKind
from vault.errors import Busy, InvalidInput, NotFound
from vault.services.access import authorizations, passes, releasing
from vault.services.access.bearers import Bearer, Bearers, InvalidToken
from vault.services.access.passes import Place
from vault.services.access.proofs import Proof
from vault.services.access.releasing import Release, Released
from vault.services.access.replays import use_up
from vault.storage import credentials, grant_reads, grants, ledger, notices, vaults
from vault.storage.credentials import CredentialRow
from vault.storage.store import Store

MAX_LIMIT = 1_000
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class DisclosedPage:
    """What one read of a kind brings. `items` mixes records and `{"id", "deleted": true}`."""

    items: list[dict[str, Any]]
    next_cursor: str
    has_more: bool
    reset: bool
    ledger_head: str


class Disclosure:
    """Vendors' reads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bearers = Bearers(store)

    def page(
        self, token: str, kind: Kind, cursor: str | None, limit: int, proof: Proof | None
    ) -> DisclosedPage:
        """A page of one kind, at most `limit` (1 to 1000) changes.

        Without a cursor the pass begins at the start; with one it brings what changed since.
        Raises InvalidToken, InsufficientScope, InvalidInput for a foreign cursor, InvalidProof
        for a proof that was used before.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInput(f"limit is not between 1 and {MAX_LIMIT}")
        for _ in range(_ATTEMPTS):
            with self._bearers.reading(token, kind, proof) as (conn, bearer):
                vault = vaults.find(conn, bearer.vault_id)
                place = passes.place(bearer, vault, kind, cursor)
                page = _collect(conn, bearer, vault, kind, place, limit)
            details = _details(bearer, kind, page.released) | {"gone": len(page.gone)}
            head = self._confirm(bearer, vault, details, proof, (kind, page))
            if head is not None:
                return _answer(bearer, kind, page, place, head)
        raise Busy("the vault is being changed just now; ask again", retry_after=1)

    def one(
        self, token: str, kind: Kind, wire_id: str, proof: Proof | None
    ) -> tuple[dict[str, Any], str]:
        """One record by its id on the wire, and the ledger's head.

        NotFound alike for none and for one withheld.
        """
        for _ in range(_ATTEMPTS):
            with self._bearers.reading(token, kind, proof) as (conn, bearer):
                vault = vaults.find(conn, bearer.vault_id)
                release = Release(conn, bearer.ring, bearer.terms, bearer.wire, vault.change)
                found = release.one(kind, _record_id(bearer.wire, wire_id))
            released = [found] if found else []
            details = _details(bearer, kind, released)
            head = self._confirm(bearer, vault, details, proof, None)
            if head is not None:
                if found is None:
                    raise NotFound("there is no such record")
                return found.item, head.hex()
        raise Busy("the vault is being changed just now; ask again", retry_after=1)

    def _confirm(
        self,
        bearer: Bearer,
        seen: "Row[Any]",
        details: dict[str, Any],
        proof: Proof | None,
        read: tuple[Kind, releasing.Changes] | None,
    ) -> bytes | None:
        """Write down what is about to be answered; None where the vault has moved on meanwhile."""
        keys, now, version = self._store.keys, self._store.clock(), bearer.package.terms_version
        with self._store.database.write() as conn:
            locked = vaults.lock(conn, bearer.vault_id)
            row = _live(conn, bearer, now)
            grant = grants.find(conn, bearer.vault_id, bearer.package.grant_id)
            if locked.closed_change > seen.change or grant.terms_version != version:
                return None
            if proof is not None:
                use_up(conn, proof)
            head = ledger.append(conn, keys, locked, LedgerEvent.DISCLOSURE, details, now)
            progress = grant.progress if read is None else _progress(bearer, grant, *read)
            if read is not None and bearer.terms.once and not read[1].more:
                self._finish(conn, bearer, row, str(read[0]))
            if not grant.reads:
                notices.add(conn, grant.vault_id, NoticeKind.FIRST_READ, grant.grant_id, now)
            grant_reads.count(conn, grant, now, details["count"], progress)
        return head

    def _finish(self, conn: Connection, bearer: Bearer, row: CredentialRow, kind: str) -> None:
        """What is for once ends when each of its kinds has been read to the end.

        That is the consent only where the token carries all of it. A part that was read ends the
        token: a consent for once has no other, and the sweep ends what nobody can use.
        """
        finished = {*row.attributes.get("finished", ()), kind}
        credentials.replace_attributes(
            conn, row.lookup, {**row.attributes, "finished": sorted(finished)}
        )
        readable = {str(kind) for kind in bearer.terms.rules} - {str(Kind.LICENSE_KEY)}
        if not readable <= finished:
            return
        if bearer.narrowed or not bearer.package.terms.once:
            credentials.end(conn, row.lookup, "read_once", self._store.clock())
        else:
            authorizations.finish(conn, self._store, row)


def _collect(
    conn: Connection,
    bearer: Bearer,
    vault: "Row[Any]",
    kind: Kind,
    place: Place,
    limit: int,
) -> releasing.Changes:
    """The page from a place on. What had closed before the pass began, it never showed."""
    buried = passes.buried(conn, bearer, kind, place)
    # Where there are more tombstones than were fetched, the page ends with the last of them.
    horizon = buried[-1].change if len(buried) == passes.TOMBSTONES else vault.change
    release = Release(conn, bearer.ring, bearer.terms, bearer.wire, horizon)
    page = releasing.changes(release, buried, kind, place.after, limit)
    return replace(page, more=True) if horizon < vault.change else page


def _details(bearer: Bearer, kind: Kind, released: list[Released]) -> dict[str, Any]:
    terms = bearer.terms
    return {
        "grant": bearer.package.grant_id.hex(),
        "client": bearer.package.client_id,
        "kind": str(kind),
        "purposes": list(terms.purposes),
        "fields": sorted(terms.rules[kind].fields),
        "records": b"".join(one.record.record_id for one in released).hex(),
        "count": len(released),
    }


def _answer(
    bearer: Bearer, kind: Kind, page: releasing.Changes, place: Place, head: bytes
) -> DisclosedPage:
    deleted = [
        {"id": bearer.wire.wire_id(record_id).hex(), "deleted": True} for record_id in page.gone
    ]
    return DisclosedPage(
        items=[*deleted, *(one.item for one in page.released)],
        next_cursor=passes.cursor(bearer, kind, place, page),
        has_more=page.more,
        reset=place.reset,
        ledger_head=head.hex(),
    )


def _live(conn: Connection, bearer: Bearer, now: int) -> CredentialRow:
    """The access token's row as it is now, under the lock; InvalidToken where it has ended."""
    row = credentials.find_by_lookup(conn, bearer.row.lookup)
    if row is None or not row.live(now):
        raise InvalidToken("the access token has expired or its consent has ended")
    return row


def _progress(
    bearer: Bearer, grant: "Row[Any]", kind: Kind, page: releasing.Changes
) -> Mapping[str, Sequence[int]]:
    """How far the grant has come with a page; a token that was narrowed says nothing of that."""
    if bearer.narrowed:
        progress: Mapping[str, Sequence[int]] = grant.progress
        return progress
    return grant_reads.progress_with(grant, int(kind.compartment), page.upto)


def _record_id(wire: WireKey, wire_id: str) -> bytes:
    try:
        return wire.record_id(bytes.fromhex(wire_id))
    except ValueError:
        raise NotFound("there is no such record") from None
