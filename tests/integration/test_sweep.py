"""The sweep: what is over ends, what is needed stays, and nothing is done twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.command import orders
from tests.conftest import sqlite_only
from tests.served import PASSPHRASE, Customer, Served, connected
from tests.vendor_client import VendorClient
from vault.crypto.credentials import CredentialKind
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.errors import Busy, NotFound
from vault.queue import open_queue
from vault.services.changes import Change
from vault.services.importing.adding import Adding
from vault.services.records.lists import Query
from vault.services.upkeep.sweeping import Sweeping, Swept
from vault.services.writing import writing
from vault.settings import Settings
from vault.storage import epochs, vaults
from vault.storage.grants import GrantState
from vault.storage.schema import (
    batches,
    credentials,
    holders,
    imports,
    inbox,
    ledger,
    records,
    refusals,
    replays,
    tombstones,
)
from vault.worker import register

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A kettle"})
    return customer


@pytest.fixture
def sweeping(server: Served) -> Sweeping:
    """The sweep of that server's store."""
    return Sweeping(server.store)


def reopened(anna: Customer) -> Customer:
    """The customer after unlocking again, when the clock has moved."""
    session = anna.server.services.sessions.unlock("anna", PASSPHRASE)
    return Customer(anna.server, "anna", session.token)


def states(anna: Customer) -> list[GrantState]:
    """The states of all consents, newest first."""
    return [one.state for one in anna.server.services.consents.given(reopened(anna).vault())]


def count(server: Served, table: object) -> int:
    """How many rows a table has."""
    with server.store.database.read() as conn:
        return conn.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def events(anna: Customer) -> list[str]:
    """What the activity holds, newest first."""
    page = anna.server.services.activity.page(reopened(anna).vault())
    return [event.what for event in page.entries]


def test_a_consent_past_its_end_is_over(server: Served, anna: Customer, sweeping: Sweeping) -> None:
    """Its state, its package and its wraps end, its secrets are to be renewed, once."""
    connected(server, anna)
    server.clock.ahead = 400 * DAY
    assert sweeping.run().grants == 1
    assert sweeping.run() == Swept()
    with server.store.database.read() as conn:
        [holder] = conn.execute(select(holders).where(holders.c.grant_id.is_not(None)))
        assert epochs.renewal_due(conn, holder.vault_id)
    assert holder.package is None
    assert events(anna).count("consent_expired") == 1
    assert states(anna) == [GrantState.EXPIRED]


def test_a_code_that_nobody_exchanged_ends_its_consent(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """After its minute, and a while for an exchange under way, nobody can use the grant again."""
    vendor = server.vendor()
    code = anna.allow(vendor.begin())
    for ahead, ended in ((30, 0), (90, 0), (200, 1)):
        server.clock.ahead = ahead
        assert sweeping.run().grants == ended
    assert states(anna) == [GrantState.EXPIRED]
    with server.store.database.read() as conn:
        [holder] = conn.execute(select(holders).where(holders.c.grant_id.is_not(None)))
        assert epochs.renewal_due(conn, holder.vault_id) == epochs.given_to(
            conn, holder.vault_id, holder.holder_id
        )
    assert vendor.exchange(code).status_code == 400


def test_a_consent_in_use_is_left_alone(server: Served, anna: Customer, sweeping: Sweeping) -> None:
    """A vendor that only holds its refresh token keeps its consent until the end."""
    vendor = connected(server, anna)
    server.clock.ahead = 20 * DAY
    assert sweeping.run().grants == 0
    assert states(anna) == [GrantState.GIVEN]
    assert vendor.refresh().status_code == 200
    assert vendor.get("/api/v1/purchases").status_code == 200


def test_a_refusal_after_withdrawal_is_recognised_while_the_token_would_live(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """Swept or not: an ended access token is refused by its reason, and the refusal is noted."""
    vendor = connected(server, anna)
    [given] = server.services.consents.given(anna.vault())
    server.services.consents.withdraw(anna.vault(), given.grant_id)
    server.clock.ahead = 9 * 60
    sweeping.run()
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert events(anna)[1] == "refusal"
    server.clock.ahead = 40 * DAY
    sweeping.run()
    with server.store.database.read() as conn:
        kinds = set(conn.scalars(select(credentials.c.kind)))
    assert CredentialKind.ACCESS_TOKEN not in kinds
    assert CredentialKind.REFRESH_TOKEN in kinds
    assert vendor.refresh().json()["error"] == "invalid_grant"


@pytest.mark.usefixtures("anna")
def test_expired_credentials_keep_no_wrap_and_are_forgotten(
    server: Served, sweeping: Sweeping
) -> None:
    """The wrap goes at the expiry, the look-up a day later; passphrase and code stay."""
    server.vendor().push()
    server.clock.ahead = 13 * HOUR
    sweeping.run()
    lasting = {CredentialKind.PASSPHRASE, CredentialKind.RECOVERY_CODE}
    with server.store.database.read() as conn:
        rows = conn.execute(select(credentials.c.kind, credentials.c.wrap)).all()
    assert {row.kind for row in rows if row.wrap} == lasting
    server.clock.ahead = 3 * DAY
    assert sweeping.run().credentials == len(rows) - 2
    assert count(server, credentials) == 2
    assert count(server, replays) == 0


def test_a_preview_goes_whole_when_its_hour_is_over(
    server: Served, anna: Customer, sweeping: Sweeping, tmp_path: Path
) -> None:
    """Not one of its items before; all of them, and its row, then."""
    clock, file = server.clock, orders(tmp_path / "a.csv").read_bytes()

    def slowly() -> Iterator[bytes]:
        clock.ahead += 30 * 60
        yield file

    preview = server.services.imports.stage(anna.vault(), [("a.csv", file), ("b.csv", slowly())])
    assert all(one.recognised for one in preview.files)
    clock.ahead = 70 * 60
    assert sweeping.run().previews == 0
    before = count(server, inbox)
    assert (before, count(server, imports)) == (2, 1)
    clock.ahead = 95 * 60
    swept = sweeping.run()
    assert (swept.previews, swept.inbox_items) == (1, before)
    assert count(server, inbox) == count(server, imports) == 0


def test_items_of_a_staging_that_died_are_erased(
    server: Served,
    anna: Customer,
    sweeping: Sweeping,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What a killed server had read of an upload goes with the import, when its hour is over."""

    def died(*_: object) -> None:
        raise Busy("killed")

    file = orders(tmp_path / "a.csv").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(Adding, "note", died)
        patched.setattr(Adding, "drop", lambda _: None)
        with pytest.raises(Busy):
            server.services.imports.stage(anna.vault(), [("a.csv", file)])
    assert count(server, inbox) > 0
    assert sweeping.run().inbox_items == 0
    server.clock.ahead = HOUR + 1
    assert sweeping.run().inbox_items > 0
    assert count(server, inbox) == count(server, imports) == 0


def test_what_a_dead_writer_staged_is_dropped_and_its_fence_has_passed(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """Not while its lease lasts; and should it wake up, it cannot flip what was swept."""

    def changes() -> Iterator[Change]:
        for number in range(1_500):
            yield Change(Kind.PURCHASE, number.to_bytes(16, "big"), {"name": str(number)})
        assert sweeping.run().writers == 0
        server.clock.ahead = vaults.LEASE_SECONDS + 1
        assert sweeping.run().writers == 1

    with pytest.raises(Busy), writing(server.store, anna.vault()) as (writer, _):
        writer.apply(changes(), LedgerEvent.RECORD_ADDED, dict)
    assert sweeping.run().writers == 0
    assert count(server, records) == 1
    assert count(server, batches) == 1
    anna.keep(Kind.PURCHASE, {"name": "Afterwards"})
    assert server.services.verification.verify(anna.vault()).problems == []


def test_old_tombstones_and_counts_of_refusals_are_forgotten(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """After ninety days; the vault remembers from where on its tombstones are whole."""
    vendor = connected(server, anna)
    vendor.get("/api/v1/purchases")
    vault = anna.vault()
    [line] = server.services.records.page(vault, Kind.PURCHASE, Query()).lines
    server.services.records.delete(vault, Kind.PURCHASE, [line.id])
    assert count(server, tombstones) == 1
    vendor.get("/api/v1/orders")
    assert count(server, refusals) == 1
    server.clock.ahead = 89 * DAY
    assert (sweeping.run().tombstoned, count(server, tombstones)) == (0, 1)
    server.clock.ahead = 92 * DAY
    swept = sweeping.run()
    assert (swept.tombstoned, swept.refusals) == (1, 1)
    assert count(server, tombstones) == count(server, refusals) == 0
    with server.store.database.read() as conn:
        row = vaults.find_by_name(conn, "anna")
    assert row is not None
    assert row.tombstones_from == row.change


YEAR = (
    '[{"type":"vrm_records","datatypes":["purchases"],"actions":["read"],"duration":"P1Y",'
    '"fields":["name"]}]'
)


def lasting(server: Served, anna: Customer) -> VendorClient:
    """A vendor with a consent for a year."""
    vendor = server.vendor()
    begun = vendor.begin(scope=None, authorization_details=YEAR)
    assert vendor.exchange(anna.allow(begun, days="365")).status_code == 200
    return vendor


def test_a_cursor_from_before_what_is_kept_begins_anew(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """A vendor that stayed away while tombstones were forgotten drops what it holds, once."""
    vendor = lasting(server, anna)
    cursor = vendor.get("/api/v1/purchases").json()["next_cursor"]
    vault = anna.vault()
    [line] = server.services.records.page(vault, Kind.PURCHASE, Query()).lines
    server.services.records.delete(vault, Kind.PURCHASE, [line.id])
    anna.keep(Kind.PURCHASE, {"name": "A lamp"})
    server.clock.ahead = 92 * DAY
    assert sweeping.run().tombstoned == 1
    vendor.refresh()
    page = vendor.get("/api/v1/purchases", cursor=cursor).json()
    assert page["reset"] is True
    assert [item["name"] for item in page["items"]] == ["A lamp"]
    again = vendor.get("/api/v1/purchases", cursor=page["next_cursor"]).json()
    assert again["items"] == []
    assert not again.get("reset")


def test_a_first_pass_in_pages_comes_to_its_end_after_tombstones_were_forgotten(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """What was forgotten before the pass began it never needed: it is not sent back to the start.

    What goes while it is under way is told.
    """
    anna.keep(Kind.PURCHASE, *({"name": f"Cup {number}"} for number in range(5)))
    vault = anna.vault()
    lines = {
        line.title: line.id
        for line in server.services.records.page(vault, Kind.PURCHASE, Query()).lines
    }
    vendor = lasting(server, anna)
    assert len(vendor.get("/api/v1/purchases").json()["items"]) == len(lines)
    server.services.records.delete(vault, Kind.PURCHASE, [lines["A kettle"]])
    server.clock.ahead = 92 * DAY
    assert sweeping.run().tombstoned == 1
    vendor.refresh()
    page = vendor.get("/api/v1/purchases", limit="2").json()
    seen = [item["name"] for item in page["items"]]
    gone = page["items"][0]["id"]
    server.services.records.delete(reopened(anna).vault(), Kind.PURCHASE, [lines[seen[0]]])
    while page["has_more"]:
        page = vendor.get("/api/v1/purchases", limit="2", cursor=page["next_cursor"]).json()
        assert not page.get("reset")
        seen += [item["name"] for item in page["items"] if "name" in item]
        deleted = [item["id"] for item in page["items"] if item.get("deleted")]
        assert set(deleted) <= {gone}
    assert sorted(seen) == [f"Cup {number}" for number in range(5)]
    assert deleted == [gone]


def test_two_workers_at_once_end_each_thing_once(
    server: Served, anna: Customer, sweeping: Sweeping
) -> None:
    """Of four sweeps in parallel one ends the consent, and one entry says so."""
    connected(server, anna)
    connected(server, anna)
    server.clock.ahead = 400 * DAY
    with ThreadPoolExecutor(4) as pool:
        swept = [each.result() for each in [pool.submit(sweeping.run) for _ in range(4)]]
    assert sum(each.grants for each in swept) == 2
    assert events(anna).count("consent_expired") == 2
    assert server.services.verification.verify_chain(anna_id(server)).problems == []


@sqlite_only
def test_one_vault_that_fails_keeps_no_other_from_being_swept(
    server: Served, anna: Customer, sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is counted, and due again; an erased vault is no failure."""
    otto = server.customer("otto")
    connected(server, anna)
    connected(server, otto)
    server.clock.ahead = 400 * DAY
    failing, lock = anna_id(server), vaults.lock

    def broken(conn: object, vault_id: bytes) -> object:
        if vault_id == failing:
            raise Busy("locked")
        return lock(conn, vault_id)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(vaults, "lock", broken)
        swept = sweeping.run()
    assert (swept.grants, swept.failures) == (1, 1)

    def erased(*_: object) -> None:
        raise NotFound("there is no such vault")

    with monkeypatch.context() as patched:
        patched.setattr(vaults, "lock", erased)
        assert sweeping.run().failures == 0
    assert sweeping.run().grants == 1


def anna_id(server: Served) -> bytes:
    """The id of anna's vault."""
    with server.store.database.read() as conn:
        row = vaults.find_by_name(conn, "anna")
    assert row is not None
    return bytes(row.vault_id)


@sqlite_only
def test_the_log_is_emptied(server: Served, anna: Customer, sweeping: Sweeping) -> None:
    """A reader that stood in the way of a checkpoint does so for one sweep only."""
    with server.store.database.read() as conn:
        conn.execute(select(ledger)).first()
        server.services.sessions.lock(anna.vault())
        assert sweeping.run().checkpointed is False
    assert sweeping.run().checkpointed is True


@sqlite_only
def test_the_worker_sweeps(server: Served, anna: Customer, settings: Settings) -> None:
    """The periodic task is registered under its name and does the whole sweep."""
    connected(server, anna)
    server.clock.ahead = 400 * DAY
    queue = open_queue(settings.queue_url)
    register(queue, Sweeping(server.store))
    [task] = queue._registry.periodic_tasks
    assert task.name == "sweep"
    task.execute()
    assert states(anna) == [GrantState.EXPIRED]
