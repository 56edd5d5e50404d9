"""The `auth_req_id`s of vendors that ask a customer who is away (OpenID CIBA Core, section 7.3).

Until the customer has answered, the row of one belongs to no vault, whether or not there is one of
the name that the vendor gave. In place of a grant stands a tag, a keyed hash of vendor and name, so
that the next request of the same vendor for the same name finds it by an index; the name itself
stands nowhere.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Connection, cast, select, update

from vault.crypto.credentials import CredentialKind
from vault.storage.credentials import CredentialRow
from vault.storage.schema import credentials

REPLACED = "replaced"
DECLINED = "declined"

_OPEN = (
    credentials.c.kind == int(CredentialKind.AUTH_REQ_ID),
    credentials.c.vault_id.is_(None),
    credentials.c.ended_at.is_(None),
)


def unanswered(conn: Connection, client_id: str, tag: bytes) -> list[bytes]:
    """The look-up values of what a vendor has asked under one tag and waits for: one at most."""
    same = (credentials.c.client_id == client_id, credentials.c.grant_id == tag)
    return list(conn.scalars(select(credentials.c.lookup).where(*_OPEN, *same)))


def approve(
    conn: Connection, lookup: bytes, client_id: str, place: tuple[bytes, bytes, bytes], now: int
) -> bool:
    """Give one its vault, holder and grant; False where it was answered or has ended."""
    vault_id, holder_id, grant_id = place
    return _answer(
        conn,
        lookup,
        client_id,
        now,
        {"vault_id": vault_id, "holder_id": holder_id, "grant_id": grant_id},
    )


def end(conn: Connection, lookup: bytes, client_id: str, reason: str, now: int) -> bool:
    """Erase the wrap of one that waits; False where it was answered or has ended."""
    ended = {"wrap": None, "ended_at": now, "end_reason": reason}
    return _answer(conn, lookup, client_id, now, ended)


def _answer(
    conn: Connection, lookup: bytes, client_id: str, now: int, values: Mapping[str, object]
) -> bool:
    waiting = (
        credentials.c.lookup == lookup,
        credentials.c.client_id == client_id,
        credentials.c.expires_at > now,
    )
    answered = conn.execute(update(credentials).where(*_OPEN, *waiting).values(dict(values)))
    return answered.rowcount == 1


def polled(conn: Connection, row: CredentialRow, now: int, interval: int) -> bool:
    """Note that a vendor has asked for the answer; False where it did so within the interval.

    One conditional statement: of parallel polls exactly one is in time.
    """
    # A plain integer of JSON is one of 32 bits to PostgreSQL, and seconds outgrow those.
    last = cast(credentials.c.attributes["polled"].as_string(), BigInteger)
    noted = conn.execute(
        update(credentials)
        .where(credentials.c.lookup == row.lookup, last.is_(None) | (last <= now - interval))
        .values(attributes={**row.attributes, "polled": now})
    )
    return noted.rowcount == 1
