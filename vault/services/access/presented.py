"""Credentials that a vendor presents: found, opened, or refused in the same words for all.

Every credential of a grant wraps the same seed of its holder; the tables keep look-up values and
wraps alone.
"""

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.errors import InvalidInput, Unopenable
from vault.services.access import succession
from vault.services.ending import end_grant
from vault.storage import credentials, holders, packages, vaults
from vault.storage.credentials import CredentialRow
from vault.storage.grants import GrantState
from vault.storage.packages import GrantPackage
from vault.storage.store import Store


class InvalidGrant(InvalidInput):
    """Unknown, expired, used, revoked, or another client's (RFC 6749, section 5.2)."""

    code = "invalid_grant"
    status = 400


def find(
    store: Store, kind: CredentialKind, text: str, client_id: str
) -> tuple[Credential, CredentialRow]:
    """The credential of a client with its row, ended or not. Raises InvalidGrant."""
    refusal = InvalidGrant("this is not a live token or code of this client")
    try:
        credential = Credential.parse(kind, text)
    except InvalidInput:
        raise refusal from None
    with store.database.read() as conn:
        row = credentials.find(conn, credential)
    if row is None or row.client_id != client_id:
        raise refusal
    return credential, row


def open_live(
    store: Store, row: CredentialRow, credential: Credential
) -> tuple[bytes, GrantPackage]:
    """What a live credential opens: its holder's seed and package. Raises InvalidGrant."""
    if not row.live(store.clock()):
        raise InvalidGrant("this token or code has ended")
    return opened(store, row, credential)


def opened(store: Store, row: CredentialRow, credential: Credential) -> tuple[bytes, GrantPackage]:
    """The same, for one that may be retried although it was rotated."""
    try:
        seed = succession.seed_of(credentials.unseal(store.keys, row, credential))
    except Unopenable as err:
        raise _foreign() from err
    with store.database.read() as conn:
        return seed, package_now(conn, store, row, seed)


def package_now(conn: Connection, store: Store, row: CredentialRow, seed: bytes) -> GrantPackage:
    """What the seed of a credential opens in this transaction. Raises InvalidGrant.

    Under the lock of the vault's row it is the last word: the customer may have changed the consent
    since the credential was first looked at.
    """
    holder = holders.find(conn, row.vault_id or b"", row.holder_id or b"")
    if holder is None or holder.package is None:
        raise InvalidGrant("the consent has ended")
    try:
        package = packages.open_grant(store.keys, holder, seed)
    except Unopenable as err:
        raise _foreign() from err
    if package.grant_id != row.grant_id:
        # No wrap of an `auth_req_id` binds its grant; the package does.
        raise _foreign()
    if package.terms.expires_at <= store.clock():
        # The rows say when, too; but they are in clear, and this is sealed.
        raise InvalidGrant("the consent has expired")
    return package


def _foreign() -> InvalidGrant:
    return InvalidGrant("this token or code does not open what it should")


def end_family(store: Store, row: CredentialRow) -> None:
    """End everything that came of a code or token, at its vendor's wish or because it was reused.

    What a later authorization has superseded is no longer the consent's: its end touches nothing.
    """
    if row.vault_id is None or row.grant_id is None:
        return
    with store.database.write() as conn:
        vaults.lock(conn, row.vault_id)
        holder = holders.find(conn, row.vault_id, row.holder_id or b"")
        if holder is not None and holder.ended_at is None:
            end_grant(conn, store, row.vault_id, row.grant_id, GrantState.REVOKED)
    store.database.checkpoint()
