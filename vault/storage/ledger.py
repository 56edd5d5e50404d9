"""The ledger of a vault: append-only, chained, signed; sealed to its owner.

Entry hash = SHA-256(previous hash | number u64 | time u64 | ciphertext), so the chain checks
without opening anything. The server's signature is over the entry hash and its place. An entry that
changes the vault's state has the new state's digest in clear beside it, and within its hash: who
seals keys to vendors compares, and needs no key for it (ADR 27).
"""

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, insert, select

from vault.crypto.envelope import context
from vault.crypto.hpke import seal_to
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment
from vault.domain.events import LedgerEvent
from vault.errors import Tampered
from vault.storage import epochs, vaults
from vault.storage.keyring import KeyRing
from vault.storage.schema import ledger

_INSERT = insert(ledger)
_AT = select(ledger.c.at).where(
    ledger.c.vault_id == bindparam("vault"), ledger.c.number == bindparam("at_number")
)
_NUMBERS = struct.Struct(">QQ")
_WITH_STATE = 1 << 63
"""The first bit of the number within the hash of an entry that has its state in clear.

No number reaches it, so neither form of an entry is ever taken for the other.
"""
_STATE_BYTES = 32
_LATEST_STATE = (
    select(ledger.c.number)
    .where(ledger.c.vault_id == bindparam("vault"), ledger.c.state.is_not(None))
    .order_by(ledger.c.number.desc())
    .limit(1)
)
_CHAINED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One opened entry. `at` is in seconds; `what` names the event, `details` is its JSON."""

    number: int
    at: int
    what: str
    details: Mapping[str, Any]
    hash: bytes


def _place(vault_id: bytes, number: int, epoch: int) -> bytes:
    return context("ledger entry", vault_id, number, epoch)


def _signed(vault_id: bytes, number: int) -> bytes:
    return context("ledger head", vault_id, number)


def entry_hash(
    previous: bytes, number: int, at: int, ciphertext: bytes, state: bytes | None = None
) -> bytes:
    """The hash of an entry, which the next one continues; `state` is 32 bytes where it has one."""
    if state is None:
        return hashlib.sha256(previous + _NUMBERS.pack(number, at) + ciphertext).digest()
    numbers = _NUMBERS.pack(_WITH_STATE | number, at)
    return hashlib.sha256(previous + numbers + state + ciphertext).digest()


def append(
    conn: Connection,
    keys: ServerKeys,
    locked: "Row[Any]",
    what: LedgerEvent,
    details: Mapping[str, Any],
    now: int,
    state: bytes | None = None,
) -> bytes:
    """Write an entry behind the head of a vault's locked row; the new head.

    `state` is the state digest after a change of what it covers. The caller passes the row as it
    was locked; a second entry in one transaction needs it locked (read) again.
    """
    vault_id, number = locked.vault_id, locked.ledger_number + 1
    epoch, public_key = epochs.writing_key(conn, keys, vault_id, Compartment.LEDGER)
    plaintext = orjson.dumps({"what": what, **details})
    ciphertext = seal_to(public_key, plaintext, _place(vault_id, number, epoch))
    head = entry_hash(locked.ledger_head, number, now, ciphertext, state)
    key_number, signature = keys.sign(head, _signed(vault_id, number))
    conn.execute(
        _INSERT,
        {
            "vault_id": vault_id,
            "number": number,
            "at": now,
            "epoch": epoch,
            "ciphertext": ciphertext,
            "hash": head,
            "key_number": key_number,
            "signature": signature,
            "state": state,
        },
    )
    vaults.set_values(conn, vault_id, ledger_number=number, ledger_head=head)
    return head


def read(
    conn: Connection,
    ring: KeyRing,
    *,
    before: int | None = None,
    after: int = 0,
    limit: int = 100,
    oldest_first: bool = False,
) -> Iterator[Entry]:
    """Entries with numbers between two, newest first, opened one by one with the owner's keys."""
    chosen = select(ledger).where(ledger.c.vault_id == ring.vault_id, ledger.c.number > after)
    if before is not None:
        chosen = chosen.where(ledger.c.number < before)
    order = ledger.c.number if oldest_first else ledger.c.number.desc()
    for row in conn.execute(chosen.order_by(order).limit(limit)):
        yield open_entry(conn, ring, row)


def time_of(conn: Connection, vault_id: bytes, number: int) -> int | None:
    """When an entry was written, in seconds since the epoch; None where there is none."""
    at: int | None = conn.scalar(_AT, {"vault": vault_id, "at_number": number})
    return at


def first_since(conn: Connection, vault_id: bytes, last: int, moment: int) -> int:
    """The number of the first entry at or after a moment, `last` + 1 where there is none.

    Numbers have no gaps and times rise with them, so few entries are looked at and none opened.
    Where a server's clock was set back, the border is off by as much.
    """

    def at(number: int) -> int:
        found = time_of(conn, vault_id, number)
        return moment if found is None else found

    return bisect_left(range(1, last + 1), moment, key=at) + 1


def open_entry(conn: Connection, ring: KeyRing, row: "Row[Any]") -> Entry:
    """Open one entry with the key pair of the epoch that it was written in."""
    pair = ring.key_pair(conn, Compartment.LEDGER, row.epoch)
    place = _place(ring.vault_id, row.number, row.epoch)
    opened = orjson.loads(pair.unseal(row.ciphertext, place))
    return Entry(row.number, row.at, opened.pop("what"), opened, row.hash)


def _continued(previous: bytes, expected: int, row: "Row[Any]") -> bytes:
    """The hash of the entry that continues another; Tampered where this is not the one."""
    if row.number != expected:
        raise Tampered(f"entry {expected} of the ledger is missing")
    whole = row.state is None or len(row.state) == _STATE_BYTES
    found = entry_hash(previous, row.number, row.at, row.ciphertext, row.state)
    if not whole or found != row.hash:
        raise Tampered(f"entry {row.number} of the ledger was altered")
    return found


def recorded_state(conn: Connection, keys: ServerKeys, locked: "Row[Any]") -> bytes | None:
    """The state digest that the newest entry with one has in clear; None where none has any.

    From that entry, or else the first, to the head of the vault's row every hash is checked, and
    the head's signature: nobody else wrote it, and none has lost its own. Opens nothing. Raises
    Tampered, also for a ledger without any entry.
    """
    first = conn.scalar(_LATEST_STATE, {"vault": locked.vault_id}) or 1
    chosen = select(ledger).where(ledger.c.vault_id == locked.vault_id, ledger.c.number >= first)
    in_order = chosen.order_by(ledger.c.number).execution_options(yield_per=_CHAINED_AT_ONCE)
    head, state, last = _hash_of(conn, locked.vault_id, first - 1), None, None
    with conn.execute(in_order) as rows:
        for expected, last in enumerate(rows, first):
            head = _continued(head, expected, last)
            state = last.state or state
    if last is None or (last.number, head) != (locked.ledger_number, locked.ledger_head):
        raise Tampered("the ledger does not end where it should")
    keys.verify(last.key_number, last.signature, head, _signed(locked.vault_id, last.number))
    return state


def _hash_of(conn: Connection, vault_id: bytes, number: int) -> bytes:
    if number == 0:
        return vaults.NO_HEAD
    place = (ledger.c.vault_id == vault_id, ledger.c.number == number)
    found: bytes | None = conn.scalar(select(ledger.c.hash).where(*place))
    if found is None:
        raise Tampered(f"entry {number} of the ledger is missing")
    return found


def check_chain(
    conn: Connection, keys: ServerKeys, vault_row: "Row[Any]", head: bytes | None = None
) -> int:
    """Check every hash and signature, opening nothing; the number of entries.

    `head` is an earlier head that must be in the chain: it shows a ledger cut at its end. Raises
    Tampered, naming the first entry that is missing or altered.
    """
    previous, expected = vaults.NO_HEAD, 1
    seen = head is None or head == vaults.NO_HEAD
    rows = conn.execute(
        select(ledger).where(ledger.c.vault_id == vault_row.vault_id).order_by(ledger.c.number)
    )
    for row in rows:
        previous = _continued(previous, expected, row)
        place = _signed(vault_row.vault_id, row.number)
        keys.verify(row.key_number, row.signature, row.hash, place)
        seen = seen or row.hash == head
        expected += 1
    if (expected - 1, previous) != (vault_row.ledger_number, vault_row.ledger_head):
        raise Tampered(f"the ledger ends at entry {expected - 1} and should not")
    if not seen:
        raise Tampered("the given head is not in the ledger: entries were cut or replaced")
    return expected - 1
