"""Customers: making a vault, opening and locking it, and changing what opens it."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind, passphrase_lookup
from vault.crypto.hpke import KeyPair
from vault.crypto.kdf import PassphraseKdf
from vault.domain.compartments import Compartment
from vault.domain.events import LedgerEvent
from vault.errors import InvalidInput, Locked, Refused, Unopenable, WrongPassphrase
from vault.services import renewal
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import credentials, epochs, holders, ledger, vaults
from vault.storage.bindings import Binding
from vault.storage.credentials import CredentialRow, Of
from vault.storage.store import Store

MIN_PASSPHRASE = 15
"""Characters. Argon2id makes each guess dear; length makes the guesses many."""
MAX_PASSPHRASE = 1_024
SESSION_SECONDS = 12 * 3_600
IDLE_SECONDS = 15 * 60
_TOUCH_SECONDS = 60

_NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Session:
    """A session's credential, for the cookie; `expires_at` in seconds since the epoch."""

    token: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """A vault opened by its recovery code: the code that replaces it, and a session."""

    recovery_code: str = field(repr=False)
    session: Session


def check_name(name: str) -> str:
    """A user name as it is stored; raises InvalidInput naming what is wrong."""
    name = name.strip()
    if not 1 <= len(name) <= _NAME_MAX:
        raise InvalidInput("A username has 1 to 64 characters.")
    if not name.isprintable():
        raise InvalidInput("A username has printable characters only.")
    return name


def check_passphrase(passphrase: str) -> None:
    """Raise InvalidInput unless a new passphrase is long enough to be worth its derivation."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise InvalidInput("A passphrase has at least %(least)d characters.", least=MIN_PASSPHRASE)
    if len(passphrase) > MAX_PASSPHRASE:
        raise InvalidInput("A passphrase has at most %(most)d characters.", most=MAX_PASSPHRASE)


class Customers:
    """What opens and closes a vault."""

    def __init__(self, store: Store, kdf: PassphraseKdf | None = None) -> None:
        """Passphrases are derived with the cost of `kdf`; its salt is never used."""
        self._store = store
        self._cost = kdf or PassphraseKdf()
        # Derived for unknown names, so that they take as long as known ones.
        self._dummy = self._fresh_kdf()

    def _fresh_kdf(self) -> PassphraseKdf:
        return PassphraseKdf(memory_kib=self._cost.memory_kib, iterations=self._cost.iterations)

    def invite(self, days: int = 7) -> str:
        """An invitation to make one vault within some days."""
        invitation = Credential.generate(CredentialKind.INVITATION)
        now = self._store.clock()
        with self._store.database.write() as conn:
            binding = Binding(expires_at=now + days * 86_400)
            self._add(conn, invitation, b"", binding)
        return invitation.text

    def create(self, name: str, passphrase: str, invitation: str | None = None) -> str:
        """Make a vault; its recovery code, which is shown this once.

        An invitation is used up with it. Conflict for a taken name, Refused for an invitation
        that was used, has expired or was never made.
        """
        name = check_name(name)
        check_passphrase(passphrase)
        kdf = self._fresh_kdf()
        opener = Credential.from_secret(CredentialKind.PASSPHRASE, kdf.derive(passphrase))
        recovery = Credential.generate(CredentialKind.RECOVERY_CODE)
        owner = KeyPair.generate()
        now = self._store.clock()
        with self._store.database.write() as conn:
            if invitation is not None:
                self._take_invitation(conn, invitation)
            vault_id = vaults.create(conn, name, now)
            secrets = {
                compartment: epochs.open_epoch(conn, self._store.keys, vault_id, compartment, now)
                for compartment in Compartment
            }
            holder_id = holders.add_owner(conn, vault_id, owner, secrets, now)
            binding = Binding(vault_id=vault_id, holder_id=holder_id)
            self._add(conn, opener, owner.seed, binding, {"kdf": kdf.to_json()})
            self._add(conn, recovery, owner.seed, binding)
            Recording(conn, self._store, vault_id).write(LedgerEvent.VAULT_CREATED)
        return recovery.text

    def _take_invitation(self, conn: Connection, text: str) -> None:
        refusal = Refused("This invitation was used already, has expired, or is mistyped.")
        try:
            credential = Credential.parse(CredentialKind.INVITATION, text.strip())
        except InvalidInput:
            raise refusal from None
        row = credentials.find(conn, credential)
        if row is None or not credentials.take(conn, row, "used", self._store.clock()):
            raise refusal

    def unlock(self, name: str, passphrase: str) -> Session:
        """Open a vault for a browser; WrongPassphrase alike for unknown names."""
        row, seed = self._open_by_passphrase(name, passphrase)
        with self._store.database.write() as conn:
            self._check_unchanged(conn, row)
            session = self._begin_session(conn, row, seed)
            self._note_unlocked(conn, row.vault_id or b"")
        return session

    def unlock_once(self, name: str, passphrase: str) -> OpenVault:
        """Open a vault for one command, without a session."""
        row, seed = self._open_by_passphrase(name, passphrase)
        with self._store.database.write() as conn:
            self._note_unlocked(conn, row.vault_id or b"")
        return self._opened(row, seed, name.strip(), b"")

    def _open_by_passphrase(self, name: str, passphrase: str) -> tuple[CredentialRow, bytes]:
        with self._store.database.read() as conn:
            vault_row = vaults.find_by_name(conn, name.strip())
            row = (
                credentials.find_of_vault(conn, vault_row.vault_id, CredentialKind.PASSPHRASE)
                if vault_row
                else None
            )
        kdf = PassphraseKdf.from_json(row.attributes["kdf"]) if row else self._dummy
        credential = Credential.from_secret(
            CredentialKind.PASSPHRASE, kdf.derive(passphrase[:MAX_PASSPHRASE])
        )
        if row is None:
            raise WrongPassphrase("This username and passphrase open no vault.")
        return row, self._unwrap(row, credential)

    def _check_unchanged(self, conn: Connection, row: CredentialRow) -> None:
        """Refuse a passphrase that was replaced while it was being derived."""
        vaults.lock(conn, row.vault_id or b"")
        again = credentials.find_by_lookup(conn, row.lookup)
        if again is None or again.holder_id != row.holder_id:
            raise WrongPassphrase("This username and passphrase open no vault.")

    def _unwrap(self, row: CredentialRow, credential: Credential) -> bytes:
        """Opening the wrap is the check: there is no separate verifier to steal."""
        try:
            return credentials.unseal(self._store.keys, row, credential)
        except Unopenable:
            raise WrongPassphrase("This username and passphrase open no vault.") from None

    def _opened(self, row: CredentialRow, seed: bytes, name: str, session: bytes) -> OpenVault:
        vault_id, holder_id = row.vault_id or b"", row.holder_id or b""
        with self._store.database.read() as conn:
            ring = holders.open_owner(conn, vault_id, holder_id, seed)
        return OpenVault(vault_id, name, holder_id, seed, ring, session)

    def _begin_session(self, conn: Connection, row: CredentialRow, seed: bytes) -> Session:
        now = self._store.clock()
        credential = Credential.generate(CredentialKind.SESSION)
        binding = Binding(
            vault_id=row.vault_id, holder_id=row.holder_id, expires_at=now + SESSION_SECONDS
        )
        self._add(conn, credential, seed, binding, {"used": now})
        return Session(credential.text, binding.expires_at)

    def open(self, token: str) -> OpenVault:
        """The open vault of a session's token; Locked where it has ended, expired or idled."""
        try:
            credential = Credential.parse(CredentialKind.SESSION, token)
        except InvalidInput:
            raise Locked("The vault is locked.") from None
        now = self._store.clock()
        with self._store.database.read() as conn:
            row = credentials.find(conn, credential)
            if row is None or not row.live(now) or now - row.attributes["used"] > IDLE_SECONDS:
                raise Locked("The vault is locked.")
            try:
                seed = credentials.unseal(self._store.keys, row, credential)
            except Unopenable:
                raise Locked("The vault is locked.") from None
            vault_id, holder_id = row.vault_id or b"", row.holder_id or b""
            ring = holders.open_owner(conn, vault_id, holder_id, seed)
            found = vaults.find(conn, vault_id)
        if now - row.attributes["used"] > _TOUCH_SECONDS:
            with self._store.database.write() as conn:
                credentials.replace_attributes(conn, row.lookup, {"used": now})
        return OpenVault(
            vault_id, found.name, holder_id, seed, ring, row.lookup, language=found.language
        )

    def choose_language(self, vault: OpenVault, language: str) -> None:
        """Keep in which language the customer reads, such as `zh_Hans`; it is not sealed."""
        with self._store.database.write() as conn:
            vaults.set_values(conn, vault.vault_id, language=language)
        vault.language = language

    def lock(self, vault: OpenVault) -> None:
        """End the session: its wrap is erased, and its token opens nothing."""
        with self._store.database.write() as conn:
            credentials.end(conn, vault.session, "locked", self._store.clock())
        self._store.database.checkpoint()

    def confirm_passphrase(self, vault: OpenVault, passphrase: str) -> None:
        """Ask for the passphrase again before something grave; raises WrongPassphrase."""
        self._open_by_passphrase(vault.name, passphrase)

    def change_passphrase(self, vault: OpenVault, old: str, new: str) -> Recovered:
        """Replace the passphrase, the recovery code and the owner's key pair; a new session."""
        check_passphrase(new)
        self.confirm_passphrase(vault, old)
        return self._rekey(vault, new, LedgerEvent.PASSPHRASE_CHANGED)

    def recover(self, name: str, recovery_code: str, new: str) -> Recovered:
        """Open a vault by its recovery code, which is used up; WrongPassphrase where it fails."""
        check_passphrase(new)
        refusal = WrongPassphrase("This username and recovery code open no vault.")
        try:
            credential = Credential.parse(CredentialKind.RECOVERY_CODE, recovery_code)
        except InvalidInput:
            raise refusal from None
        with self._store.database.read() as conn:
            row = credentials.find(conn, credential)
            vault_row = vaults.find_by_name(conn, name.strip())
        known = row is not None and vault_row is not None and row.vault_id == vault_row.vault_id
        if row is None or not known or not row.live(self._store.clock()):
            raise refusal
        seed = credentials.unseal(self._store.keys, row, credential)
        return self._rekey(self._opened(row, seed, name.strip(), b""), new, LedgerEvent.RECOVERED)

    def _rekey(self, vault: OpenVault, passphrase: str, what: LedgerEvent) -> Recovered:
        """A new owner key pair and new epochs everywhere: old copies open nothing new."""
        kdf = self._fresh_kdf()
        opener = Credential.from_secret(CredentialKind.PASSPHRASE, kdf.derive(passphrase))
        recovery = Credential.generate(CredentialKind.RECOVERY_CODE)
        owner = KeyPair.generate()
        now = self._store.clock()
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            secrets = renewal.reopened(conn, vault).secrets
            recording = Recording(conn, self._store, vault.vault_id)
            self._end_owner(conn, vault, now)
            holder_id = holders.add_owner(conn, vault.vault_id, owner, secrets, now)
            recording.write(what)
            renewed = OpenVault(vault.vault_id, vault.name, holder_id, owner.seed, vault.ring)
            renewal.renew(conn, self._store, renewed, set(Compartment))
            binding = Binding(vault_id=vault.vault_id, holder_id=holder_id)
            self._add(conn, opener, owner.seed, binding, {"kdf": kdf.to_json()})
            self._add(conn, recovery, owner.seed, binding)
            found = credentials.find_of_vault(conn, vault.vault_id, CredentialKind.PASSPHRASE)
            if found is None:
                raise Locked("The vault is locked.")
            session = self._begin_session(conn, found, owner.seed)
        self._store.database.checkpoint()
        return Recovered(recovery.text, session)

    def _end_owner(self, conn: Connection, vault: OpenVault, now: int) -> None:
        credentials.end_all(conn, Of(vault.vault_id, holder_id=vault.holder_id), "rekeyed", now)
        credentials.forget(conn, passphrase_lookup(vault.vault_id))
        holders.end(conn, vault.vault_id, vault.holder_id, now)

    def erase(self, vault: OpenVault, passphrase: str) -> None:
        """Erase the vault with all it holds; nothing of it can be brought back."""
        self.confirm_passphrase(vault, passphrase)
        with self._store.database.write() as conn:
            vaults.erase(conn, vault.vault_id)
        self._store.database.checkpoint()

    def _add(
        self,
        conn: Connection,
        credential: Credential,
        seed: bytes,
        binding: Binding,
        attributes: dict[str, object] | None = None,
    ) -> None:
        credentials.add(
            conn,
            self._store.keys,
            credential,
            seed,
            binding,
            now=self._store.clock(),
            attributes=attributes,
        )

    def _note_unlocked(self, conn: Connection, vault_id: bytes) -> None:
        """A sign-in changes nothing, so its entry states none: what was altered stays named."""
        locked = vaults.lock(conn, vault_id)
        ledger.append(conn, self._store.keys, locked, LedgerEvent.UNLOCKED, {}, self._store.clock())
