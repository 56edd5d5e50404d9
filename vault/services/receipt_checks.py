"""Whether every receipt still stands: in its chain, in the ledger, and beside its consent.

Without any key: numbers without a gap, the end of each consent with its signature, its time and its
predecessor's digest, and that it fits what became of the consent. Opened: that every sealed receipt
opens, is signed, and names its predecessor; that the ledger names the same ones in the same order;
and that the terms which it tells are those that the consent record holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from vault.crypto.envelope import encode_text
from vault.crypto.server_keys import ServerKeys
from vault.domain import consent_record
from vault.domain.receipts import TYPE, ReceiptEvent
from vault.errors import NotFound, Tampered, VaultError
from vault.storage import grants, receipts
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


def _by_grant(conn: Connection, vault_id: bytes) -> dict[bytes, _Rows]:
    rows = receipts.of_vault(conn, vault_id)
    return {grant_id: list(of_grant) for grant_id, of_grant in groupby(rows, lambda r: r.grant_id)}


def _row(
    keys: ServerKeys, row: "Row[Any]", before: bytes | None, named: str, rows: _Rows
) -> Iterator[str]:
    """One receipt where it stands: of the right form and, if it is in clear, as it was signed."""
    if row.event not in _EVENTS or (row.sealed is None) == (row.signed is None):
        yield f"{named} was altered"
        return
    ends = ReceiptEvent(row.event).ends
    if ends != (row.signed is not None) or (ends and row is not rows[-1]):
        yield f"{named} does not stand where it was written"
    elif ends:
        yield from _signed(keys, row, row.signed, before, named)


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
        try:
            row = grants.find(conn, ring.vault_id, grant_id)
            consent = grants.open_consent(conn, ring, row)
        except NotFound:
            yield f"{named} is not there"
        except VaultError:
            yield f"{named} does not open, and its receipts neither"
        else:
            yield from _sealed(keys, consent, rows, named)


def _against_the_ledger(rows: _Rows, told: Sequence[str], named: str) -> Iterator[str]:
    for number, (row, digest) in enumerate(zip_longest(rows, told), start=1):
        if row is None:
            yield f"{named}: receipt {number} of the ledger is missing"
        elif digest is None:
            yield f"{named}: receipt {row.number} is none of the ledger's"
        elif row.digest.hex() != digest:
            yield f"{named}: receipt {row.number} is not the one that the ledger names"


def _sealed(keys: ServerKeys, consent: Consent, rows: _Rows, named: str) -> Iterator[str]:
    before: bytes | None = None
    for row in rows:
        if row.sealed is not None and row.event in _EVENTS:
            where = f"{named}: receipt {row.number}"
            try:
                signed = receipts.unseal(row, consent.wire_key)
                yield from _signed(keys, row, signed, before, where)
                yield from _terms(consent, _verified(keys, row, signed), where)
            except (VaultError, AttributeError, KeyError, TypeError, ValueError):
                yield f"{where} does not open where it stands, or was altered"
        before = row.digest


def _terms(consent: Consent, payload: Mapping[str, Any], named: str) -> Iterator[str]:
    """Whether a receipt tells the terms of the authorization that it was written for.

    Of one that was replaced since, the consent record holds nothing any more.
    """
    told = consent_record.terms_of(payload["consent_record"])
    held = {one.terms_version: one.terms for one in consent.authorizations}
    if held.get(payload["terms_version"], told) != told:
        yield f"{named} tells other terms than the consent"


def _named(grant_id: bytes) -> str:
    return f"consent {grant_id.hex()}"
