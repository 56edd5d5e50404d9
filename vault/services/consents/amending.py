"""Amending: a customer changes what a vendor may see, and the vendor's tokens stay as they are.

The consent's package is made anew: an old access token yields the new terms at once, and a cursor
from before begins again. What the vendor had asked for is the bound, however narrow the choice was
that the customer made of it at first.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.domain.receipts import ReceiptEvent
from vault.domain.requested import DAY, Request
from vault.domain.terms import Terms
from vault.errors import Conflict, InvalidInput
from vault.services import alterations, receipts, renewal
from vault.services.access import authorizations
from vault.services.access.authorizations import SUPERSEDED
from vault.services.ending import end_holder
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import credentials, epochs, grants, holders, refresh_tokens, vaults
from vault.storage.consent_records import Authorization, Consent
from vault.storage.credentials import Of
from vault.storage.grants import GrantState
from vault.storage.keyring import KeyRing
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Amendable:
    """A consent that can be changed: what stands, and what the vendor had `asked` for.

    `asked.days` counts from now: to let a consent go on is the customer's to repeat.
    """

    grant_id: str
    client_id: str
    client_name: str
    terms: Terms
    asked: Request


class Amending:
    """Changes consents in place."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, vault: OpenVault, grant_id: str) -> Amendable:
        """A consent of this vault with its bound.

        NotFound for another vault's, Conflict for one that has ended or is held back.
        """
        with self._store.database.read() as conn:
            consent = _changeable(conn, vault.ring, grants.id_of(grant_id), self._store.clock())
        standing = consent.in_force
        asked = bound_of(standing, self._store.clock())
        return Amendable(grant_id, consent.client_id, consent.client_name, standing.terms, asked)

    def amend(self, vault: OpenVault, grant_id: str, terms: Terms) -> None:
        """Put other terms in force at once, for whoever holds the consent now.

        An authorization that waits ends with this: the customer's last word counts. Compartments
        that are dropped are renewed before the owner's next write. Raises InvalidInput beyond the
        bound, NotFound and Conflict as `find`.
        """
        # What was altered outside is written down even though a held back consent is refused here.
        alterations.found(self._store, vault.vault_id)
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            ring = renewal.renew(conn, self._store, vault)
            consent = _changeable(conn, ring, grants.id_of(grant_id), self._store.clock())
            _check(consent.in_force, terms, self._store.clock())
            if terms != consent.terms or _others(conn, vault.vault_id, consent):
                _amend(conn, self._store, ring, consent, terms)
        # The former package must not linger in SQLite's log.
        self._store.database.checkpoint()
        vault.ring = ring


def bound_of(standing: Authorization, now: int) -> Request:
    """What a consent may be changed to at most: as asked, or else as it stands."""
    terms = standing.terms
    if standing.asked is not None:
        return replace(standing.asked, once=terms.once)
    return Request(
        rules=terms.rules,
        purposes=terms.purposes,
        days=max(0, terms.expires_at - now) // DAY,
        once=terms.once,
        terms_accepted=terms.agreed,
    )


def _check(standing: Authorization, terms: Terms, now: int) -> None:
    asked, former = bound_of(standing, now), standing.terms
    if not terms.rules:
        raise InvalidInput("A consent needs at least one thing to share.")
    if asked.grant(terms.rules, expires_at=terms.expires_at) != terms:
        raise InvalidInput("The consent goes beyond what was asked.")
    if not now < terms.expires_at <= max(former.expires_at, now + asked.days * DAY):
        raise InvalidInput("The consent would last longer than was asked.")


def _changeable(conn: Connection, ring: KeyRing, grant_id: bytes, now: int) -> Consent:
    refusal = Conflict("This consent has ended or is held back: it cannot be changed.")
    row = grants.find(conn, ring.vault_id, grant_id)
    if row.state != GrantState.GIVEN or row.expires_at <= now:
        raise refusal
    consent = grants.open_consent(conn, ring, row)
    consent = authorizations.held(conn, ring.vault_id, consent, now)
    holder = holders.find(conn, ring.vault_id, consent.in_force.holder_id)
    if holder is None or holder.ended_at is not None:
        # The vendor let it lapse, and the sweep is still to come.
        raise refusal
    return consent


def _amend(conn: Connection, store: Store, ring: KeyRing, consent: Consent, terms: Terms) -> None:
    """The caller holds the lock of the vault's row and has renewed what was due."""
    vault_id, former = ring.vault_id, consent.in_force
    recording = Recording(conn, store, vault_id)
    _end_others(conn, store, vault_id, consent)
    amended = consent.among({former.holder_id}).amended(terms)
    consent = grants.replace_consent(conn, ring, amended)
    renewal.seal_package(conn, store, ring, consent, consent.in_force)
    dropped = former.terms.compartments() - terms.compartments()
    epochs.mark_renewal_due(conn, vault_id, set(dropped))
    refresh_tokens.prolong(conn, vault_id, former.holder_id, terms.expires_at)
    receipt = receipts.issue(conn, store, ring, consent, consent.in_force, ReceiptEvent.AMENDED)
    details = {
        "grant": consent.grant_id.hex(),
        "client": consent.client_id,
        "clientName": consent.client_name,
        "terms": terms.to_json(),
        "receipt": receipt,
    }
    recording.write(LedgerEvent.CONSENT_AMENDED, details)


def _end_others(conn: Connection, store: Store, vault_id: bytes, consent: Consent) -> None:
    """End what waits to be taken up; the code of a first consent leads to the one in force."""
    for holder_id in _others(conn, vault_id, consent):
        of_holder = Of(vault_id, holder_id=holder_id)
        credentials.end_all(conn, of_holder, SUPERSEDED, store.clock())
        end_holder(conn, store, vault_id, holder_id)


def _others(conn: Connection, vault_id: bytes, consent: Consent) -> list[bytes]:
    """The holders of a consent besides the one whose terms are changed."""
    living = (row.holder_id for row in holders.of_grant(conn, vault_id, consent.grant_id))
    return [holder_id for holder_id in living if holder_id != consent.in_force.holder_id]
