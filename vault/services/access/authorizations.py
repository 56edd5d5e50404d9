"""Authorizations: each time that a vendor is allowed something, under the one consent it has.

An authorization has a key pair and a package of its own. It waits until the vendor takes it up by
its code; then it is in force, and what the vendor held before has ended. Of those that wait only
the newest counts: the customer's last word cannot be passed over for an earlier one.
"""

import os
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from vault.crypto.credentials import CredentialKind
from vault.domain.events import LedgerEvent
from vault.domain.receipts import ReceiptEvent
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.services import receipts, renewal
from vault.services.ending import end_grant, end_holder
from vault.services.recording import Recording
from vault.storage import credentials, grants, holders
from vault.storage.clients import Client
from vault.storage.consent_records import Authorization, Consent
from vault.storage.credentials import CredentialRow, Of
from vault.storage.grants import GrantState
from vault.storage.keyring import KeyRing
from vault.storage.packages import GrantPackage
from vault.storage.store import Store

SUPERSEDED = "superseded"
_UNREDEEMED = frozenset({CredentialKind.AUTHORIZATION_CODE, CredentialKind.AUTH_REQ_ID})


def authorize(
    conn: Connection,
    store: Store,
    ring: KeyRing,
    client: Client,
    asked: Request,
    terms: Terms,
    public_key: bytes,
) -> tuple[Consent, Authorization]:
    """Authorize a vendor: under the consent it has, or a new one; the package sealed to its key.

    What it `asked` is kept beside the terms, as the bound of later changes. The caller holds the
    lock of the vault's row and has renewed what was due.
    """
    now, standing = store.clock(), _standing(conn, store, ring, client.client_id)
    recording = Recording(conn, store, ring.vault_id)
    grant_id = standing.grant_id if standing else os.urandom(16)
    holder_id = holders.add_grant_holder(
        conn, ring.vault_id, grant_id, public_key, terms.expires_at, now
    )
    version = standing.next_terms_version if standing else 1
    authorization = Authorization(holder_id, public_key, terms, version, asked)
    if standing:
        consent = _added(conn, store, ring, standing, authorization)
    else:
        consent = _new(client, grant_id, authorization, now)
        grants.add(conn, ring, consent)
    renewal.seal_package(conn, store, ring, consent, authorization)
    event = LedgerEvent.CONSENT_AMENDED if standing else LedgerEvent.CONSENT_GIVEN
    told = ReceiptEvent.AMENDED if standing else ReceiptEvent.GIVEN
    receipt = receipts.issue(conn, store, ring, consent, authorization, told)
    recording.write(event, _details(consent, terms, receipt))
    return consent, authorization


def _details(consent: Consent, terms: Terms, receipt: str) -> dict[str, Any]:
    return {
        "grant": consent.grant_id.hex(),
        "client": consent.client_id,
        "clientName": consent.client_name,
        "terms": terms.to_json(),
        "receipt": receipt,
    }


def standing(conn: Connection, ring: KeyRing, client_id: str, now: int) -> Consent | None:
    """The consent that a vendor has; by the sealed records, whatever the rows say in clear."""
    return next((one for one in grants.live(conn, ring, now) if one.client_id == client_id), None)


def _standing(conn: Connection, store: Store, ring: KeyRing, client_id: str) -> Consent | None:
    """The same, to be amended. One that is suspended makes room for a new one."""
    found = standing(conn, ring, client_id, store.clock())
    if found is None:
        return None
    row = grants.find(conn, ring.vault_id, found.grant_id)
    if row.state == GrantState.SUSPENDED:
        end_grant(conn, store, ring.vault_id, found.grant_id, GrantState.WITHDRAWN)
        return None
    return found


def held(conn: Connection, vault_id: bytes, consent: Consent, now: int) -> Consent:
    """A consent with the authorization in force that its vendor can still use.

    It is the one that waits where nothing leads to the other any more: that was never taken up, or
    was for once and has been read. Nothing is sealed to a key that nobody uses.
    """
    used = credentials.led_to(conn, vault_id, consent.grant_id, now)
    waiting = [one for one in consent.authorizations if one.holder_id in used]
    if consent.in_force in waiting or not waiting:
        return consent
    return replace(consent, terms_version=waiting[-1].terms_version)


def _new(client: Client, grant_id: bytes, authorization: Authorization, now: int) -> Consent:
    return Consent(
        grant_id=grant_id,
        client_id=client.client_id,
        client_name=client.name,
        wire_key=os.urandom(32),
        created_at=now,
        authorizations=(authorization,),
    )


def _added(
    conn: Connection, store: Store, ring: KeyRing, consent: Consent, authorization: Authorization
) -> Consent:
    """The consent with the authorization in the place of any other that was waiting."""
    vault_id, grant_id = ring.vault_id, consent.grant_id
    waiting = Of(vault_id, grant_id=grant_id, kinds=_UNREDEEMED)
    credentials.end_all(conn, waiting, SUPERSEDED, store.clock())
    for holder_id in _unused(conn, vault_id, grant_id, store.clock()):
        if holder_id != authorization.holder_id:
            end_holder(conn, store, vault_id, holder_id)
    living = {row.holder_id for row in holders.of_grant(conn, vault_id, grant_id)}
    amended = consent.among(living).waiting_for(authorization)
    return grants.replace_consent(conn, ring, amended)


def _unused(conn: Connection, vault_id: bytes, grant_id: bytes, now: int) -> list[bytes]:
    """The holders of a grant that no live credential leads to."""
    used = credentials.led_to(conn, vault_id, grant_id, now)
    living = (row.holder_id for row in holders.of_grant(conn, vault_id, grant_id))
    return [holder_id for holder_id in living if holder_id not in used]


def lapse(conn: Connection, store: Store, vault_id: bytes, grant_id: bytes) -> int:
    """End what a vendor never took up under a consent that goes on; how many authorizations.

    The caller holds the lock of the vault's row.
    """
    unused = _unused(conn, vault_id, grant_id, store.clock())
    if not unused:
        return 0
    recording = Recording(conn, store, vault_id)
    for holder_id in unused:
        end_holder(conn, store, vault_id, holder_id)
    client_id = grants.find(conn, vault_id, grant_id).client_id
    details = {"grant": grant_id.hex(), "client": client_id}
    recording.write(LedgerEvent.AUTHORIZATION_LAPSED, details)
    return len(unused)


def finish(conn: Connection, store: Store, row: CredentialRow) -> None:
    """End what was for once and has been read: the consent, unless a later word of it waits.

    `row` is the access token's. The caller holds the lock of the vault's row.
    """
    vault_id, grant_id, now = row.vault_id or b"", row.grant_id or b"", store.clock()
    if credentials.led_to(conn, vault_id, grant_id, now) <= {row.holder_id}:
        end_grant(conn, store, vault_id, grant_id, GrantState.EXPIRED)
    else:
        # Its holder ends when the waiting one is taken up, or with the consent when that lapses.
        credentials.end_all(conn, Of(vault_id, holder_id=row.holder_id), "read_once", now)


def take_up(conn: Connection, store: Store, row: CredentialRow, package: GrantPackage) -> bool:
    """Put the authorization in force whose code was redeemed; False where nothing stood before.

    Whatever the vendor held under the same consent ends in this transaction. The caller holds the
    lock of the vault's row.
    """
    vault_id, grant_id = row.vault_id or b"", row.grant_id or b""
    others = [
        other.holder_id
        for other in holders.of_grant(conn, vault_id, grant_id)
        if other.holder_id != row.holder_id
    ]
    in_force = grants.find(conn, vault_id, grant_id).terms_version
    if not others and in_force == package.terms_version:
        return False
    recording = Recording(conn, store, vault_id)
    for holder_id in others:
        of_holder = Of(vault_id, holder_id=holder_id)
        credentials.end_all(conn, of_holder, SUPERSEDED, store.clock())
        end_holder(conn, store, vault_id, holder_id)
    ends = package.terms.expires_at
    grants.put_in_force(conn, vault_id, grant_id, package.terms_version, ends)
    details = {"grant": grant_id.hex(), "client": row.client_id}
    recording.write(LedgerEvent.CONSENT_TAKEN_UP, details)
    return True
