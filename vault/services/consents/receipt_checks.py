"""Whether every receipt still stands: in its chain, in the ledger, and beside its consent.

Without any key: numbers without a gap, the end of each consent with its signature, its time and its
predecessor's digest, and that it fits what became of the consent and of its holders. Opened: that
every sealed receipt opens, is signed, and names its predecessor; that the ledger names the same
ones in the same order; and that terms and holder are those that the consent record holds. The copy
that is sealed to a vendor, only that vendor opens.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from vault.crypto.envelope import encode_text
from vault.crypto.server_keys import ServerKeys
from vault.domain import consent_record
from vault.domain.receipts import TYPE, ReceiptEvent
from vault.errors import NotFound, Tampered, VaultError
from vault.storage import grants, holders, receipts
from vault.storage.consent_records import Consent
from vault.storage.grants import GrantState
from vault.storage.keyring import KeyRing

Told = Mapping[str, Sequence[str]]
"""By grant (hex) the digests (hex) that the ledger's entries name, oldest first."""

_EVENTS = frozenset(map(int, ReceiptEvent))
_ENDS = {
    GrantState.WITHDRAWN: ReceiptEvent.WITHDRAWN,
    GrantState.EXPIRED: ReceiptEvent.EXPIRED,
    GrantState.REVOKED: ReceiptEvent.REVOKED,
}
_Rows = list["Row[Any]"]


def unopened(conn: Connection, keys: ServerKeys, vault_id: bytes) -> Iterator[str]:
    """What is wrong with a vault's receipts, as far as that shows without any key."""
    kept = _by_grant(conn, vault_id)
    states = {row.grant_id: row.state for row in grants.rows(conn, vault_id)}
    for grant_id, rows in kept.items():
        named = _named(grant_id)
        if grant_id not in states:
            yield f"{named} has receipts, and is not there"
        for number, row in enumerate(rows, start=1):
            if row.number != number:
                yield f"{named}: receipt {number} is missing"
                break
            before = rows[number - 2].digest if number > 1 else None
            yield from _row(keys, row, before, f"{named}: receipt {number}", rows)
        yield from _end(states.get(grant_id), rows, named)
        living = {holder.holder_id for holder in holders.of_grant(conn, vault_id, grant_id)}
        yield from _addressed(rows, living, named)


def _by_grant(conn: Connection, vault_id: bytes) -> dict[bytes, _Rows]:
    rows = receipts.of_vault(conn, vault_id)
    return {grant_id: list(of_grant) for grant_id, of_grant in groupby(rows, lambda r: r.grant_id)}


def _row(
    keys: ServerKeys, row: "Row[Any]", before: bytes | None, named: str, rows: _Rows
) -> Iterator[str]:
    """One receipt where it stands: of the right form and, if it is in clear, as it was signed."""
    if row.event not in _EVENTS or not _formed(row):
        yield f"{named} was altered"
        return
    ends = ReceiptEvent(row.event).ends
    if ends != (row.signed is not None) or (ends and row is not rows[-1]):
        yield f"{named} does not stand where it was written"
    elif ends:
        yield from _signed(keys, row, row.signed, before, named)


def _formed(row: "Row[Any]") -> bool:
    """Whether a row is sealed to its two sides, or else stands in clear."""
    sealed = [row.sealed, row.epoch, row.holder_id]
    if row.signed is not None:
        return all(one is None for one in (*sealed, row.sealed_to_vendor))
    return None not in sealed


def _addressed(rows: _Rows, living: Collection[bytes], named: str) -> Iterator[str]:
    """Whether what is sealed to vendors is there for those that live, and for no others."""
    for row in rows:
        if row.holder_id is not None:
            if row.sealed_to_vendor is None and row.holder_id in living:
                yield f"{named}: the vendor's copy of receipt {row.number} is missing"
            elif row.sealed_to_vendor is not None and row.holder_id not in living:
                yield f"{named}: an ended vendor's copy of receipt {row.number} was put back"


def _signed(
    keys: ServerKeys, row: "Row[Any]", signed: object, before: bytes | None, named: str
) -> Iterator[str]:
    """A receipt's signature, its digest, and whether it tells of this event of this grant."""
    try:
        payload = _verified(keys, row, signed)
    except Tampered:
        yield f"{named} was altered"
        return
    stated = {
        "grant": row.grant_id.hex(),
        "event": ReceiptEvent(row.event).word,
        "time": row.at,
        "previous": encode_text(before) if before is not None else None,
    }
    if {name: payload.get(name) for name in stated} != stated:
        yield f"{named} is another event's, or another consent's"


def _verified(keys: ServerKeys, row: "Row[Any]", signed: object) -> dict[str, Any]:
    if not isinstance(signed, str) or receipts.digest_of(signed) != row.digest:
        raise Tampered("a receipt is not the one that was kept")
    payload = orjson.loads(keys.verify_jws(TYPE, signed))
    if not isinstance(payload, dict):
        raise Tampered("a receipt says nothing")
    return payload


def _end(state: int | None, rows: _Rows, named: str) -> Iterator[str]:
    """Whether the newest receipt tells what became of the consent."""
    if state is None:
        return
    last = rows[-1].event
    expected = _ENDS.get(GrantState(state))
    if expected is not None and last != expected:
        yield f"{named}: the receipt of its end is missing"
    elif expected is None and last in _ENDS.values():
        yield f"{named} has a receipt of its end, and has not ended"


def opened(conn: Connection, keys: ServerKeys, ring: KeyRing, told: Told) -> Iterator[str]:
    """What shows with the owner's keys: sealed receipts, and what the ledger tells of all."""
    kept = _by_grant(conn, ring.vault_id)
    for grant_id in sorted({*kept, *map(bytes.fromhex, told)}):
        rows, named = kept.get(grant_id, []), _named(grant_id)
        yield from _against_the_ledger(rows, told.get(grant_id.hex(), ()), named)
        consent = None
        try:
            row = grants.find(conn, ring.vault_id, grant_id)
            consent = grants.open_consent(conn, ring, row)
        except NotFound:
            yield f"{named} is not there"
        except VaultError:
            yield f"{named} does not open"
        yield from _sealed(conn, keys, ring, consent, rows)


def _against_the_ledger(rows: _Rows, told: Sequence[str], named: str) -> Iterator[str]:
    for number, (row, digest) in enumerate(zip_longest(rows, told), start=1):
        if row is None:
            yield f"{named}: receipt {number} of the ledger is missing"
        elif digest is None:
            yield f"{named}: receipt {row.number} is none of the ledger's"
        elif row.digest.hex() != digest:
            yield f"{named}: receipt {row.number} is not the one that the ledger names"


def _sealed(
    conn: Connection, keys: ServerKeys, ring: KeyRing, consent: Consent | None, rows: _Rows
) -> Iterator[str]:
    """What each sealed receipt says; held to the consent where that opens."""
    before: bytes | None = None
    for row in rows:
        if row.sealed is not None and row.event in _EVENTS:
            where = f"{_named(row.grant_id)}: receipt {row.number}"
            try:
                signed = receipts.unseal(conn, ring, row)
                yield from _signed(keys, row, signed, before, where)
                if consent is not None:
                    yield from _terms(consent, row, _verified(keys, row, signed), where)
            except (VaultError, AttributeError, KeyError, TypeError, ValueError):
                yield f"{where} does not open where it stands, or was altered"
        before = row.digest


def _terms(
    consent: Consent, row: "Row[Any]", payload: Mapping[str, Any], named: str
) -> Iterator[str]:
    """Whether a receipt tells the terms of the authorization that it was written for.

    Of one that was replaced since, the consent record holds nothing any more.
    """
    told, version = consent_record.terms_of(payload["consent_record"]), payload["terms_version"]
    for held in consent.authorizations:
        if held.terms_version != version:
            continue
        if held.terms != told:
            yield f"{named} tells other terms than the consent"
        if held.holder_id != row.holder_id:
            yield f"{named} is addressed to another than the consent"


def _named(grant_id: bytes) -> str:
    return f"consent {grant_id.hex()}"
