"""Sessions: opening a vault by its passphrase, for a browser or for one command, and locking it."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.domain.events import LedgerEvent
from vault.errors import InvalidInput, Locked, Unopenable, WrongPassphrase
from vault.services.customers.passphrases import Passphrases
from vault.services.open_vault import OpenVault
from vault.storage import credentials, holders, ledger, vaults
from vault.storage.bindings import Binding
from vault.storage.credentials import CredentialRow
from vault.storage.store import Store

SESSION_SECONDS = 12 * 3_600
IDLE_SECONDS = 15 * 60
_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """A session's credential, for the cookie; `expires_at` in seconds since the epoch."""

    token: str = field(repr=False)
    expires_at: int


class Sessions:
    """Opens and locks vaults."""

    def __init__(self, store: Store, passphrases: Passphrases) -> None:
        self._store = store
        self._passphrases = passphrases

    def unlock(self, name: str, passphrase: str) -> Session:
        """Open a vault for a browser; WrongPassphrase alike for unknown names."""
        row, seed = self._open_by_passphrase(name, passphrase)
        vault_id, holder_id = row.vault_id or b"", row.holder_id or b""
        with self._store.database.write() as conn:
            self._check_unchanged(conn, row)
            session = self.begin(conn, vault_id, holder_id, seed)
            self._note_unlocked(conn, vault_id)
        return session

    def unlock_once(self, name: str, passphrase: str) -> OpenVault:
        """Open a vault for one command, without a session."""
        row, seed = self._open_by_passphrase(name, passphrase)
        vault_id, holder_id = row.vault_id or b"", row.holder_id or b""
        with self._store.database.write() as conn:
            self._note_unlocked(conn, vault_id)
        with self._store.database.read() as conn:
            ring = holders.open_owner(conn, vault_id, holder_id, seed)
        return OpenVault(vault_id, name.strip(), holder_id, seed, ring)

    def confirm_passphrase(self, vault: OpenVault, passphrase: str) -> None:
        """Ask for the passphrase again before something grave; raises WrongPassphrase."""
        self._open_by_passphrase(vault.name, passphrase)

    def begin(self, conn: Connection, vault_id: bytes, holder_id: bytes, seed: bytes) -> Session:
        """Begin a session for whoever has shown that the vault is theirs."""
        now = self._store.clock()
        credential = Credential.generate(CredentialKind.SESSION)
        binding = Binding(vault_id=vault_id, holder_id=holder_id, expires_at=now + SESSION_SECONDS)
        used = {"used": now}
        credentials.add(conn, self._store.keys, credential, seed, binding, now=now, attributes=used)
        return Session(credential.text, binding.expires_at)

    def open(self, token: str) -> OpenVault:
        """The open vault of a session's token; Locked where it has ended, expired or idled."""
        with self._store.database.read() as conn:
            row, seed = self._presented(conn, token)
            vault_id, holder_id = row.vault_id or b"", row.holder_id or b""
            ring = holders.open_owner(conn, vault_id, holder_id, seed)
            found = vaults.find(conn, vault_id)
        self._note_used(row)
        return OpenVault(
            vault_id, found.name, holder_id, seed, ring, row.lookup, language=found.language
        )

    def lock(self, vault: OpenVault) -> None:
        """End the session: its wrap is erased, and its token opens nothing."""
        with self._store.database.write() as conn:
            credentials.end(conn, vault.session, "locked", self._store.clock())
        self._store.database.checkpoint()

    def _open_by_passphrase(self, name: str, passphrase: str) -> tuple[CredentialRow, bytes]:
        """The row of a vault's passphrase and the owner's seed.

        Opening the wrap is the check: there is no separate verifier to steal.
        """
        refusal = WrongPassphrase("This username and passphrase open no vault.")
        with self._store.database.read() as conn:
            vault_row, row = vaults.find_by_name(conn, name.strip()), None
            if vault_row is not None:
                kind = CredentialKind.PASSPHRASE
                row = credentials.find_of_vault(conn, vault_row.vault_id, kind)
        credential = self._passphrases.given(passphrase, row)
        if row is None:
            raise refusal
        try:
            return row, credentials.unseal(self._store.keys, row, credential)
        except Unopenable:
            raise refusal from None

    def _check_unchanged(self, conn: Connection, row: CredentialRow) -> None:
        """Refuse a passphrase that was replaced while it was being derived."""
        vaults.lock(conn, row.vault_id or b"")
        again = credentials.find_by_lookup(conn, row.lookup)
        if again is None or again.holder_id != row.holder_id:
            raise WrongPassphrase("This username and passphrase open no vault.")

    def _note_unlocked(self, conn: Connection, vault_id: bytes) -> None:
        """A sign-in changes nothing, so its entry states none: what was altered stays named."""
        locked = vaults.lock(conn, vault_id)
        ledger.append(conn, self._store.keys, locked, LedgerEvent.UNLOCKED, {}, self._store.clock())

    def _presented(self, conn: Connection, token: str) -> tuple[CredentialRow, bytes]:
        """The row of a session's token and the owner's seed; Locked where it opens nothing."""
        now = self._store.clock()
        try:
            credential = Credential.parse(CredentialKind.SESSION, token)
            row = credentials.find(conn, credential)
            if row is not None and row.live(now) and now - row.attributes["used"] <= IDLE_SECONDS:
                return row, credentials.unseal(self._store.keys, row, credential)
        except (InvalidInput, Unopenable):
            pass
        raise Locked("The vault is locked.")

    def _note_used(self, row: CredentialRow) -> None:
        now = self._store.clock()
        if now - row.attributes["used"] > _TOUCH_SECONDS:
            with self._store.database.write() as conn:
                credentials.replace_attributes(conn, row.lookup, {"used": now})
