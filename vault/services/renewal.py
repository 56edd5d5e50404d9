"""Renewal: new epochs for every compartment whose secret an ended holder knew.

A vault that is older than one of the compartments gets that one's first epoch in the same way.

It runs in the owner's next open session, before that writes anything: one transaction with the
new epochs, the owner's package, and the packages of all other live holders. What is written
afterwards opens for none of those that have ended, whatever copies they kept.

A consent that is held back gets none until its customer lets it go on; where something was altered
outside, all are held back.
"""

from sqlalchemy import Connection

from vault.crypto.hpke import KeyPair
from vault.domain.compartments import Compartment
from vault.domain.events import LedgerEvent
from vault.services import alterations
from vault.services.ending import end_expired
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import epochs, grants, holders
from vault.storage.consent_records import Authorization, Consent
from vault.storage.grants import GrantState
from vault.storage.keyring import KeyRing
from vault.storage.packages import GrantPackage
from vault.storage.store import Store


def renew(
    conn: Connection, store: Store, vault: OpenVault, due: set[Compartment] | None = None
) -> KeyRing:
    """Renew what is due; the ring to use once the transaction has committed.

    The caller holds the lock of the vault's row. Consents whose time is over are ended first, so
    that what they knew is renewed too.
    """
    alterations.state(conn, store, vault.vault_id)
    end_expired(conn, store, vault.vault_id)
    ring = reopened(conn, vault)
    due = epochs.renewal_due(conn, vault.vault_id) if due is None else due
    due = due | (set(Compartment) - ring.secrets.keys())
    if not due:
        return ring
    now = store.clock()
    recording = Recording(conn, store, vault.vault_id)
    for compartment in sorted(due):
        former = ring.secrets.get(compartment)
        ring.secrets[compartment] = epochs.open_epoch(
            conn, store.keys, vault.vault_id, compartment, now, former
        )
    owner = KeyPair.from_seed(vault.seed)
    holders.replace_owner_package(conn, vault.vault_id, vault.holder_id, owner, ring.secrets)
    for consent in list(grants.live(conn, ring, now, {GrantState.GIVEN})):
        seal_packages(conn, store, ring, settled(conn, ring, consent))
    labels = [compartment.label for compartment in sorted(due)]
    recording.write(LedgerEvent.KEYS_RENEWED, {"compartments": labels})
    return ring


def reopened(conn: Connection, vault: OpenVault) -> KeyRing:
    """The owner's ring as it is now, under the lock of the vault's row.

    A request that began before another one's renewal holds older secrets, which an ended holder
    still knows: nothing may be written with them. Raises Locked where the owner's keys themselves
    were replaced meanwhile.
    """
    return holders.open_owner(conn, vault.vault_id, vault.holder_id, vault.seed)


def settled(conn: Connection, ring: KeyRing, consent: Consent) -> Consent:
    """A consent without the authorizations that have ended, so that nothing is sealed to them.

    A vendor's redemption ends one while nobody can seal the record: the owner's next write does.
    """
    living = {row.holder_id for row in holders.of_grant(conn, ring.vault_id, consent.grant_id)}
    remaining = consent.among(living)
    return consent if remaining == consent else grants.replace_consent(conn, ring, remaining)


def seal_packages(conn: Connection, store: Store, ring: KeyRing, consent: Consent) -> None:
    """Seal the package of each of a consent's authorizations that has not ended."""
    living = {row.holder_id for row in holders.of_grant(conn, ring.vault_id, consent.grant_id)}
    for authorization in consent.authorizations:
        if authorization.holder_id in living:
            seal_package(conn, store, ring, consent, authorization)


def seal_package(
    conn: Connection, store: Store, ring: KeyRing, consent: Consent, authorization: Authorization
) -> None:
    """Seal one authorization's package: its terms, and the keys that they need, as they now are."""
    secrets = ring.only(authorization.terms.compartments())
    package = GrantPackage(
        grant_id=consent.grant_id,
        client_id=consent.client_id,
        terms=authorization.terms,
        terms_version=authorization.terms_version,
        secrets=secrets,
        wire_key=consent.wire_key,
    )
    holder_id, public_key = authorization.holder_id, authorization.public_key
    holders.seal_package(conn, store.keys, ring.vault_id, holder_id, public_key, package)
    opened = {compartment: epoch for compartment, (epoch, _) in secrets.items()}
    epochs.entrust(conn, ring.vault_id, holder_id, opened)
