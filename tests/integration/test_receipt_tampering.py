"""Whoever can write to the database removes, alters, swaps or puts back no receipt unnoticed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection

from tests.conftest import sqlite_only
from tests.integration.test_tampering import put_back, rows, run, tampering
from tests.story import Story, Vendor
from vault.composition import Services
from vault.crypto.envelope import context
from vault.crypto.hpke import seal_to
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import Compartment, Kind
from vault.domain.receipts import TYPE
from vault.errors import Tampered, VaultError
from vault.services.consents.amending import Amending
from vault.storage import grants
from vault.storage.receipts import digest_of

pytestmark = sqlite_only


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with a purchase."""
    story = Story(services)
    story.add(name="Kettle")
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor whose consent was given, amended and withdrawn."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    vendor.redeem()
    story.consents.withdraw(story.vault, vendor.grant_id)
    return vendor


def opened(story: Story) -> str:
    """What verification names with the owner's keys."""
    return " / ".join(story.verification.verify(story.vault).problems)


def unopened(story: Story) -> str:
    """What it names without any key."""
    return " / ".join(story.verification.verify_chain(story.vault.vault_id).problems)


ALTERED = [
    ("DELETE FROM receipts WHERE number=1", "receipt 1 is missing"),
    ("DELETE FROM receipts WHERE number=2", "receipt 2 is missing"),
    ("DELETE FROM receipts WHERE number=3", "receipt of its end is missing"),
    ("UPDATE receipts SET number=4 WHERE number=3", "receipt 3 is missing"),
    ("UPDATE receipts SET event=4 WHERE number=3", "another event's"),
    ("UPDATE receipts SET event=9 WHERE number=3", "altered"),
    ("UPDATE receipts SET event=1 WHERE number=3", "does not stand where"),
    ("UPDATE receipts SET event=3 WHERE number=2", "does not stand where"),
    ("UPDATE receipts SET at=at+1 WHERE number=3", "another event's"),
    ("UPDATE receipts SET digest=randomblob(32) WHERE number=2", "another event's"),
    ("UPDATE receipts SET digest=randomblob(32) WHERE number=3", "altered"),
    ("UPDATE receipts SET signed='a.b.c' WHERE number=3", "altered"),
    ("UPDATE receipts SET signed=randomblob(9) WHERE number=3", "altered"),
    ("UPDATE receipts SET signed=NULL WHERE number=3", "altered"),
    ("UPDATE receipts SET sealed=NULL WHERE number=2", "altered"),
    ("UPDATE receipts SET epoch=NULL WHERE number=2", "altered"),
    ("UPDATE receipts SET holder_id=NULL WHERE number=2", "altered"),
    ("UPDATE receipts SET sealed_to_vendor=randomblob(9) WHERE number=2", "was put back"),
    ("UPDATE receipts SET sealed_to_vendor=randomblob(9) WHERE number=3", "altered"),
    ("UPDATE grants SET state=4", "receipt of its end is missing"),
    ("UPDATE grants SET state=1, ended_at=NULL", "has not ended"),
    ("DELETE FROM grants", "is not there"),
]
SEALED = [
    ("DELETE FROM receipts", "of the ledger is missing"),
    ("UPDATE receipts SET sealed=randomblob(200) WHERE number=1", "does not open"),
    ("UPDATE receipts SET digest=randomblob(32) WHERE number=1", "not the one that the ledger"),
    ("UPDATE receipts SET at=at+1 WHERE number=1", "another event's"),
    ("UPDATE receipts SET event=2 WHERE number=1", "another event's"),
    ("UPDATE receipts SET epoch=9 WHERE number=1", "does not open"),
    ("UPDATE grants SET consent=randomblob(200)", "does not open"),
]


@pytest.mark.parametrize(("statement", "named"), ALTERED)
def test_what_stands_in_clear_is_checked_without_a_key(
    story: Story, vendor: Vendor, statement: str, named: str
) -> None:
    """Numbers, digests, the end's signature, and what became of the consent."""
    assert vendor.grant_id
    with tampering(story) as conn:
        run(conn, statement)
    assert named in unopened(story)


@pytest.mark.parametrize(("statement", "named"), SEALED)
def test_what_is_sealed_is_checked_when_it_is_open(
    story: Story, vendor: Vendor, statement: str, named: str
) -> None:
    """Against the ledger, and each against its row."""
    assert vendor.grant_id
    with tampering(story) as conn:
        run(conn, statement)
    assert named in opened(story)


def test_untouched_receipts_hold(story: Story, vendor: Vendor) -> None:
    """With keys and without."""
    assert len(story.receipts.kept(story.vault, vendor.grant_id)) == 3
    assert opened(story) == unopened(story) == ""


@pytest.mark.parametrize("number", [1, 3])
def test_receipts_swapped_between_two_consents_are_named(
    story: Story, vendor: Vendor, number: int
) -> None:
    """Each is bound to its grant: by the seal, or by what was signed."""
    other = story.connect(story.terms(Kind.PURCHASE), "Other")
    other.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    other.redeem()
    story.consents.withdraw(story.vault, other.grant_id)
    with tampering(story) as conn:
        one, two = rows(conn, "SELECT * FROM receipts WHERE number = :n", n=number)
        for here, there in ((one, two), (two, one)):
            put_back(conn, "receipts", {**there, "grant_id": here["grant_id"]})
    found = opened(story)
    for grant_id in (vendor.grant_id, other.grant_id):
        assert f"consent {grant_id}: receipt {number}" in found
    assert "not the one that the ledger names" in found


def forged(story: Story, change: Callable[[dict[str, Any]], None]) -> Callable[[Connection], None]:
    """Write a receipt anew as one would who has the server's key and the customer's, too."""
    vault = story.vault
    with story.database.read() as conn:
        [consent] = grants.live(conn, vault.ring, story.clock())
    [kept] = story.receipts.kept(vault, consent.grant_id.hex())
    payload = dict(kept.payload)
    change(payload)
    signed = story.store.keys.sign_jws(TYPE, orjson.dumps(payload))
    place = context("receipt/owner", vault.vault_id, consent.grant_id, 1)
    epoch, sealed = vault.ring.seal(Compartment.CONSENTS, signed.encode(), place)
    update = "UPDATE receipts SET sealed=:sealed, epoch=:epoch, digest=:digest"
    return lambda conn: run(conn, update, sealed=sealed, epoch=epoch, digest=digest_of(signed))


def wider(payload: dict[str, Any]) -> None:
    """Let it tell of gifts."""
    payload["consent_record"]["dpv:hasPersonalData"][0]["gifts"] = True


def test_a_receipt_signed_anew_is_none_of_the_ledgers(story: Story) -> None:
    """And tells other terms than the consent record, to whoever holds both."""
    story.connect(story.terms(Kind.PURCHASE))
    forge = forged(story, wider)
    with tampering(story) as conn:
        forge(conn)
    found = opened(story)
    assert "not the one that the ledger names" in found
    assert "tells other terms than the consent" in found


@pytest.mark.parametrize("missing", ["consent_record", "terms_version", "grant"])
def test_a_receipt_that_says_too_little_is_named(story: Story, missing: str) -> None:
    """Whatever is not in it: verification goes on and names it."""
    story.connect(story.terms(Kind.PURCHASE))
    forge = forged(story, lambda payload: payload.pop(missing))
    with tampering(story) as conn:
        forge(conn)
    assert "receipt 1" in opened(story)


def test_a_receipt_put_back_is_named(story: Story) -> None:
    """Also with its consent as it was: the ledger has moved on, which shows without a key."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    with tampering(story) as conn:
        before = rows(conn, "SELECT * FROM grants")
    story.consents.withdraw(story.vault, vendor.grant_id)
    with tampering(story) as conn:
        run(conn, "DELETE FROM receipts WHERE number = 2")
        for row in before:
            put_back(conn, "grants", row)
    assert "last recorded" in unopened(story)
    assert "receipt 2 of the ledger is missing" in opened(story)


def test_a_receipt_added_is_named(story: Story, vendor: Vendor) -> None:
    """One that no event has left, though the server's key has signed it."""
    stranger = os.urandom(16)
    claims = {"grant": stranger.hex(), "event": "withdrawn", "time": 1, "previous": None}
    signed = story.store.keys.sign_jws(TYPE, orjson.dumps(claims))
    with tampering(story) as conn:
        [row] = rows(conn, "SELECT * FROM receipts WHERE number = 3")
        added = {**row, "grant_id": stranger, "number": 1, "at": 1}
        put_back(conn, "receipts", added | {"signed": signed, "digest": digest_of(signed)})
    assert f"consent {stranger.hex()} has receipts, and is not there" in unopened(story)
    assert "none of the ledger's" in opened(story)
    assert vendor.grant_id


def test_a_vendor_gets_no_altered_receipt(story: Story) -> None:
    """What does not open where it stands is not handed out."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    with tampering(story) as conn:
        run(conn, "UPDATE receipts SET sealed_to_vendor=randomblob(1300)")
    with pytest.raises(VaultError):
        story.granted.receipt(vendor.token, None)


def addressed(story: Story, row: Any, receipt: str) -> None:
    """Seal something to the vendor of a row, which takes nothing but its public key."""
    with tampering(story) as conn:
        found = "SELECT public_key FROM holders WHERE holder_id = :holder"
        [holder] = rows(conn, found, holder=row["holder_id"])
        place = (row["vault_id"], row["grant_id"], row["number"], row["holder_id"])
        where = context("receipt/vendor", *place, holder["public_key"])
        sealed = seal_to(holder["public_key"], receipt.encode(), where)
        update = "UPDATE receipts SET sealed_to_vendor=:sealed, digest=:digest WHERE number=:n"
        run(conn, update, sealed=sealed, digest=digest_of(receipt), n=row["number"])


def test_a_planted_receipt_reaches_no_vendor(story: Story, tmp_path: Path) -> None:
    """It opens, since HPKE says nothing of who sealed, and its signature does not hold."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    [kept] = story.receipts.kept(story.vault, vendor.grant_id)
    strangers = ServerKeys.load_or_create(tmp_path / "keys")
    with tampering(story) as conn:
        [row] = rows(conn, "SELECT * FROM receipts")
    addressed(story, row, strangers.sign_jws(TYPE, orjson.dumps(kept.payload)))
    with pytest.raises(Tampered):
        story.granted.receipt(vendor.token, None)


def test_an_older_or_foreign_receipt_in_its_place_reaches_no_vendor(story: Story) -> None:
    """Though this server has signed it: it is of other terms, or of another consent."""
    vendor, other = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("One", "Two"))
    [given] = story.receipts.kept(story.vault, vendor.grant_id)
    [foreign] = story.receipts.kept(story.vault, other.grant_id)
    terms = story.terms(Kind.PURCHASE, days=3)
    Amending(story.store).amend(story.vault, vendor.grant_id, terms)
    with tampering(story) as conn:
        [row] = rows(conn, "SELECT * FROM receipts WHERE number = 2")
    for signed in (given.signed, foreign.signed):
        addressed(story, row, signed)
        with pytest.raises(Tampered):
            story.granted.receipt(vendor.token, None)


def test_a_receipt_addressed_elsewhere_is_named(story: Story) -> None:
    """The holder that lives has a copy, and it is the one that the consent names."""
    vendor, other = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("One", "Two"))
    with tampering(story) as conn:
        here, there = bytes.fromhex(vendor.grant_id), bytes.fromhex(other.grant_id)
        [row] = rows(conn, "SELECT * FROM receipts WHERE grant_id = :g", g=there)
        update = "UPDATE receipts SET holder_id = :h WHERE grant_id = :g"
        run(conn, update, h=row["holder_id"], g=here)
        run(conn, "UPDATE receipts SET sealed_to_vendor = NULL WHERE grant_id = :g", g=there)
    assert "the vendor's copy of receipt 1 is missing" in unopened(story)
    assert f"{vendor.grant_id}: receipt 1 is addressed to another" in opened(story)
