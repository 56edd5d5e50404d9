"""`vault grants`, `vault withdraw`, `vault ledger` and `vault verify`."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from tests.command import Command
from tests.conftest import sqlite_only
from tests.served import Customer, Served, connected
from vault.domain.compartments import Kind
from vault.storage.schema import ledger, records, segments

WRONG = "not the passphrase\n"
NONE = ""


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with two purchases."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A kettle"}, {"name": "A chair"})
    return customer


@pytest.fixture
def vault(environment: dict[str, str]) -> Command:
    """Commands beside the server."""
    return Command(environment)


@sqlite_only
def test_a_consent_is_listed_and_withdrawn(server: Served, anna: Customer, vault: Command) -> None:
    """With the passphrase its terms are told; without one it is withdrawn, and the vendor out."""
    vendor = connected(server, anna)
    vendor.get("/api/v1/purchases")
    [given] = vault.json("grants", "anna")
    assert (given["clientName"], given["state"], given["reads"]) == ("Shop", "given", 1)
    assert given["scope"] == "purchases:read"
    assert "Shop" in vault("grants", "anna").stdout
    done = vault.json("withdraw", "anna", given["grant"], stdin=NONE)
    assert done == {"grant": given["grant"], "withdrawn": True}
    assert vendor.get("/api/v1/purchases").status_code == 401
    [ended] = vault.json("grants", "anna")
    assert ended["state"] == "withdrawn"
    assert "ended before" in vault("withdraw", "anna", given["grant"], stdin=NONE).stdout


@sqlite_only
def test_the_ledger_tells_reads_and_refusals(
    server: Served, anna: Customer, vault: Command
) -> None:
    """Every entry, newest first, as JSON with the ids of records, and as lines."""
    vendor = connected(server, anna)
    vendor.get("/api/v1/purchases")
    [given] = server.services.consents.given(anna.vault())
    server.services.consents.withdraw(anna.vault(), given.grant_id)
    vendor.get("/api/v1/purchases")
    told = vault.json("ledger", "anna")
    entries = {entry["what"]: entry for entry in reversed(told["entries"])}
    assert {"consent_given", "disclosure", "consent_withdrawn", "refusal"} <= entries.keys()
    assert len(entries["disclosure"]["details"]["records"]) == 2
    assert entries["disclosure"]["vendor"] == "Shop"
    numbers = [entry["number"] for entry in told["entries"]]
    assert numbers == list(range(len(numbers), 0, -1))
    assert vault.json("verify", "anna", "--head", told["head"], stdin=NONE)["holds"] is True
    assert len(vault.json("ledger", "anna", "--limit", "2")["entries"]) == 2
    assert "disclosure" in vault("ledger", "anna").stdout


def test_a_vault_that_was_left_alone_holds(anna: Customer, vault: Command) -> None:
    """The chain without a passphrase, every record with it, and an earlier head in the chain."""
    head = anna.server.services.activity.page(anna.vault()).head
    alone = vault.json("verify", "anna", stdin=NONE)
    assert (alone["holds"], alone["records"], alone["problems"]) == (True, None, [])
    opened = vault.json("verify", "anna", "--head", head)
    assert (opened["holds"], opened["records"]) == (True, 2)
    assert opened["entries"] > alone["entries"]
    assert vault.json("verify", "anna", "--chain-only")["records"] is None


def _entry_cut(server: Served) -> None:
    with server.store.database.write() as conn:
        conn.execute(delete(ledger).where(ledger.c.number == 2))


def _entry_altered(server: Served) -> None:
    with server.store.database.write() as conn:
        conn.execute(update(ledger).where(ledger.c.number == 2).values(at=1))


@pytest.mark.parametrize("tamper", [_entry_cut, _entry_altered])
def test_a_tampered_ledger_is_named_without_a_passphrase(
    server: Served, anna: Customer, vault: Command, tamper: Callable[[Served], None]
) -> None:
    """Exit code 1, and the entry by its number."""
    tamper(server)
    found = vault("verify", "anna", stdin=NONE)
    assert found.exit_code == 1
    assert "NOT hold" in found.stdout
    assert "entry 2" in found.stdout
    assert anna.name == "anna"


def _row_removed(server: Served) -> None:
    with server.store.database.write() as conn:
        one = select(records.c.record_id).limit(1).scalar_subquery()
        conn.execute(delete(records).where(records.c.record_id == one))


def _index_removed_with_its_rows(server: Served) -> None:
    with server.store.database.write() as conn:
        conn.execute(delete(records))
        conn.execute(delete(segments))


@pytest.mark.parametrize(
    ("tamper", "unopened"), [(_row_removed, 0), (_index_removed_with_its_rows, 1)]
)
def test_tampered_records_are_named_with_the_passphrase(
    server: Served,
    anna: Customer,
    vault: Command,
    tamper: Callable[[Served], None],
    unopened: int,
) -> None:
    """Unopened, only the index is held to the ledger; unlocking meanwhile makes nothing right."""
    tamper(server)
    assert vault("verify", "anna", stdin=NONE).exit_code == unopened
    server.services.sessions.unlock("anna", "a sample passphrase")
    found = vault("verify", "anna")
    assert found.exit_code == 1
    assert "NOT hold" in found.stdout
    assert anna.name == "anna"


@sqlite_only
def test_a_head_that_is_not_in_the_chain_is_named(anna: Customer, vault: Command) -> None:
    """A ledger that was replaced as a whole is told by a head that was kept elsewhere."""
    found = vault("verify", "anna", "--head", "ab" * 32, stdin=NONE)
    assert found.exit_code == 1
    assert "not in the ledger" in found.stdout
    assert "64 letters" in vault.refused("verify", "anna", "--head", "short", stdin=NONE)
    assert anna.name == "anna"


@sqlite_only
def test_what_there_is_not_is_refused(anna: Customer, vault: Command) -> None:
    """An unknown vault, an unknown or senseless grant, and one that waits for nothing."""
    unknown = "There is no vault of that name."
    assert vault.refused("withdraw", "otto", "00" * 16, stdin=NONE) == unknown
    assert vault.refused("verify", "otto", stdin=NONE) == unknown
    for grant in ("00" * 16, "zz"):
        said = "There is no such consent."
        assert vault.refused("withdraw", "anna", grant, stdin=NONE) == said
        assert vault.refused("grants", "anna", "--confirm", grant) == said
    connected(anna.server, anna)
    [given] = anna.server.services.consents.given(anna.vault())
    assert "not waiting" in vault.refused("grants", "anna", "--confirm", given.grant_id)
    assert "open no vault" in vault.refused("verify", "anna", stdin=WRONG)
