"""Rekeying: another passphrase or a used recovery code gives a vault new keys everywhere.

The recovery code is replaced each time, every session ends, and each compartment gets a new epoch:
with the old passphrase and an old copy of the database nothing opens that is written afterwards.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind, passphrase_lookup
from vault.domain.compartments import Compartment
from vault.domain.events import LedgerEvent
from vault.errors import InvalidInput, WrongPassphrase
from vault.services import renewal
from vault.services.customers.owner_keys import OwnerKeys
from vault.services.customers.passphrases import Passphrases, check_passphrase
from vault.services.customers.sessions import Session, Sessions
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import credentials, holders, vaults
from vault.storage.credentials import Of
from vault.storage.store import Store


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A vault with new keys: the recovery code that belongs to them, and a session."""

    recovery_code: str = field(repr=False)
    session: Session


class Rekeying:
    """Changes what opens a vault."""

    def __init__(self, store: Store, passphrases: Passphrases, sessions: Sessions) -> None:
        self._store = store
        self._passphrases = passphrases
        self._sessions = sessions

    def change_passphrase(self, vault: OpenVault, old: str, new: str) -> Rekeyed:
        """Replace the passphrase, the recovery code and the owner's key pair; a new session."""
        check_passphrase(new)
        self._sessions.confirm_passphrase(vault, old)
        return self._rekey(vault, new, LedgerEvent.PASSPHRASE_CHANGED)

    def recover(self, name: str, recovery_code: str, new: str) -> Rekeyed:
        """Open a vault by its recovery code, which is used up; WrongPassphrase where it fails."""
        check_passphrase(new)
        vault = self._open_by_code(name.strip(), recovery_code)
        return self._rekey(vault, new, LedgerEvent.RECOVERED)

    def _open_by_code(self, name: str, recovery_code: str) -> OpenVault:
        refusal = WrongPassphrase("This username and recovery code open no vault.")
        try:
            credential = Credential.parse(CredentialKind.RECOVERY_CODE, recovery_code)
        except InvalidInput:
            raise refusal from None
        with self._store.database.read() as conn:
            row, vault_row = credentials.find(conn, credential), vaults.find_by_name(conn, name)
            if row is None or vault_row is None or row.vault_id != vault_row.vault_id:
                raise refusal
            if not row.live(self._store.clock()):
                raise refusal
            vault_id, holder_id = row.vault_id or b"", row.holder_id or b""
            seed = credentials.unseal(self._store.keys, row, credential)
            ring = holders.open_owner(conn, vault_id, holder_id, seed)
        return OpenVault(vault_id, name, holder_id, seed, ring)

    def _rekey(self, vault: OpenVault, passphrase: str, what: LedgerEvent) -> Rekeyed:
        """A new owner key pair and new epochs everywhere: old copies open nothing new."""
        owner = OwnerKeys(self._passphrases, passphrase)
        vault_id, seed = vault.vault_id, owner.pair.seed
        with self._store.database.write() as conn:
            vaults.lock(conn, vault_id)
            secrets = renewal.reopened(conn, vault).secrets
            recording = Recording(conn, self._store, vault_id)
            self._end_owner(conn, vault)
            holder_id = owner.store(conn, self._store, vault_id, secrets)
            recording.write(what)
            renewed = OpenVault(vault_id, vault.name, holder_id, seed, vault.ring)
            renewal.renew(conn, self._store, renewed, set(Compartment))
            session = self._sessions.begin(conn, vault_id, holder_id, seed)
        self._store.database.checkpoint()
        return Rekeyed(owner.recovery_code, session)

    def _end_owner(self, conn: Connection, vault: OpenVault) -> None:
        now = self._store.clock()
        credentials.end_all(conn, Of(vault.vault_id, holder_id=vault.holder_id), "rekeyed", now)
        credentials.forget(conn, passphrase_lookup(vault.vault_id))
        holders.end(conn, vault.vault_id, vault.holder_id, now)
