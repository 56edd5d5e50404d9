"""Verification: whether the ledger and all that it vouches for still stand as they were written."""

from dataclasses import dataclass, field

from vault.errors import InvalidInput, Tampered, VaultError
from vault.services import alterations, manifest
from vault.services.activity import integrity
from vault.services.consents import receipt_checks
from vault.services.open_vault import OpenVault
from vault.services.snapshots import snapshot
from vault.storage import ledger, vaults
from vault.storage.store import Store


@dataclass(slots=True)
class Verified:
    """What a verification found. `problems` names each thing that is not as it was written."""

    entries: int
    head: str
    records: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing was altered and nothing is missing."""
        return not self.problems


class Verification:
    """Verifies vaults, with their owner's keys or without."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def verify(self, vault: OpenVault, head: str | None = None) -> Verified:
        """Check the chain, that an earlier head is in it, and every record against the index."""
        result = self.verify_chain(vault.vault_id, head)
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            try:
                result.records, problems = integrity.check(now, self._store.keys)
            except VaultError as err:
                problems = [err.message]
            result.problems += [one for one in problems if one not in result.problems]
        return result

    def verify_chain(self, vault_id: bytes, head: str | None = None) -> Verified:
        """Check the chain, the state that it has in clear, and of the receipts what can be.

        It needs no passphrase.
        """
        expected = _head(head)
        with self._store.database.read() as conn:
            row = vaults.find(conn, vault_id)
            result = Verified(row.ledger_number, row.ledger_head.hex())
            try:
                ledger.check_chain(conn, self._store.keys, row, expected)
                digest = manifest.digest(conn, vault_id)
                if not alterations.is_recorded(conn, self._store.keys, row, digest):
                    result.problems.append(integrity.ALTERED)
            except Tampered as err:
                result.problems.append(err.message)
            result.problems += receipt_checks.unopened(conn, self._store.keys, vault_id)
        return result


def _head(text: str | None) -> bytes | None:
    if not text:
        return None
    try:
        head = bytes.fromhex(text.strip())
    except ValueError:
        raise InvalidInput("A head is 64 letters and digits, as the activity shows it.") from None
    if len(head) != len(vaults.NO_HEAD):
        raise InvalidInput("A head is 64 letters and digits, as the activity shows it.")
    return head
