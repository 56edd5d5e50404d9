"""The customer's e-mail address for notices: left knowingly, and taken away as easily.

That the address is the customer's is not proved (a link to confirm it would be): who mistypes it
sends a stranger a mail that says nothing, and no mail leads anywhere but to the unlock page.
"""

from vault.domain import addresses
from vault.domain.events import LedgerEvent
from vault.errors import Refused
from vault.services.open_vault import OpenVault
from vault.services.recording import Recording
from vault.storage import contacts, mail_due, vaults
from vault.storage.store import Store


class Contacts:
    """Keeps addresses; `offered` says whether this server can send mail at all."""

    def __init__(self, store: Store, *, offered: bool) -> None:
        self._store = store
        self.offered = offered

    def of(self, vault: OpenVault) -> str | None:
        """The address of a vault, if there is one."""
        with self._store.database.read() as conn:
            return contacts.get(self._store.keys, vaults.find(conn, vault.vault_id))

    def put(self, vault: OpenVault, address: str) -> None:
        """Send notices to an address from now on; nowhere if it is empty.

        Raises InvalidInput for what is no address, Refused where no mail is sent. What is unseen by
        now is not written about: the customer is here.
        """
        checked = addresses.check(address) if address else None
        if checked and not self.offered:
            raise Refused("This vault sends no mail.")
        with self._store.database.write() as conn:
            vaults.lock(conn, vault.vault_id)
            recording = Recording(conn, self._store, vault.vault_id)
            contacts.put(conn, self._store.keys, vault.vault_id, checked)
            mail_due.drop(conn, vault.vault_id)
            recording.write(LedgerEvent.CONTACT_CHANGED)
        # An address that was taken away must not linger in SQLite's log.
        self._store.database.checkpoint()
