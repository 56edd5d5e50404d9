"""The owner's keys: a key pair, and the passphrase and the recovery code that each open it."""

from sqlalchemy import Connection

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.hpke import KeyPair
from vault.services.customers.passphrases import Passphrases
from vault.storage import credentials, holders
from vault.storage.bindings import Binding
from vault.storage.keyring import Secrets
from vault.storage.store import Store


class OwnerKeys:
    """New ones, made before the transaction that stores them: a derivation takes its time."""

    def __init__(self, passphrases: Passphrases, passphrase: str) -> None:
        """Make a key pair and a recovery code, and derive a passphrase that has been checked."""
        self.pair = KeyPair.generate()
        self._passphrase = passphrases.chosen(passphrase)
        self._recovery = Credential.generate(CredentialKind.RECOVERY_CODE)

    @property
    def recovery_code(self) -> str:
        """The recovery code, to be shown once."""
        return self._recovery.text

    def store(self, conn: Connection, store: Store, vault_id: bytes, secrets: Secrets) -> bytes:
        """Make them the keys of a vault that has none, with what they open; the holder's id."""
        now = store.clock()
        holder_id = holders.add_owner(conn, vault_id, self.pair, secrets, now)
        binding = Binding(vault_id=vault_id, holder_id=holder_id)
        chosen, seed = self._passphrase, self.pair.seed
        kdf = {"kdf": chosen.kdf.to_json()}
        credentials.add(conn, store.keys, chosen.credential, seed, binding, now=now, attributes=kdf)
        credentials.add(conn, store.keys, self._recovery, seed, binding, now=now)
        return holder_id
