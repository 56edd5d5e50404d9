"""`vault rotate-keys`: a new server key, and nothing left that the old one has sealed."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.command import PASSPHRASE, Command
from tests.conftest import sqlite_only
from tests.served import Customer, Served, connected
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Kind
from vault.services.upkeep.rotation import Rotation
from vault.settings import Settings
from vault.storage.credentials import end as erase
from vault.storage.schema import credentials, holders, inbox

OLD, NEW = (b"\x01\x04" + number.to_bytes(4, "big") for number in (1, 2))


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A kettle"})
    return customer


@pytest.fixture
def vault(environment: dict[str, str]) -> Command:
    """Commands beside the server."""
    return Command(environment)


def outer_layers(server: Served) -> list[bytes]:
    """The first bytes of every envelope that the server's key has sealed."""
    columns = (credentials.c.wrap, inbox.c.sealed_key)
    with server.store.database.read() as conn:
        found = [one for column in columns for one in conn.scalars(select(column)) if one]
        packages = select(holders.c.package).where(holders.c.grant_id.is_not(None))
        found += [one for one in conn.scalars(packages) if one]
    return [bytes(one[:6]) for one in found]


def test_everything_goes_on_under_the_new_key(
    server: Served, anna: Customer, vault: Command
) -> None:
    """Session, vendor's tokens, pushed request and preview work on in the running server."""
    vendor = connected(server, anna)
    request = vendor.begin()
    file = b"Order ID,Product Name\n"
    preview = server.services.imports.stage(anna.vault(), [("a.csv", file)])
    before = outer_layers(server)
    assert set(before) == {OLD}
    done = vault.json("rotate-keys")
    assert (done["key"], done["rewrapped"], done["unopenable"]) == (2, len(before), 0)
    assert set(outer_layers(server)) == {NEW}
    assert vendor.get("/api/v1/purchases").json()["items"][0]["name"] == "A kettle"
    assert vendor.refresh().status_code == 200
    assert anna.open(request).status_code == 200
    assert server.services.imports.preview(anna.vault(), preview.import_id).files
    assert server.services.sessions.unlock("anna", PASSPHRASE)
    assert server.services.verification.verify(anna.vault()).problems == []
    assert vault("verify", "anna").exit_code == 0


@sqlite_only
def test_a_running_server_seals_with_the_new_key_at_once(
    server: Served, anna: Customer, vault: Command
) -> None:
    """Also one that has met nothing of the new key yet: its next envelope is under it."""
    vault.json("rotate-keys")
    server.services.customers.create("otto", PASSPHRASE)
    connected(server, anna)
    assert set(outer_layers(server)) == {NEW}


@sqlite_only
def test_old_wraps_are_gone_from_the_files(
    server: Served, anna: Customer, vault: Command, settings: Settings
) -> None:
    """Neither the database nor its log holds what the old key had sealed."""
    connected(server, anna)
    with server.store.database.read() as conn:
        wraps = [one for one in conn.scalars(select(credentials.c.wrap)) if one]
    vault.json("rotate-keys")
    path = settings.database_url.removeprefix("sqlite:///")
    for name in (path, f"{path}-wal"):
        content = Path(name).read_bytes()
        assert not [one for one in wraps if one in content]


def test_an_interrupted_rotation_is_resumed(server: Served, anna: Customer, vault: Command) -> None:
    """What was done stays done, the rest is done by --resume, and no third key is made."""
    server.customer("otto")
    connected(server, anna)
    rotation = Rotation(server.store)
    rotation.renew_key()
    first, *_ = rotation.waiting()
    rotation.rewrap(first)
    assert {OLD, NEW} == set(outer_layers(server))
    done = vault.json("rotate-keys", "--resume")
    assert done["key"] == 2
    assert set(outer_layers(server)) == {NEW}
    assert vault.json("rotate-keys", "--resume")["rewrapped"] == 0


@sqlite_only
def test_old_keys_are_retired_only_when_nothing_needs_them(
    server: Served, anna: Customer, vault: Command
) -> None:
    """--retire refuses before everything is sealed anew, and takes the old seeds out after."""
    server.store.keys.rotate()
    assert "--resume" in vault.refused("rotate-keys", "--retire")
    vault.json("rotate-keys", "--resume")
    assert vault.json("rotate-keys", "--retire") == {"retired": [1]}
    stored = json.loads(server.services.settings.secret_file.read_text())
    assert [key["number"] for key in stored["keys"]] == [2]
    # Signatures of the first key still hold, and the vault still opens.
    assert server.services.verification.verify(anna.vault()).problems == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_erased_meanwhile_is_not_brought_back(
    server: Served, anna: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session locked between the reading of its wrap and the writing stays locked.

    (SQLite lets no other writer in between.)
    """
    rotation = Rotation(server.store)
    rotation.renew_key()
    seal = ServerKeys.seal
    vault = anna.vault()

    def locked_meanwhile(keys: ServerKeys, plaintext: bytes, context: bytes) -> bytes:
        with server.store.database.write() as conn:
            erase(conn, vault.session, "locked", server.clock())
        return seal(keys, plaintext, context)

    monkeypatch.setattr(ServerKeys, "seal", locked_meanwhile)
    rotation.rewrap(vault.vault_id)
    with server.store.database.read() as conn:
        wrap = select(credentials.c.wrap).where(credentials.c.lookup == vault.session)
        assert conn.scalar(wrap) is None


def test_a_planted_package_is_named_and_left(
    server: Served, anna: Customer, vault: Command
) -> None:
    """An envelope that does not open ends the command with 1; all others are sealed anew."""
    connected(server, anna)
    with server.store.database.write() as conn:
        conn.execute(
            holders.update().where(holders.c.grant_id.is_not(None)).values(package=OLD + bytes(200))
        )
    failed = vault("rotate-keys", "--json")
    assert failed.exit_code == 1
    assert "1 envelopes did not open" in failed.stderr
    assert json.loads(failed.stdout)["unopenable"] == 1
    assert sorted(set(outer_layers(server))) == [OLD, NEW]
