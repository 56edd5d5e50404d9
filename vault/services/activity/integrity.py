"""Integrity: every row against the index, both ways, index and receipts against the ledger.

A line without its row, a row without its line, another revision or another ciphertext: each is
named. The index itself is held to the state that the ledger's last entry of a write recorded, and
the receipts to those that its entries name.
"""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment
from vault.errors import VaultError
from vault.services import manifest
from vault.services.consents import receipt_checks
from vault.services.snapshots import RECORD_COMPARTMENTS, Snapshot
from vault.storage import ledger, records, segments
from vault.storage.ledger import Entry
from vault.storage.schema import segments as segment_table

ALTERED = "the index, a consent or a key package is not the one that was last recorded"
_NAMED = 20
_PLACES = frozenset(map(int, RECORD_COMPARTMENTS))
_Expected = dict[str, tuple[int, int, str]]
"""By record id (hex) the revision, the change that opened its row, and the ciphertext's digest."""


def check(now: Snapshot, keys: ServerKeys) -> tuple[int, list[str]]:
    """How many records were checked, and what is wrong with them; at most a few are named."""
    checked = 0
    told: dict[str, list[str]] = {}
    problems = list(_state(now, told)) + list(_segments(now))
    problems += receipt_checks.opened(now.conn, keys, now.ring, told)
    for compartment in RECORD_COMPARTMENTS:
        count, found = _compartment(now, compartment)
        checked += count
        problems += found
    if len(problems) > _NAMED:
        problems[_NAMED:] = [f"and {len(problems) - _NAMED} more"]
    return checked, problems


def _state(now: Snapshot, told: dict[str, list[str]]) -> Iterator[str]:
    """Whether segments, consents and packages are those of the last recorded write.

    Notes on the way which receipts of which grant the ledger names, oldest first.
    """
    expected: str | None = manifest.digest(now.conn, now.ring.vault_id).hex()
    later: int | None = None
    for entry in _entries(now):
        if "receipt" in entry.details:
            told.setdefault(entry.details["grant"], []).insert(0, entry.details["receipt"])
        if "state" not in entry.details:
            continue
        if expected is not None and entry.details["state"] != expected:
            if later is None:
                yield ALTERED
            else:
                yield f"something was altered before entry {later} that no entry tells of"
        # A restore begins anew: what it replaced is not what an entry had left.
        expected, later = entry.details.get("before"), entry.number


def _entries(now: Snapshot) -> Iterator[Entry]:
    """Every entry of the ledger, newest first."""
    before: int | None = None
    while entries := list(ledger.read(now.conn, now.ring, before=before, limit=200)):
        yield from entries
        before = entries[-1].number


def _segments(now: Snapshot) -> Iterator[str]:
    """Whether each segment is what its own digest says."""
    rows = now.conn.execute(
        select(segment_table).where(
            segment_table.c.vault_id == now.ring.vault_id, segment_table.c.change <= now.horizon
        )
    )
    for row in rows:
        if row.compartment not in _PLACES:
            yield "a part of the index stands where none belongs"
        elif segments.digest_of(row.lines, row.manifest, row.summary) != row.digest:
            yield f"a part of the index of {Compartment(row.compartment).label} was altered"


def _compartment(now: Snapshot, compartment: Compartment) -> tuple[int, list[str]]:
    try:
        expected = {
            line.record_id: (line.revision, line.change, line.digest)
            for line in now.manifest(compartment)
        }
    except VaultError:
        return 0, [f"the index of {compartment.label} does not open"]
    count = len(expected)
    problems = list(_rows(now, compartment, expected))
    problems += [f"{compartment.label}: record {record_id} is missing" for record_id in expected]
    return count, problems


def _rows(now: Snapshot, compartment: Compartment, expected: _Expected) -> Iterator[str]:
    """Check the open rows of a compartment, striking each from what is expected."""
    after = 0
    while rows := records.scan(now.conn, now.ring.vault_id, compartment, after, now.horizon, 1_000):
        for row in rows:
            named = f"{compartment.label}: record {row.record_id.hex()}"
            line = expected.pop(row.record_id.hex(), None)
            if line is None:
                yield f"{named} was added or rolled back"
            elif line[0] != row.revision:
                yield f"{named} was rolled back"
            elif line[1] != row.change:
                yield f"{named} was moved"
            elif line[2] != hashlib.sha256(row.ciphertext).hexdigest():
                yield f"{named} was altered"
            else:
                yield from _opens(now, row, named)
        after = rows[-1].change


def _opens(now: Snapshot, row: object, named: str) -> Iterator[str]:
    try:
        next(records.decrypt(now.reader, [row]))
    except VaultError:
        yield f"{named} does not open where it stands"
