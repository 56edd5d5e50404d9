"""Receipts: each event of a consent is signed once, and both sides keep it."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import delete, func, select

from tests.command import PASSPHRASE, Command
from tests.conftest import both_databases, sqlite_only
from tests.served import ISSUER, Customer, Served, connected
from tests.story import DAY, Story, Vendor
from tests.vendor_client import VendorClient
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.consent_record import terms_of
from vault.domain.narrowing import Narrowing
from vault.domain.receipts import ReceiptEvent
from vault.errors import NotFound, Unopenable
from vault.services.access.bearers import Bearers
from vault.services.consents.amending import Amending
from vault.services.receipts import KeptReceipt
from vault.services.upkeep.sweeping import Sweeping
from vault.storage import receipts as kept_receipts
from vault.storage.receipts import digest_of
from vault.storage.schema import receipts

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with a purchase."""
    story = Story(services)
    story.add(name="Kettle")
    return story


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer."""
    return server.customer()


def kept(vendor: Vendor) -> list[KeptReceipt]:
    """What the customer has of a consent."""
    return vendor.story.receipts.kept(vendor.story.vault, vendor.grant_id)


def told(vendor: Vendor) -> dict[str, Any]:
    """What the vendor gets by its token."""
    return vendor.story.granted.receipt(vendor.token, None)[0]


def digest(receipt: str) -> str:
    """By what the next receipt names this one."""
    return urlsafe_b64encode(hashlib.sha256(receipt.encode()).digest()).rstrip(b"=").decode()


def foreign(receipt: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """What a JOSE library makes of a receipt, by the published keys alone."""
    registry = jws.JWSRegistry(algorithms=["EdDSA"])
    keys = KeySet.import_key_set({"keys": key_set["keys"]})
    taken = jws.deserialize_compact(receipt, keys, registry=registry)
    assert taken.protected["typ"] == "consent-receipt+jwt"
    claims: dict[str, Any] = json.loads(taken.payload)
    return claims


def status(vendor: VendorClient, grant_id: str) -> dict[str, Any]:
    """What a vendor learns of its grant by client authentication alone."""
    headers = {"Authorization": f"Bearer {vendor.assertion()}"}
    answer = vendor.http.get(f"{ISSUER}/oauth/grants/{grant_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def grant_of(server: Served, customer: Customer) -> str:
    """The customer's only consent."""
    [given] = server.services.consents.given(customer.vault())
    grant_id: str = given.grant_id
    return grant_id


@both_databases
def test_both_sides_keep_the_same(story: Story) -> None:
    """What was given, with the terms as they stand in the consent, to the letter."""
    terms = story.terms(Kind.PURCHASE, fields=frozenset({"name"}))
    vendor = story.connect(terms)
    [mine] = kept(vendor)
    assert (mine.number, mine.event) == (1, ReceiptEvent.GIVEN)
    assert mine.terms == terms
    theirs = told(vendor)
    assert theirs == {"receipt": mine.signed, "consent_record": mine.record}
    assert mine.payload["previous"] is None
    assert theirs["consent_record"]["dpv:hasDataSubject"]["dct:identifier"] == vendor.sub
    assert story.name not in json.dumps(mine.payload)


@sqlite_only
def test_the_language_is_that_of_the_customers_choice(story: Story) -> None:
    """As RFC 5646 writes it, where one was chosen; it is not guessed."""
    terms = story.terms(Kind.PURCHASE)
    before = told(story.connect(terms, "Before"))["consent_record"]
    story.customers.choose_language(story.vault, "zh_Hans")
    after = told(story.connect(terms, "After"))["consent_record"]
    assert "dct:language" not in before
    assert after["dct:language"] == "zh-Hans"


@both_databases
def test_every_event_names_the_one_before(story: Story) -> None:
    """Given, amended and withdrawn: a chain of digests, which the ledger's entries name too."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.ORDER))
    vendor.redeem()
    story.consents.withdraw(story.vault, vendor.grant_id)
    given, amended, withdrawn = kept(vendor)
    assert amended.payload["previous"] == digest(given.signed)
    assert withdrawn.payload["previous"] == digest(amended.signed)
    assert withdrawn.terms is None
    assert withdrawn.payload["event"] == "withdrawn"
    named = [
        story.events(what)[0].details["receipt"]
        for what in ("consent_given", "consent_amended", "consent_withdrawn")
    ]
    digests = [hashlib.sha256(one.signed.encode()).hexdigest() for one in kept(vendor)]
    assert named == digests
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_a_token_is_told_of_its_own_terms(story: Story) -> None:
    """Until the new code is exchanged, the receipt is that of what the token reads under."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    first = told(vendor)["receipt"]
    vendor.allow(story.terms(Kind.ORDER))
    assert told(vendor)["receipt"] == first
    vendor.redeem()
    given, amended = kept(vendor)
    assert (given.signed, amended.signed) == (first, told(vendor)["receipt"])


@sqlite_only
def test_an_amendment_in_place_is_told_to_the_same_token(story: Story) -> None:
    """At once: the package carries the new terms' version."""
    terms = story.terms(Kind.PURCHASE, Kind.ORDER)
    vendor = story.connect(terms)
    narrower = replace(terms, rules={Kind.PURCHASE: terms.rules[Kind.PURCHASE]})
    Amending(story.store).amend(story.vault, vendor.grant_id, narrower)
    given, amended = kept(vendor)
    assert amended.event is ReceiptEvent.AMENDED
    assert amended.payload["previous"] == digest(given.signed)
    assert terms_of(told(vendor)["consent_record"]) == narrower == amended.terms
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_ends_are_told_by_whoever_brought_them_about(story: Story) -> None:
    """Expired by the sweep, revoked by the vendor, read once to its end."""
    expiring = story.connect(story.terms(Kind.PURCHASE, days=1), "One")
    revoked = story.connect(story.terms(Kind.PURCHASE), "Two")
    once = story.connect(story.terms(Kind.PURCHASE, once=True), "Three")
    once.items()
    story.tokens.revoke(revoked.refresh_token, revoked.client.client_id)
    story.clock.ahead = 2 * DAY
    Sweeping(story.store).run()
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    events = [kept(vendor)[-1].event for vendor in (expiring, revoked, once)]
    assert events == [ReceiptEvent.EXPIRED, ReceiptEvent.REVOKED, ReceiptEvent.EXPIRED]
    assert story.verification.verify(story.vault).problems == []


@both_databases
def test_a_vendor_fetches_receipts_over_http(server: Served, anna: Customer) -> None:
    """By token while the consent holds, by client authentication once it has ended."""
    vendor = connected(server, anna)
    grant_id = grant_of(server, anna)
    answer = vendor.get("/api/v1/grant/receipt")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    key_set = vendor.http.get(f"{ISSUER}/oauth/jwks").json()
    given = foreign(answer.json()["receipt"], key_set)
    assert given["consent_record"] == answer.json()["consent_record"]
    assert (given["iss"], given["grant"], given["event"]) == (ISSUER, grant_id, "given")
    assert "receipt" not in status(vendor, grant_id)
    server.services.consents.withdraw(anna.vault(), grant_id)
    assert vendor.get("/api/v1/grant/receipt").status_code == 401
    ended = foreign(status(vendor, grant_id)["receipt"], key_set)
    assert ended["event"] == "withdrawn"
    assert ended["previous"] == digest(answer.json()["receipt"])
    assert "consent_record" not in ended


@sqlite_only
def test_one_that_ran_out_has_its_receipt_at_once(server: Served, anna: Customer) -> None:
    """The vendor that asks need not wait for the sweep."""
    vendor = connected(server, anna)
    grant_id = grant_of(server, anna)
    server.clock.ahead = 400 * DAY
    first = status(vendor, grant_id)
    assert first["status"] == "expired"
    key_set = vendor.http.get(f"{ISSUER}/oauth/jwks").json()
    assert foreign(first["receipt"], key_set)["time"] == first["ended_at"]
    assert status(vendor, grant_id) == first


@sqlite_only
def test_a_customer_reads_every_state_on_a_page(server: Served, anna: Customer) -> None:
    """With what it said, when and until when; each can be taken along, as read or as signed."""
    vendor = connected(server, anna)
    grant_id = grant_of(server, anna)
    server.services.consents.withdraw(anna.vault(), grant_id)
    address = f"{ISSUER}/consents/{grant_id}/receipts"
    page = anna.open(address)
    assert page.status_code == 200, page.text
    assert page.text.index("You withdrew it") < page.text.index("You allowed it")
    assert "Shop could see what you bought" in page.text
    key_set = vendor.http.get(f"{ISSUER}/oauth/jwks").json()
    for number, event in ((1, "given"), (2, "withdrawn")):
        signed = anna.open(f"{address}/{number}.jws")
        assert foreign(signed.text, key_set)["event"] == event
        assert f'filename="receipt-{grant_id[:8]}-{number}.jws"' in str(signed.headers)
        assert signed.headers["Cache-Control"] == "no-store"
    record = anna.open(f"{address}/1.json").json()
    assert record == foreign(anna.open(f"{address}/1.jws").text, key_set)["consent_record"]
    assert anna.open(f"{address}/2.json").json()["event"] == "withdrawn"


@sqlite_only
def test_nobody_elses_receipts_are_shown(server: Served, anna: Customer) -> None:
    """Neither page nor file, to another customer or without a session."""
    connected(server, anna)
    ben, address = server.customer("ben"), f"{ISSUER}/consents/{grant_of(server, anna)}/receipts"
    for end in ("", "/1.json", "/1.jws"):
        assert ben.open(address + end).status_code == 404
        assert server.connection().get(address + end).status_code == 302
    for end in ("/2.json", "/0.jws", "/1.pdf", "/x.json"):
        assert anna.open(address + end).status_code == 404


@sqlite_only
def test_no_vendor_reads_anothers(server: Served, anna: Customer) -> None:
    """Its token brings its own receipt, its authentication no other grant."""
    one, other = connected(server, anna), connected(server, anna)
    records = [vendor.get("/api/v1/grant/receipt").json() for vendor in (one, other)]
    controllers = [
        answer["consent_record"]["dpv:hasDataController"]["dct:identifier"] for answer in records
    ]
    assert controllers == [one.client_id, other.client_id]
    foreign_grant = records[1]["consent_record"]["dct:identifier"]
    headers = {"Authorization": f"Bearer {one.assertion()}"}
    address = f"{ISSUER}/oauth/grants/{foreign_grant}"
    assert one.http.get(address, headers=headers).status_code == 404
    assert httpx.Client(transport=httpx.WSGITransport(app=server.app)).get(
        f"{ISSUER}/api/v1/grant/receipt"
    ).status_code == 401  # fmt: skip


@sqlite_only
def test_a_receipt_outlives_the_key_that_signed_it(server: Served, anna: Customer) -> None:
    """Rotated and retired: its public key stays at /oauth/jwks, and nothing is sealed anew."""
    vendor = connected(server, anna)
    old = vendor.get("/api/v1/grant/receipt").json()["receipt"]
    server.services.server_keys.rotate()
    grant_id = grant_of(server, anna)
    assert vendor.get("/api/v1/grant/receipt").json()["receipt"] == old
    server.services.consents.withdraw(anna.vault(), grant_id)
    key_set = vendor.http.get(f"{ISSUER}/oauth/jwks").json()
    new = status(vendor, grant_id)["receipt"]
    assert foreign(new, key_set)["previous"] == digest(old)
    assert foreign(old, key_set)["event"] == "given"
    headers = [json.loads(urlsafe_b64decode(one.split(".")[0] + "==")) for one in (old, new)]
    assert [header["kid"] for header in headers] == ["1", "2"]
    assert server.services.verification.verify(anna.vault()).problems == []


@sqlite_only
def test_receipts_are_the_customers_own(story: Story, services: Services) -> None:
    """Another customer finds none of them."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    ben = Story(services, "ben")
    with pytest.raises(NotFound):
        ben.receipts.kept(ben.vault, vendor.grant_id)
    for grant_id, number in (("zz", 1), ("00" * 16, 1), (vendor.grant_id, 2)):
        with pytest.raises(NotFound):
            story.receipts.one(story.vault, grant_id, number)
    assert story.receipts.one(story.vault, vendor.grant_id, 1).number == 1


@sqlite_only
def test_a_changed_passphrase_keeps_them(story: Story) -> None:
    """They are sealed under an epoch that the new keys' chain leads back to."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    before = kept(vendor)
    changed = story.rekeying.change_passphrase(story.vault, PASSPHRASE, PASSPHRASE + "!")
    story.session = changed.session.token
    assert kept(vendor) == before


@sqlite_only
def test_a_consent_from_before_there_were_receipts_goes_on(story: Story) -> None:
    """It has none until its next event, whose receipt is the first."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    with story.database.write() as conn:
        conn.execute(delete(receipts))
    with pytest.raises(NotFound):
        told(vendor)
    story.consents.withdraw(story.vault, vendor.grant_id)
    [withdrawn] = kept(vendor)
    assert (withdrawn.number, withdrawn.payload["previous"]) == (1, None)


@sqlite_only
def test_nothing_is_left_of_them_in_an_erased_vault(story: Story) -> None:
    """Erasing takes the receipts along."""
    story.consents.withdraw(story.vault, story.connect(story.terms(Kind.PURCHASE)).grant_id)
    count = select(func.count()).select_from(receipts)
    with story.database.read() as conn:
        assert conn.scalar(count) == 2
    story.customers.erase(story.vault, PASSPHRASE)
    with story.database.read() as conn:
        assert conn.scalar(count) == 0


@both_databases
def test_a_backup_brings_them_back(
    server: Served, anna: Customer, environment: dict[str, str], tmp_path: Any
) -> None:
    """As they were, and they fit the ledger that came with them."""
    connected(server, anna)
    before = server.services.receipts.kept(anna.vault(), grant_of(server, anna))
    command = Command(environment)
    command("backup", str(tmp_path / "backup.vault"))
    server.services.consents.withdraw(anna.vault(), grant_of(server, anna))
    command("restore", str(tmp_path / "backup.vault"), "--force")
    anna.session = server.services.sessions.unlock(anna.name, PASSPHRASE).token
    after = server.services.receipts.kept(anna.vault(), grant_of(server, anna))
    assert after == before
    assert server.services.verification.verify(anna.vault()).problems == []


@sqlite_only
def test_a_holder_opens_what_is_addressed_to_it_alone(story: Story) -> None:
    """In its own row: another vendor's pair opens none, nor does one open in another's place."""
    one, other = (story.connect(story.terms(Kind.PURCHASE), name) for name in ("One", "Two"))
    bearers, vault = Bearers(story.store), story.vault
    for vendor in (one, other):
        with bearers.reading(vendor.token, None, None) as (conn, bearer):
            pair = bearers.key_pair(vendor.token, bearer)
            rows = list(kept_receipts.of_vault(conn, vault.vault_id))
        assert len(rows) == 2
        for row in rows:
            if row.grant_id.hex() == vendor.grant_id:
                assert digest_of(kept_receipts.unseal_to(row, pair)) == row.digest
            else:
                with pytest.raises(Unopenable):
                    kept_receipts.unseal_to(row, pair)


@sqlite_only
def test_what_was_sealed_to_an_ended_holder_is_erased(story: Story) -> None:
    """With its package: the customer keeps hers, the vendor what it has fetched."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.ORDER))
    vendor.redeem()
    there = select(receipts.c.number).where(receipts.c.sealed_to_vendor.is_not(None))
    with story.database.read() as conn:
        assert list(conn.scalars(there)) == [2]
    story.consents.withdraw(story.vault, vendor.grant_id)
    with story.database.read() as conn:
        assert list(conn.scalars(there)) == []
    assert [one.number for one in kept(vendor)] == [1, 2, 3]


@sqlite_only
def test_a_narrowed_token_is_told_the_whole_consent(story: Story) -> None:
    """Its wrap holds the same holder's seed, with what it was narrowed to after it."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER))
    whole = told(vendor)
    part, mine = Narrowing(scope="purchases:read"), vendor.client.client_id
    issued = story.tokens.refresh(vendor.refresh_token, mine, None, narrowing=part)
    vendor.token = issued.access_token
    assert told(vendor) == whole
