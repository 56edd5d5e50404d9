"""Whoever can write to the database plants nothing, and what is altered is refused or named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, Vendor, line
from vault.composition import Services
from vault.crypto import aead
from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair, seal_to
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Kind
from vault.errors import Tampered, Unopenable, VaultError
from vault.services.access.bearers import InvalidToken
from vault.services.access.presented import InvalidGrant
from vault.storage.ledger import entry_hash

pytestmark = sqlite_only


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with some records, a gift among them."""
    story = Story(services)
    story.bring(
        line(Kind.PURCHASE, "1", name="Kettle", orderNumber="7", seller=AMAZON),
        line(Kind.PURCHASE, "2", name="Lamp", orderNumber="8", seller=AMAZON),
        line(Kind.PURCHASE, "3", name="Ring", orderNumber="9", seller=AMAZON, isGift=True),
        line(Kind.ORDER, "o7", orderNumber="7", seller=AMAZON),
        line(Kind.ORDER, "o9", orderNumber="9", seller=AMAZON),
    )
    story.add(Kind.LICENSE, name="App", keys=["AAAA-1111"])
    return story


@contextmanager
def tampering(story: Story) -> Iterator[Connection]:
    """Write to the tables as a thief would, past everything."""
    with story.database.write() as conn:
        yield conn


def rows(conn: Connection, query: str, **values: Any) -> list[Any]:
    """Rows of a query in plain SQL."""
    return list(conn.execute(text(query), values).mappings())


def run(conn: Connection, statement: str, **values: Any) -> None:
    """Do something in plain SQL."""
    assert conn.execute(text(statement), values).rowcount


def put_back(conn: Connection, table: str, row: Any) -> None:
    """Put a row back as it once was."""
    names = [name for name in row if name != "rowid"]
    marks = ", ".join(f":{name}" for name in names)
    values = {name: row[name] for name in names}
    run(conn, f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({marks})", **values)


def problems(story: Story, head: str | None = None) -> str:
    """What verification names."""
    return " / ".join(story.verification.verify(story.vault, head).problems)


def test_an_untouched_vault_verifies(story: Story) -> None:
    """Also with any head that it ever had."""
    head = story.activity.page(story.vault).head
    story.mark(story.ids()["Kettle"])
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.items()
    story.consents.withdraw(story.vault, vendor.grant_id)
    result = story.verification.verify(story.vault, head)
    assert (result.problems, result.records) == ([], 7)


def test_two_ciphertexts_swapped_do_not_open(story: Story) -> None:
    """Each is bound to its record, revision and position."""
    with tampering(story) as conn:
        one, two = rows(conn, "SELECT rowid, ciphertext FROM records WHERE compartment = 1")
        for row, other in ((one, two), (two, one)):
            run(
                conn,
                "UPDATE records SET ciphertext=:c WHERE rowid=:r",
                c=other["ciphertext"],
                r=row["rowid"],
            )
    with pytest.raises(Unopenable):
        story.ids()
    assert problems(story).count("was altered") == 2


def test_a_row_restored_to_its_older_self_is_named(story: Story) -> None:
    """The former revision opens, being history; the index knows that it is not the present."""
    kettle = story.ids()["Kettle"]
    story.records.edit(story.vault, Kind.PURCHASE, kettle, {"name": "Big kettle"})
    with tampering(story) as conn:
        where = {"i": bytes.fromhex(kettle)}
        run(conn, "DELETE FROM records WHERE record_id=:i AND valid_to IS NULL", **where)
        run(conn, "UPDATE records SET valid_to=NULL WHERE record_id=:i", **where)
    assert f"{kettle} was rolled back" in problems(story)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM records WHERE record_id=:i", "is missing"),
        ("UPDATE records SET valid_to=change+1 WHERE record_id=:i", "is missing"),
        ("UPDATE records SET revision=revision+1 WHERE record_id=:i", "rolled back"),
        ("UPDATE records SET change=change+100000 WHERE record_id=:i", "is missing"),
        ("UPDATE records SET position=position+1 WHERE record_id=:i", "does not open"),
        ("UPDATE records SET compartment=11 WHERE record_id=:i", "is missing"),
        ("UPDATE records SET record_id=randomblob(16) WHERE record_id=:i", "is missing"),
        ("UPDATE records SET batch_id=randomblob(16) WHERE record_id=:i", "does not open"),
        ("DELETE FROM batches", "does not open"),
        ("UPDATE batches SET epoch=epoch+1", "does not open"),
        ("UPDATE batches SET compartment=99", "does not open"),
        ("UPDATE batches SET compartment=6", "does not open"),
        ("DELETE FROM segments", "last recorded"),
        ("UPDATE segments SET epoch=9", "does not open"),
        ("UPDATE segments SET compartment=99", "where none belongs"),
        ("UPDATE segments SET lines=manifest, manifest=lines", "was altered"),
        ("UPDATE segments SET digest=zeroblob(32)", "was altered"),
        ("UPDATE vaults SET change=1", "last recorded"),
    ],
)
def test_whatever_is_done_to_a_row_is_named(story: Story, statement: str, named: str) -> None:
    """Verification says what is wrong, and never breaks on it."""
    kettle = bytes.fromhex(story.ids()["Kettle"])
    with tampering(story) as conn:
        run(conn, statement, **({"i": kettle} if ":i" in statement else {}))
    assert named in problems(story)


def test_a_gift_relabelled_as_a_plain_purchase_does_not_open(story: Story) -> None:
    """Neither for its owner, who would treat it as one, nor for a vendor that sees gifts."""
    vendor = story.connect(story.terms(Kind.PURCHASE, gifts=True))
    with tampering(story) as conn:
        run(conn, "UPDATE records SET compartment=1 WHERE compartment=11")
    with pytest.raises(Unopenable):
        story.ids()
    with pytest.raises(Unopenable):
        vendor.items()


def test_a_segment_restored_to_its_older_self_is_named(story: Story) -> None:
    """Also when the rows are restored with it: the ledger knows the newer state."""
    with tampering(story) as conn:
        old = {
            table: rows(conn, f"SELECT * FROM {table}")
            for table in ("segments", "records", "batches")
        }
        change = rows(conn, "SELECT change FROM vaults")[0]["change"]
    story.records.edit(story.vault, Kind.PURCHASE, story.ids()["Kettle"], {"name": "Big kettle"})
    with tampering(story) as conn:
        for table, former in old.items():
            run(conn, f"DELETE FROM {table}")
            for row in former:
                put_back(conn, table, row)
        run(conn, "UPDATE vaults SET change=:c", c=change)
    assert "Kettle" in story.ids()
    assert "not the one that was last recorded" in problems(story)
    story.sessions.unlock(story.name, "a sample passphrase")
    assert "not the one that was last recorded" in problems(story), "signing in excuses nothing"
    story.add(name="Lamp")
    assert "altered before entry" in problems(story), "nor does the owner's next write"


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that may read purchases."""
    return story.connect(story.terms(Kind.PURCHASE))


def package_of(conn: Connection, vendor: Vendor) -> Any:
    """The holder's row of a vendor's grant."""
    [row] = rows(conn, "SELECT * FROM holders WHERE grant_id=:g", g=bytes.fromhex(vendor.grant_id))
    return row


def test_a_planted_package_is_refused(story: Story, vendor: Vendor) -> None:
    """HPKE says nothing of its sender; without the server's envelope nothing is opened."""
    mine = KeyPair.generate()
    with tampering(story) as conn:
        row = package_of(conn, vendor)
        place = (row["vault_id"], row["grant_id"], row["holder_id"], row["public_key"])
        label = context("grant/package", *place, row["package_version"] + 1)
        planted = seal_to(row["public_key"], b'{"grant":"00"}', label)
        for package in (planted, mine.public_key, os.urandom(1_000), b""):
            run(
                conn,
                "UPDATE holders SET package=:p, package_version=package_version+1"
                " WHERE holder_id=:h",
                p=package,
                h=row["holder_id"],
            )
    with pytest.raises(InvalidToken):
        vendor.page()
    with pytest.raises(InvalidGrant):
        vendor.refresh()
    assert "key package" in problems(story)


def test_a_package_of_another_server_is_refused(
    story: Story, vendor: Vendor, tmp_path: Path
) -> None:
    """The outer envelope is by this server's key."""
    other = ServerKeys.load_or_create(tmp_path / "other")
    with tampering(story) as conn:
        row = package_of(conn, vendor)
        place = (row["vault_id"], row["grant_id"], row["holder_id"], row["public_key"], 2)
        inner = seal_to(row["public_key"], b"{}", context("grant/package", *place))
        outer = other.seal(inner, context("grant/package/outer", *place))
        run(
            conn,
            "UPDATE holders SET package=:p, package_version=2 WHERE holder_id=:h",
            p=outer,
            h=row["holder_id"],
        )
    with pytest.raises(InvalidToken):
        vendor.page()


def test_two_vendors_packages_swapped_are_refused(story: Story, vendor: Vendor) -> None:
    """A package is bound to its holder and grant."""
    other = story.connect(story.terms(Kind.PURCHASE, gifts=True), "Other")
    with tampering(story) as conn:
        one, two = package_of(conn, vendor), package_of(conn, other)
        for row, from_ in ((one, two), (two, one)):
            run(
                conn,
                "UPDATE holders SET package=:p, public_key=:k WHERE holder_id=:h",
                p=from_["package"],
                k=from_["public_key"],
                h=row["holder_id"],
            )
    for each in (vendor, other):
        with pytest.raises(InvalidToken):
            each.page()


def test_a_rolled_back_package_reads_nothing_new_and_is_named(story: Story, vendor: Vendor) -> None:
    """An older package has older keys: what was written since does not open with them."""
    other = story.connect(story.terms(Kind.PURCHASE), "Other")
    with tampering(story) as conn:
        old = package_of(conn, vendor)
    story.consents.withdraw(story.vault, other.grant_id)
    story.add(name="Secret lamp")
    with tampering(story) as conn:
        put_back(conn, "holders", old)
    with pytest.raises(VaultError):
        vendor.items()
    assert "key package" in problems(story)


def test_a_withdrawn_consent_cannot_be_revived(story: Story, vendor: Vendor) -> None:
    """Its rows put back as they were: what was written since stays shut, and it is named."""
    tables = ("grants", "holders", "credentials")
    with tampering(story) as conn:
        old = {table: rows(conn, f"SELECT * FROM {table}") for table in tables}
    story.consents.withdraw(story.vault, vendor.grant_id)
    story.add(name="Secret lamp")
    owners = [row for row in old["holders"] if row["grant_id"] is None]
    with tampering(story) as conn:
        for table, former in old.items():
            for row in former:
                if row not in owners:
                    put_back(conn, table, row)
    with pytest.raises(VaultError):
        vendor.items()
    assert "last recorded" in problems(story)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grants SET state=1, ended_at=NULL",
        "UPDATE grants SET expires_at=expires_at+1000",
        "UPDATE compartments SET renewal_due=0",
        "UPDATE grants SET consent=randomblob(200)",
        "DELETE FROM grants",
    ],
)
def test_whatever_is_done_to_an_ended_consent_is_named(
    story: Story, vendor: Vendor, statement: str
) -> None:
    """Its state stands in clear, so that it can be ended without a key; it is recorded, too."""
    story.consents.withdraw(story.vault, vendor.grant_id)
    with tampering(story) as conn:
        run(conn, statement)
    assert "last recorded" in problems(story)


def test_a_wrap_opens_in_its_own_row_alone(story: Story, vendor: Vendor) -> None:
    """Nor with a longer life, for another client, or under another grant."""
    other = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER), "Other")
    query = "SELECT rowid, * FROM credentials WHERE kind=6 AND grant_id=:g"
    with tampering(story) as conn:
        [mine] = rows(conn, query, g=bytes.fromhex(vendor.grant_id))
        [theirs] = rows(conn, query, g=bytes.fromhex(other.grant_id))
    changes: list[dict[str, Any]] = [
        {"wrap": theirs["wrap"]},
        {name: theirs[name] for name in ("wrap", "holder_id", "grant_id", "client_id")},
        {"holder_id": theirs["holder_id"], "grant_id": theirs["grant_id"]},
        {"client_id": theirs["client_id"]},
        {"expires_at": mine["expires_at"] + 1},
        {"wrap": None},
        {"wrap": b""},
    ]
    for change in changes:
        with tampering(story) as conn:
            put_back(conn, "credentials", {**mine, **change})
        with pytest.raises(InvalidToken):
            vendor.page()
    with tampering(story) as conn:
        put_back(conn, "credentials", mine)
    assert vendor.names() == {"Kettle", "Lamp"}


@pytest.mark.parametrize("compartment", [21, 24])
def test_a_replaced_public_key_is_not_written_to(story: Story, compartment: int) -> None:
    """Inbox and ledger are sealed to a key that the server signed, and to no other."""
    staged = story.stage(line(Kind.PURCHASE, "9", name="Cup"))
    with tampering(story) as conn:
        run(
            conn,
            "UPDATE compartments SET public_key=:k WHERE compartment=:c",
            k=KeyPair.generate().public_key,
            c=compartment,
        )
    with pytest.raises(Tampered):
        story.stage(line(Kind.PURCHASE, "8", name="Hat"))
        story.imports.confirm(story.vault, staged)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inbox SET item_id=randomblob(16)",
        "UPDATE inbox SET ordinal=ordinal+1",
        "UPDATE inbox SET payload=randomblob(100)",
        "UPDATE inbox SET sealed_key=randomblob(1300)",
        "DELETE FROM inbox",
    ],
)
def test_an_inbox_item_moved_planted_or_missing_is_never_filed(
    story: Story, statement: str
) -> None:
    """Nothing of the import is stored, rather than a part of it."""
    before = story.ids()
    good, bad = (
        story.stage(line(Kind.PURCHASE, number, name=f"Cup {number}")) for number in ("8", "9")
    )
    story.imports.confirm(story.vault, good)
    with tampering(story) as conn:
        run(conn, statement)
    with pytest.raises((Unopenable, Tampered)):
        story.imports.confirm(story.vault, bad)
    assert story.ids().keys() == before.keys() | {"Cup 8"}


def test_an_item_without_the_servers_envelope_is_never_filed(story: Story) -> None:
    """Anyone can seal to a public key; only this server's items are opened."""
    staged = story.stage(line(Kind.PURCHASE, "9", name="Cup"))
    with tampering(story) as conn:
        [row] = rows(conn, "SELECT * FROM inbox")
        [inbox] = rows(conn, "SELECT * FROM compartments WHERE compartment=21")
        place = (row["vault_id"], 1, row["origin_id"], 2, row["item_id"], 1)
        key = aead.generate_key()
        planted = {
            **row,
            "item_id": b"p" * 16,
            "ordinal": 2,
            "sealed_key": seal_to(inbox["public_key"], key, context("inbox key", *place)),
            "payload": aead.seal(key, b"{}", context("inbox item", *place)),
        }
        put_back(conn, "inbox", planted)
    with pytest.raises(Unopenable):
        story.imports.confirm(story.vault, staged)


def test_an_entry_cut_from_the_middle_or_altered_is_named(story: Story) -> None:
    """The chain checks without opening anything."""
    with tampering(story) as conn:
        [entry] = rows(conn, "SELECT * FROM ledger WHERE number=2")
        run(conn, "DELETE FROM ledger WHERE number=2")
    assert "entry 2 of the ledger is missing" in problems(story)
    for change in (
        {"at": entry["at"] + 1},
        {"ciphertext": os.urandom(1_300)},
        {"hash": b"h" * 32},
        {"signature": b"s" * 64},
        {"key_number": 2},
    ):
        with tampering(story) as conn:
            put_back(conn, "ledger", {**entry, **change})
        assert problems(story)
    with tampering(story) as conn:
        put_back(conn, "ledger", entry)
    assert problems(story) == ""


def test_a_ledger_cut_at_its_end_is_found_by_an_earlier_head(story: Story) -> None:
    """The rows agree with each other; the head that the customer kept does not."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    with tampering(story) as conn:
        [before] = rows(conn, "SELECT ledger_number, ledger_head FROM vaults")
    head = vendor.page().ledger_head
    with tampering(story) as conn:
        run(conn, "DELETE FROM ledger WHERE number > :n", n=before["ledger_number"])
    assert "ledger ends" in problems(story)
    with tampering(story) as conn:
        run(
            conn,
            "UPDATE vaults SET ledger_number=:n, ledger_head=:h",
            n=before["ledger_number"],
            h=before["ledger_head"],
        )
    assert problems(story) == ""
    assert "head is not in the ledger" in problems(story, head)


def test_a_forged_entry_is_named(story: Story) -> None:
    """Without the server's key nobody continues the chain."""
    with tampering(story) as conn:
        [last] = rows(conn, "SELECT * FROM ledger ORDER BY number DESC LIMIT 1")
        number = last["number"] + 1
        head = entry_hash(last["hash"], number, last["at"], last["ciphertext"], last["state"])
        put_back(conn, "ledger", {**last, "number": number, "hash": head})
        run(conn, "UPDATE vaults SET ledger_number=:n, ledger_head=:h", n=number, h=head)
    assert "signature" in problems(story)


SEALED = [
    ("records", "ciphertext"),
    ("batches", "wrapped_key"),
    ("segments", "lines"),
    ("segments", "manifest"),
    ("segments", "summary"),
    ("grants", "consent"),
    ("imports", "summary"),
    ("imports", "repeated"),
    ("inbox", "sealed_key"),
    ("inbox", "payload"),
    ("ledger", "ciphertext"),
    ("holders", "package"),
    ("credentials", "wrap"),
    ("compartments", "predecessor"),
]


@pytest.mark.parametrize(("table", "column"), SEALED)
def test_no_ciphertext_opens_with_any_byte_flipped_or_in_another_row(
    services: Services, table: str, column: str
) -> None:
    """For each sealed column: each of some bytes flipped, cut, swapped with another row's."""
    story = Story(services)
    first, second = (story.vendor(name) for name in ("A", "B"))
    for vendor in (first, second):
        vendor.allow(story.terms(Kind.PURCHASE, days=2))
        story.add(name="Kettle")
    story.consents.withdraw(story.vault, first.grant_id)
    story.consents.withdraw(story.vault, second.grant_id)
    for number in ("1", "2"):
        for _ in ("new", "again"):
            story.bring(line(Kind.PURCHASE, number, name=f"Cup {number}"))
        story.stage(line(Kind.PURCHASE, f"x{number}", name="Hat"))
    third = story.connect(story.terms(Kind.ORDER), "C")
    with story.database.read() as conn:
        good = steal(conn)
    credentials = list(parsed([story.session, third.token, third.refresh_token]))
    whole = len(Attacker(story.store.keys, good).attack(*credentials).opened)
    holding = [row for row in good[table] if row[column]]
    assert holding
    target = holding[-1]
    sealed = bytes(target[column])
    others = [bytes(row[column]) for row in holding if row is not target]
    flips = sorted({0, 1, 2, len(sealed) // 2, len(sealed) - 1, *range(3, len(sealed), 397)})
    altered = [sealed[:n] + bytes([sealed[n] ^ 1]) + sealed[n + 1 :] for n in flips]
    for instead in (*altered, sealed[:-1], sealed + b"\0", *others[:1]):
        bad = {**good, table: [{**r, column: instead} if r is target else r for r in good[table]]}
        assert len(Attacker(story.store.keys, bad).attack(*credentials).opened) < whole
