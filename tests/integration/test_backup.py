"""`vault backup` and `vault restore`: all of it, consistent, and harmless once it is back."""

import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.command import PASSPHRASE, Command, orders
from tests.conftest import sqlite_only
from tests.served import Customer, Served, connected
from vault.composition import compose
from vault.domain.compartments import Kind
from vault.settings import Settings
from vault.storage import grants
from vault.storage.engine import Database
from vault.storage.schema import credentials, imports, inbox, metadata, records, replays, vaults


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


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "backup.vault"


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, environment: dict[str, str], archive: Path
) -> Iterator[Callable[[], Command]]:
    """Restores the backup into a new database of either kind, with the same secret file."""
    home = tmp_path / "other"

    def restored(url: str) -> Command:
        home.mkdir(mode=0o700)
        shutil.copy2(Path(environment["VAULT_HOME"]) / "server-keys.json", home)
        other = Command({"VAULT_HOME": str(home), "VAULT_DATABASE_URL": url})
        other.json("restore", archive)
        return other

    if request.param == "sqlite":
        yield lambda: restored(f"sqlite:///{home}/vault.db")
    else:
        running = request.getfixturevalue("postgresql_server")
        with running.fresh("template0", f"restored_{tmp_path.parent.name}_{id(home)}") as url:
            yield lambda: restored(url)


def names(vault: Command) -> set[str]:
    """The names of all purchases."""
    done = vault("export", "anna", "-o", "-")
    assert done.exit_code == 0, done.output
    return {one["name"] for one in json.loads(done.stdout)["purchases"]}


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.read() as conn:
        return {
            table.name: conn.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def test_a_backup_restores_into_either_database(
    anna: Customer, vault: Command, archive: Path, elsewhere: Callable[[], Command]
) -> None:
    """Made from SQLite or PostgreSQL, restored into SQLite or PostgreSQL: nothing is missing."""
    before = anna.server.services.verification.verify(anna.vault()).head
    made = vault.json("backup", archive)
    assert (made["vaults"], made["sealedWith"]) == (1, [1])
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    other = elsewhere()
    assert names(other) == {"A kettle", "A chair"}
    assert other.json("verify", "anna", "--head", before)["holds"] is True
    entries = other.json("ledger", "anna")["entries"]
    assert "restored" in {entry["what"] for entry in entries}


def test_a_restore_ends_what_must_not_come_back(
    server: Served, anna: Customer, vault: Command, archive: Path
) -> None:
    """No session, code, access token, pushed request or preview survives; consents wait."""
    vendor = connected(server, anna)
    vendor.begin()
    server.services.imports.stage(anna.vault(), [("a.csv", b"Order ID,Product Name\n")])
    vault.json("backup", archive)
    vendor_token = vendor.access_token
    assert vault.json("restore", archive, "--force")["suspended"] == 1
    with server.store.database.read() as conn:
        assert sorted(conn.scalars(select(credentials.c.kind))) == [1, 2, 7]
        for table in (imports, inbox, replays):
            assert conn.execute(select(table)).all() == []
    assert vendor.get("/api/v1/purchases").status_code == 401
    # The refresh token lives on, so that a consent that is confirmed needs no new one.
    assert vendor.refresh().status_code == 200
    assert vendor.access_token != vendor_token
    assert vendor.get("/api/v1/purchases").status_code == 401
    [grant] = vault.json("grants", "anna")
    assert grant["state"] == "suspended"
    [confirmed] = vault.json("grants", "anna", "--confirm", grant["grant"])
    assert confirmed["state"] == "given"
    assert len(vendor.get("/api/v1/purchases").json()["items"]) == 2
    assert "not waiting" in vault.refused("grants", "anna", "--confirm", grant["grant"])
    assert vault.json("verify", "anna")["holds"] is True


def test_a_consent_withdrawn_after_the_backup_stays_without_effect(
    server: Served, anna: Customer, vault: Command, archive: Path
) -> None:
    """It comes back suspended, and withdrawing it again needs no passphrase."""
    vendor = connected(server, anna)
    vault.json("backup", archive)
    [given] = server.services.consents.given(anna.vault())
    vault.json("withdraw", "anna", given.grant_id)
    assert vault.json("withdraw", "anna", given.grant_id)["withdrawn"] is False
    vault.json("restore", archive, "--force")
    vendor.refresh()
    assert vendor.get("/api/v1/purchases").status_code == 401
    assert vault.json("withdraw", "anna", given.grant_id, stdin="")["withdrawn"] is True
    assert vendor.refresh().status_code == 400


def test_keys_are_renewed_before_anything_is_written_after_a_restore(
    server: Served, anna: Customer, vault: Command, archive: Path
) -> None:
    """Who was given a secret after the backup stands in no table: all are renewed."""
    vault.json("backup", archive)
    before = anna.vault().ring.secrets
    vault.json("restore", archive, "--force")
    opened = server.services.sessions.unlock_once("anna", PASSPHRASE)
    server.services.records.add(opened, Kind.PREFERENCE, {"subject": "tea", "topic": "drink"})
    assert all(opened.ring.secrets[one][0] == epoch + 1 for one, (epoch, _) in before.items())


def test_a_cursor_from_a_lost_future_begins_anew(
    server: Served, anna: Customer, vault: Command, archive: Path
) -> None:
    """A vendor that read after the backup is told to drop what it holds."""
    vendor = connected(server, anna)
    vault.json("backup", archive)
    anna.keep(Kind.PURCHASE, {"name": "Bought after the backup"})
    cursor = vendor.get("/api/v1/purchases").json()["next_cursor"]
    vault.json("restore", archive, "--force")
    [grant] = vault.json("grants", "anna")
    vault.json("grants", "anna", "--confirm", grant["grant"])
    vault.json("import", "anna", orders(archive.with_suffix(".csv")))
    vendor.refresh()
    page = vendor.get("/api/v1/purchases", cursor=cursor).json()
    assert page["reset"] is True
    assert {"A kettle", "A chair", "Sample Chair"} <= {one["name"] for one in page["items"]}
    assert "Bought after the backup" not in {one["name"] for one in page["items"]}


def test_a_backup_is_one_moment_while_others_write(
    anna: Customer, vault: Command, tmp_path: Path
) -> None:
    """Counters, rows and ledger fit together in every backup that is made under writes."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            anna.keep(Kind.PURCHASE, {"name": f"Purchase {number}"})

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            vault.json("backup", tmp_path / f"{number}.vault")
    finally:
        stop.set()
        thread.join()
    for number in range(3):
        vault.json("restore", tmp_path / f"{number}.vault", "--force")
        assert vault.json("verify", "anna")["problems"] == []


def test_a_database_that_is_not_empty_is_kept(
    server: Served, anna: Customer, vault: Command, archive: Path
) -> None:
    """Without --force nothing is replaced."""
    vault.json("backup", archive)
    anna.keep(Kind.PURCHASE, {"name": "A lamp"})
    before = rows(server.store.database)
    assert "--force" in vault.refused("restore", archive)
    assert rows(server.store.database) == before


@sqlite_only
def test_what_was_staged_is_not_restored(
    server: Served, anna: Customer, vault: Command, archive: Path
) -> None:
    """Rows above the counter belong to a writer that is gone."""
    with server.store.database.write() as conn:
        row = conn.execute(select(records).limit(1)).one()._asdict()
        conn.execute(records.insert().values(**{**row, "change": row["change"] + 10}))
    vault.json("backup", archive)
    vault.json("restore", archive, "--force")
    with server.store.database.read() as conn:
        counter = conn.scalar(select(vaults.c.change)) or 0
        highest = conn.scalar(select(func.max(records.c.change))) or 0
    assert highest <= 3 < counter
    assert anna.name == "anna"


def _cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-100])


def _emptied(archive: Path) -> None:
    archive.write_bytes(b"")


def _flipped(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 3] ^= 1
    archive.write_bytes(content)


def _rewritten(member: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def rewrite(archive: Path) -> None:
        with zipfile.ZipFile(archive) as read:
            members = {name: read.read(name) for name in read.namelist()}
        assert old in members[member]
        members[member] = members[member].replace(old, new)
        with zipfile.ZipFile(archive, "w") as written:
            for name, content in members.items():
                written.writestr(name, content)

    return rewrite


@sqlite_only
@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _emptied,
        _flipped,
        _rewritten("manifest.json", b'"format": 1', b'"format": 2'),
        _rewritten("manifest.json", b'"rows": 1', b'"rows": 2'),
        _rewritten("manifest.json", b"{", b"["),
        _rewritten("signature.json", b'"key":1', b'"key":2'),
        _rewritten("tables/vaults.jsonl.zst", b"(", b")"),
    ],
)
def test_a_damaged_backup_changes_nothing(
    server: Served,
    anna: Customer,
    vault: Command,
    archive: Path,
    damage: Callable[[Path], None],
) -> None:
    """Cut, altered, made up or empty: one line, and the database is as it was."""
    vault.json("backup", archive)
    damage(archive)
    before = rows(server.store.database)
    assert "This backup cannot be used" in vault.refused("restore", archive, "--force")
    assert rows(server.store.database) == before
    assert anna.vault().name == "anna"


@sqlite_only
def test_a_restore_that_breaks_off_changes_nothing(
    server: Served, anna: Customer, vault: Command, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it in one transaction, with what is to be ended."""
    vault.json("backup", archive)
    before = rows(server.store.database)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", "vault.db")

    monkeypatch.setattr(grants, "suspend_all", broken)
    assert "No space left" in vault.refused("restore", archive, "--force")
    assert rows(server.store.database) == before
    assert anna.vault().name == "anna"


@sqlite_only
def test_a_backup_of_another_server_is_refused(
    anna: Customer, vault: Command, archive: Path, tmp_path: Path
) -> None:
    """Another secret file, none, or one whose old key was retired: each says what to do."""
    vault.json("backup", archive)
    other = Command({"VAULT_HOME": str(tmp_path / "stranger")})
    assert "No such file" in other.refused("restore", archive)
    assert other("migrate").exit_code == 0
    assert "kept apart" in other.refused("restore", archive)
    vault.json("rotate-keys")
    assert vault.json("restore", archive, "--force")["vaults"] == 1
    vault.json("rotate-keys", "--resume")
    vault.json("rotate-keys", "--retire")
    assert "was retired" in vault.refused("restore", archive, "--force")
    assert anna.name == "anna"


@sqlite_only
@pytest.mark.parametrize(("revision", "said"), [("0000", "newer"), ("", "newer")])
def test_a_backup_of_other_tables_is_refused(
    server: Served,
    anna: Customer,
    archive: Path,
    vault: Command,
    monkeypatch: pytest.MonkeyPatch,
    revision: str,
    said: str,
) -> None:
    """The version that made it is named."""
    with monkeypatch.context() as patched:
        patched.setattr("vault.storage.migrate.head", lambda: revision)
        vault.json("backup", archive)
    refusal = vault.refused("restore", archive, "--force")
    assert said in refusal
    assert "0.1.0" in refusal
    assert anna.server is server


@sqlite_only
def test_an_older_backup_is_refused_as_older(
    anna: Customer, archive: Path, vault: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables that this version knows from its past are older."""
    vault.json("backup", archive)
    monkeypatch.setattr("vault.storage.migrate.head", lambda: "9999")
    assert "are older than" in vault.refused("restore", archive, "--force")
    assert anna.name == "anna"


@sqlite_only
def test_the_secret_file_is_not_in_the_backup(
    anna: Customer, vault: Command, archive: Path, settings: Settings
) -> None:
    """Neither its seeds nor anything that opens the backup alone; the answer says to keep it."""
    said = vault("backup", archive)
    assert str(settings.secret_file) in said.stdout
    content = archive.read_bytes()
    for key in json.loads(settings.secret_file.read_text())["keys"]:
        assert key["seed"].encode() not in content
    assert "exists" in vault.refused("backup", archive)
    services = compose(settings)
    assert services.sessions.open(anna.session).name == "anna"
    services.store.database.close()
