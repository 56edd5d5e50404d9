"""Receipts: every event of a consent is signed by this server, and kept by both sides.

`issue` writes the receipt of consent given or amended, with the owner present; `issue_end` that of
its end, which opens nothing. Each is called in the transaction that makes the event, before the
ledger's entry, which carries the receipt's digest: so no receipt is removed, altered or put back
without `verify` naming it.
"""

import os
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from vault.crypto.envelope import encode_text
from vault.crypto.hpke import KeyPair
from vault.crypto.wire import WireKey
from vault.domain import consent_record
from vault.domain.consent_record import Agreed, Controller
from vault.domain.receipts import TYPE, ReceiptEvent, claims, with_record
from vault.domain.terms import Terms
from vault.errors import NotFound, Tampered
from vault.services.open_vault import OpenVault
from vault.storage import clients, grants, receipts, vaults
from vault.storage.consent_records import Authorization, Consent
from vault.storage.keyring import KeyRing
from vault.storage.packages import GrantPackage
from vault.storage.store import Store

_JTI_LENGTH = 16


def issue(
    conn: Connection,
    store: Store,
    ring: KeyRing,
    consent: Consent,
    authorization: Authorization,
    event: ReceiptEvent,
) -> str:
    """Sign and keep what was just given or amended; the digest (hex) for the ledger's entry.

    `authorization` is the one whose terms are new. The caller holds the lock of the vault's row.
    """
    vault_id, grant_id, now = ring.vault_id, consent.grant_id, store.clock()
    language = vaults.find(conn, vault_id).language
    agreed = Agreed(
        grant_id=grant_id.hex(),
        subject=WireKey(consent.wire_key).subject(consent.client_id),
        controller=_controller(conn, consent),
        terms=authorization.terms,
        given_at=consent.created_at,
        event=event,
        at=now,
        language=language.replace("_", "-") if language else None,
    )
    record = consent_record.record(agreed, store.issuer)
    claimed = _claims(conn, store, vault_id, grant_id, event, now)
    payload = with_record(claimed, authorization.terms_version, record)
    signed = store.keys.sign_jws(TYPE, orjson.dumps(payload))
    return receipts.add(conn, ring, grant_id, authorization, event, now, signed).hex()


def issue_end(
    conn: Connection,
    store: Store,
    vault_id: bytes,
    grant_id: bytes,
    event: ReceiptEvent,
    now: int,
) -> str:
    """Sign and keep the end of a consent, opening nothing; the digest (hex) for the ledger's entry.

    The caller holds the lock of the vault's row. `now` is when the consent ended, as its row says.
    """
    payload = _claims(conn, store, vault_id, grant_id, event, now)
    signed = store.keys.sign_jws(TYPE, orjson.dumps(payload))
    return receipts.add_end(conn, vault_id, grant_id, event, now, signed).hex()


def _claims(
    conn: Connection,
    store: Store,
    vault_id: bytes,
    grant_id: bytes,
    event: ReceiptEvent,
    now: int,
) -> dict[str, Any]:
    before = receipts.last(conn, vault_id, grant_id)
    return claims(
        issuer=store.issuer,
        jti=encode_text(os.urandom(_JTI_LENGTH)),
        grant_id=grant_id.hex(),
        event=event,
        at=now,
        previous=encode_text(before.digest) if before else None,
    )


def _controller(conn: Connection, consent: Consent) -> Controller:
    """The vendor as its customer has just seen it."""
    client = clients.find_any(conn, [consent.client_id]).get(consent.client_id)
    if client is None:
        return Controller(consent.client_id, consent.client_name, verified=False)
    return Controller(client.client_id, client.name, client.verified, client.policy_uri)


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """One receipt; `signed` is the compact JWS, `record` the consent record where it has one."""

    number: int
    event: ReceiptEvent
    at: int
    signed: str
    payload: dict[str, Any]

    @property
    def record(self) -> dict[str, Any] | None:
        """The consent record; None where the consent ended."""
        found: dict[str, Any] | None = self.payload.get("consent_record")
        return found

    @property
    def terms(self) -> Terms | None:
        """The terms that it tells; None where the consent ended."""
        return consent_record.terms_of(self.record) if self.record else None


class Receipts:
    """A customer's receipts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def kept(self, vault: OpenVault, grant_id: str) -> list[KeptReceipt]:
        """All receipts of a consent, oldest first; NotFound for another vault's.

        Raises Unopenable or Tampered where one is not what this server wrote.
        """
        wanted = grants.id_of(grant_id)
        with self._store.database.read() as conn:
            grants.find(conn, vault.vault_id, wanted)
            rows = receipts.of_grant(conn, vault.vault_id, wanted)
            return [_opened(conn, self._store, vault.ring, one) for one in rows]

    def one(self, vault: OpenVault, grant_id: str, number: int) -> KeptReceipt:
        """One of them by its number."""
        for receipt in self.kept(vault, grant_id):
            if receipt.number == number:
                return receipt
        raise NotFound("There is no such receipt.")


def _opened(conn: Connection, store: Store, ring: KeyRing, row: "Row[Any]") -> KeptReceipt:
    signed = row.signed if row.sealed is None else receipts.unseal(conn, ring, row)
    return _verified(store, row, signed)


def _verified(store: Store, row: "Row[Any]", signed: str) -> KeptReceipt:
    """A receipt with its signature checked; raises Tampered."""
    payload = orjson.loads(store.keys.verify_jws(TYPE, signed))
    return KeptReceipt(row.number, ReceiptEvent(row.event), row.at, signed, payload)


def to_holder(store: Store, row: "Row[Any]", pair: KeyPair, package: GrantPackage) -> KeptReceipt:
    """The receipt that is addressed to a vendor's holder, of the terms that its package carries.

    Raises Unopenable or Tampered. The seal says nothing of who made it, the signature does; and
    an older receipt, which is signed too, does not pass for that of these terms.
    """
    found = _verified(store, row, receipts.unseal_to(row, pair))
    told = (found.payload.get("grant"), found.payload.get("terms_version"))
    if told != (package.grant_id.hex(), package.terms_version):
        raise Tampered("this is not the receipt of these terms")
    return found
