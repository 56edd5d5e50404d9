"""Customers: making a vault, by invitation perhaps, and erasing it."""

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.domain.compartments import Compartment
from vault.domain.events import LedgerEvent
from vault.errors import InvalidInput, Refused
from vault.services.customers.owner_keys import OwnerKeys
from vault.services.customers.passphrases import Passphrases, check_passphrase
from vault.services.customers.sessions import Sessions
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import credentials, epochs, vaults
from vault.storage.bindings import Binding
from vault.storage.store import Store

_NAME_MAX = 64


def check_name(name: str) -> str:
    """A user name as it is stored; raises InvalidInput naming what is wrong."""
    name = name.strip()
    if not 1 <= len(name) <= _NAME_MAX:
        raise InvalidInput("A username has 1 to 64 characters.")
    if not name.isprintable():
        raise InvalidInput("A username has printable characters only.")
    return name


class Customers:
    """Who has a vault here."""

    def __init__(self, store: Store, passphrases: Passphrases, sessions: Sessions) -> None:
        self._store = store
        self._passphrases = passphrases
        self._sessions = sessions

    def invite(self, days: int = 7) -> str:
        """An invitation to make one vault within some days."""
        invitation = Credential.generate(CredentialKind.INVITATION)
        now = self._store.clock()
        binding = Binding(expires_at=now + days * 86_400)
        with self._store.database.write() as conn:
            credentials.add(conn, self._store.keys, invitation, b"", binding, now=now)
        return invitation.text

    def create(self, name: str, passphrase: str, invitation: str | None = None) -> str:
        """Make a vault; its recovery code, which is shown this once.

        An invitation is used up with it. Conflict for a taken name, Refused for an invitation
        that was used, has expired or was never made.
        """
        name = check_name(name)
        check_passphrase(passphrase)
        owner = OwnerKeys(self._passphrases, passphrase)
        now = self._store.clock()
        with self._store.database.write() as conn:
            if invitation is not None:
                self._take_invitation(conn, invitation)
            vault_id = vaults.create(conn, name, now)
            secrets = {
                compartment: epochs.open_epoch(conn, self._store.keys, vault_id, compartment, now)
                for compartment in Compartment
            }
            owner.store(conn, self._store, vault_id, secrets)
            Recording(conn, self._store, vault_id).write(LedgerEvent.VAULT_CREATED)
        return owner.recovery_code

    def _take_invitation(self, conn: Connection, text: str) -> None:
        refusal = Refused("This invitation was used already, has expired, or is mistyped.")
        try:
            credential = Credential.parse(CredentialKind.INVITATION, text.strip())
        except InvalidInput:
            raise refusal from None
        row = credentials.find(conn, credential)
        if row is None or not credentials.take(conn, row, "used", self._store.clock()):
            raise refusal

    def choose_language(self, vault: OpenVault, language: str) -> None:
        """Keep in which language the customer reads, such as `zh_Hans`; it is not sealed."""
        with self._store.database.write() as conn:
            vaults.set_values(conn, vault.vault_id, language=language)
        vault.language = language

    def erase(self, vault: OpenVault, passphrase: str) -> None:
        """Erase the vault with all it holds; nothing of it can be brought back."""
        self._sessions.confirm_passphrase(vault, passphrase)
        with self._store.database.write() as conn:
            vaults.erase(conn, vault.vault_id)
        self._store.database.checkpoint()
