"""docs/format.md says enough to read a vault, and the vault writes what it says."""

from base64 import b64decode
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import sqlite_only
from tests.integration.storage.second_reader import KINDS, Files, Keys
from tests.story import BROWSER, PASSPHRASE, Story, line
from tests.unit.crypto.second_reader import base64url
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.listing import Listing
from vault.settings import Settings
from vault.storage.index_lines import ManifestLine
from vault.storage.schema import inbox

pytestmark = sqlite_only


LANTERN: dict[str, Any] = {"orderDate": "2025-01-02", "priceCurrency": "EUR"}


@pytest.fixture
def story(services: Services) -> Story:
    """A vault in which everything has happened once: gifts, keys, renewal, a preview."""
    story = Story(services)
    story.bring(
        line(Kind.ORDER, "o-1", orderNumber="1", seller={"name": "Amazon"}),
        line(Kind.PURCHASE, "p-1", ("o-1",), name="Kettle", orderNumber="1"),
        line(Kind.PURCHASE, "p-2", name="Lantern", **LANTERN),
    )
    story.bring(line(Kind.PURCHASE, "p-2", name="Lantern", **LANTERN))
    story.add(Kind.LICENSE, name="Editor", keys=["AAAA-BBBB"])
    story.add(Kind.PREFERENCE, subject="Coffee")
    ended = story.connect(story.terms(Kind.PURCHASE), "Ended")
    story.consents.withdraw(story.vault, ended.grant_id)
    story.mark(story.ids()["Kettle"])
    story.stage(line(Kind.PURCHASE, "p-3", name="Scarf"))
    return story


@pytest.fixture
def files(story: Story, settings: Settings) -> Iterator[Files]:
    """The files of the vault, and nothing of its code."""
    database = story.database.engine.url.database
    assert database is not None
    files = Files(settings.home.parent / database, settings.secret_file)
    yield files
    files.close()


@pytest.fixture
def keys(story: Story, files: Files) -> Keys:
    """What the passphrase opens."""
    return files.by_passphrase(story.name, PASSPHRASE)


def test_the_passphrase_reads_every_record(story: Story, keys: Keys) -> None:
    """Records of every compartment and epoch, whole; the export has the same."""
    read = list(keys.records())
    exported = {one["id"]: one for kept in story.everything().values() for one in kept}
    for number, record_id, data in read:
        if KINDS[number] != "license_key":
            shown = exported[record_id]
            assert {k: v for k, v in shown.items() if k in data and k != "source"}.items() <= (
                data.items()
            )
    assert {one[1] for one in read if KINDS[one[0]] != "license_key"} == exported.keys()
    assert [data["key"] for number, _, data in read if number == 5] == ["AAAA-BBBB"]
    assert {number for number, _, _ in read} == {1, 4, 5, 6, 11, 12}


def test_the_index_names_every_record(keys: Keys) -> None:
    """Lines, manifest and summary have the columns of the document, and a line for each record."""
    indexed: set[str] = set()
    for row, lines in keys.segments("lines"):
        assert lines.keys() == {"id", *Listing._fields}
        indexed |= {f"{row['compartment']} {record_id}" for record_id in lines["id"]}
    assert indexed == {f"{number} {record_id}" for number, record_id, _ in keys.records()}
    for _, manifest in keys.segments("manifest"):
        assert manifest.keys() == set(ManifestLine._fields)
    for _, summary in keys.segments("summary"):
        assert summary.keys() == {
            "count", "first", "last", "sums", "sellers", "categories", "places",
        }  # fmt: skip


def test_ledger_and_state_are_checked_without_the_vaults_code(keys: Keys) -> None:
    """Every entry opens, hash and signature hold, and the last state is that of the tables."""
    entries = list(keys.ledger())
    assert [one["what"] for one in entries][:3] == ["vault_created", "unlocked", "import_filed"]
    changes = [one for one in entries if "state" in one]
    assert [one["before"] for one in changes[1:]] == [one["state"] for one in changes[:-1]]
    assert changes[-1]["state"] == keys.state()
    assert len(list(keys.writing_keys())) == 2


def test_what_waits_and_what_was_agreed_opens(keys: Keys) -> None:
    """Inbox, import summaries and consent records."""
    [[header, waiting]] = keys.inbox()
    assert header == {"connector": "lines", "file": 0}
    assert waiting["data"] == {"name": "Scarf"}
    assert sorted("outcome" in summary for summary in keys.imports()) == [False, True, True]
    [consent] = keys.consents()
    assert consent["clientName"] == "Ended"
    [authorization] = consent["authorizations"]
    assert authorization["terms"]["rules"].keys() == {"purchase"}


def test_what_an_import_repeated_opens(keys: Keys) -> None:
    """By the file that repeats it, under the hash of the line and the source's key."""
    [(about, marks)] = keys.repeated()
    [source] = [data["source"] for _, _, data in keys.records() if data.get("name") == "Lantern"]
    assert about["importedAt"] >= source["importedAt"]
    assert [count for _, count in about["files"]] == [1]
    said = f"{source['content']}\nlines:purchase:p-2".encode()
    assert marks == [blake2b(said, digest_size=12).digest()]


def test_receipts_open_and_stand_in_the_ledger(keys: Keys) -> None:
    """Given and withdrawn: signed, chained, and named by the entries of their events."""
    given, withdrawn = keys.receipts()
    assert (given["event"], withdrawn["event"]) == ("given", "withdrawn")
    assert given["consent_record"]["dpv:hasDataController"]["dpv:hasName"] == "Ended"
    assert withdrawn.keys() == given.keys() - {"consent_record", "terms_version"}
    named = [bytes.fromhex(one["receipt"]) for one in keys.ledger() if "receipt" in one]
    assert base64url(named[0]) == withdrawn["previous"]
    assert len(named) == 2


def test_a_token_opens_the_receipt_that_is_addressed_to_it(story: Story, files: Files) -> None:
    """The customer's own, to the letter; another vendor's is none of its."""
    vendor, other = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("One", "Two"))
    [given] = files.receipts_of(vendor.token)
    assert given["grant"] == vendor.grant_id != other.grant_id
    [kept] = story.receipts.kept(story.vault, vendor.grant_id)
    assert given == kept.payload


def test_a_request_that_waits_opens(story: Story, files: Files) -> None:
    """It has the members of the document, under an id that its URI gives."""
    vendor = story.vendor("Asking")
    request_id = vendor.ask({"scope": "purchases:read", "state": "s"})
    items = files.by_passphrase(story.name, PASSPHRASE).inbox()
    [[waiting]] = [lines for lines in items if len(lines) == 1]
    assert waiting["client"] == vendor.client.client_id
    assert waiting["parameters"] == {"scope": "purchases:read", "state": "s"}
    assert waiting["expiresAt"] == waiting["createdAt"] + 3_600
    assert b64decode(waiting["browser"]) == BROWSER
    assert waiting["backchannel"] is None
    with story.database.read() as conn:
        item = select(inbox.c.ordinal).where(inbox.c.origin_id == request_id)
        assert conn.scalars(item).one() == 1


def test_a_token_opens_its_package_and_its_compartments_alone(story: Story, files: Files) -> None:
    """The package says whose it is, and its secrets open purchases that are no gifts."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    keys, package = files.by_access_token(vendor.token)
    assert package["grant"] == vendor.grant_id
    assert package["secrets"].keys() == {"1"}
    assert [data["name"] for _, _, data in keys.records()] == ["Lantern"]
