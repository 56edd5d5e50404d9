"""Activity: the ledger as its customer reads it, and whether all of it still stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from vault.domain.events import LedgerEvent
from vault.errors import InvalidInput, Tampered, VaultError
from vault.services import integrity, receipt_checks
from vault.services.open_vault import OpenVault
from vault.services.snapshots import snapshot
from vault.storage import clients, ledger, vaults
from vault.storage.ledger import Entry
from vault.storage.store import Store

PAGE = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the activity: what happened when, with its details and the vendor's name.

    `repeated` counts further refusals of the same kind within that hour.
    """

    number: int
    at: int
    what: str
    details: Mapping[str, Any]
    vendor: str = ""
    repeated: int = 0

    @property
    def records(self) -> list[str]:
        """The ids of the records that it was about."""
        stated = self.details.get("records", "")
        if isinstance(stated, list):
            return stated
        return [stated[start : start + 32] for start in range(0, len(stated), 32)]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A page of the activity, newest first; `head` is the ledger's newest hash, in hex."""

    entries: list[Event]
    head: str
    next: int | None


@dataclass(slots=True)
class Verification:
    """What a verification found. `problems` names each thing that is not as it was written."""

    entries: int
    head: str
    records: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing was altered and nothing is missing."""
        return not self.problems


class Activity:
    """Reads and verifies the ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, vault: OpenVault, before: int | None = None, limit: int = PAGE) -> ActivityPage:
        """A page of entries with numbers below `before`."""
        with self._store.database.read() as conn:
            entries = list(ledger.read(conn, vault.ring, before=before, limit=limit + 1))
            head = vaults.find(conn, vault.vault_id).ledger_head.hex()
            events = list(self._events(conn, vault, entries[:limit]))
        return ActivityPage(events, head, events[-1].number if len(entries) > limit else None)

    def _events(self, conn: Connection, vault: OpenVault, entries: list[Entry]) -> Iterator[Event]:
        ids = {entry.details["client"] for entry in entries if "client" in entry.details}
        known = clients.find_any(conn, sorted(ids))
        counts = ledger.refusal_counts(conn, vault.vault_id)
        for entry in entries:
            details = entry.details
            client = known.get(details.get("client", ""))
            name = client.name if client else details.get("clientName", details.get("client", ""))
            repeated = 0
            if entry.what == LedgerEvent.REFUSAL:
                place = (bytes.fromhex(details["grant"]), details["reason"], entry.at // 3_600)
                repeated = max(counts.get(place, 1) - 1, 0)
            yield Event(entry.number, entry.at, entry.what, details, name, repeated)

    def reads(self, vault: OpenVault, limit: int) -> list[Event]:
        """The latest disclosures."""
        found: list[Event] = []
        before: int | None = None
        while len(found) < limit:
            page = self.page(vault, before)
            found += [one for one in page.entries if one.what == "disclosure"]
            if page.next is None:
                break
            before = page.next
        return found[:limit]

    def verify(self, vault: OpenVault, head: str | None = None) -> Verification:
        """Check the chain, that an earlier head is in it, and every record against the index."""
        result = self.verify_chain(vault.vault_id, head)
        with self._store.database.read() as conn:
            now = snapshot(conn, vault.ring)
            try:
                result.records, problems = integrity.check(now, self._store.keys)
            except VaultError as err:
                problems = [err.message]
            result.problems += problems
        return result

    def verify_chain(self, vault_id: bytes, head: str | None = None) -> Verification:
        """Check the chain, and of the receipts what can be, which needs no passphrase."""
        expected = _head(head)
        with self._store.database.read() as conn:
            row = vaults.find(conn, vault_id)
            result = Verification(row.ledger_number, row.ledger_head.hex())
            try:
                ledger.check_chain(conn, self._store.keys, row, expected)
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
        raise InvalidInput("a head is 64 letters and digits, as the activity shows it") from None
    if len(head) != len(vaults.NO_HEAD):
        raise InvalidInput("a head is 64 letters and digits, as the activity shows it")
    return head
