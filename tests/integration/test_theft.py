"""A thief with every file of the server: what it can find, and what it can open."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.attack import Attacker, Copy, Loot, parsed, steal
from tests.conftest import sqlite_only
from tests.story import PASSPHRASE, PURPOSE, Story, Vendor, document, line, rule
from vault.composition import Services
from vault.crypto.server_keys import ServerKeys
from vault.domain.compartments import SHAREABLE, Compartment, Kind
from vault.domain.terms import Terms
from vault.services.consents.amending import Amending

NEW = "another sample passphrase"
WORDS = {
    "title": "Wedding ring of white gold",
    "corrected title": "Umbrella with a duck's head",
    "seller": "Juwelier Sonnenschein",
    "order number": "ORDER-302-5551212",
    "invoice number": "INVOICE-88-4711",
    "price": "1234567.89",
    "license key": "KEYKEY-1111-2222-3333",
    "preference": "allergic to peanuts",
    "file name": "my-private-orders.csv",
    "address": "Hidden Street 17",
    "purpose": PURPOSE,
    "passphrase": PASSPHRASE,
    "new passphrase": NEW,
}
PARTY = {"name": WORDS["seller"]}


class Whole:
    """A customer's whole story, with all that was secret in it."""

    def __init__(self, services: Services) -> None:
        self.story = story = Story(services)
        self.secrets = dict(WORDS)
        self.note("recovery code", story.recovery_code)
        self.note("session", story.session)
        number = WORDS["order number"]
        lines = (
            line(
                Kind.PURCHASE,
                "1",
                ("o",),
                name=WORDS["title"],
                seller=PARTY,
                orderNumber=number,
                lineTotal=WORDS["price"],
                deliveryAddress=WORDS["address"],
            ),
            line(Kind.PURCHASE, "2", name="Umbrella", seller=PARTY, orderNumber="PLAIN-1"),
            line(Kind.ORDER, "o", orderNumber=number, seller=PARTY, totalPrice=WORDS["price"]),
            line(
                Kind.INVOICE,
                "i",
                invoiceNumber=WORDS["invoice number"],
                provider=PARTY,
                referencesOrder=[number],
            ),
        )
        preview = story.imports.stage(story.vault, [(WORDS["file name"], document(*lines))])
        story.imports.confirm(story.vault, preview.import_id)
        story.imports.stage(story.vault, [("again.csv", document(*lines))])
        story.add(
            Kind.LICENSE,
            name="Ring app",
            orderNumber=number,
            seller=PARTY,
            keys=[WORDS["license key"]],
        )
        story.add(Kind.PREFERENCE, subject="Food", topic="dislikes", value=WORDS["preference"])
        form = {"name": WORDS["corrected title"], "seller": PARTY}
        story.records.edit(story.vault, Kind.PURCHASE, story.ids()["Umbrella"], form)

    def note(self, name: str, secret: str) -> None:
        """Remember what must not be found."""
        self.secrets[name] = secret

    def connect(self, terms: Terms, name: str) -> Vendor:
        """A vendor whose credentials are secrets too."""
        vendor = self.story.connect(terms, name)
        for what in ("code", "token", "refresh_token"):
            self.note(f"{what} of {name}", getattr(vendor, what))
        return vendor

    def go_on(self) -> Vendor:
        """Vendors come, a gift is marked, one is sent away, the passphrase changes."""
        story = self.story
        reader = self.connect(story.terms(Kind.PURCHASE), "Reader")
        gone = self.connect(story.terms(*SHAREABLE), "Gone")
        for vendor in (reader, gone):
            vendor.catch_up()
        story.records.license_keys(story.vault, story.ids(Kind.LICENSE)["Ring app"])
        story.mark(story.ids()[WORDS["title"]])
        reader.catch_up()
        story.consents.withdraw(story.vault, gone.grant_id)
        changed = story.rekeying.change_passphrase(story.vault, PASSPHRASE, NEW)
        story.session = changed.session.token
        self.note("new recovery code", changed.recovery_code)
        self.note("new session", changed.session.token)
        story.add(name="Written afterwards")
        return reader


@pytest.fixture
def whole(services: Services) -> Whole:
    """A story that has begun."""
    return Whole(services)


def spellings(secret: str) -> Iterator[bytes]:
    """A text as it is, in hex, and in base64 wherever in a longer text it stands."""
    raws = {secret.encode(), secret.encode("utf-16-le"), secret.replace("-", "").encode()}
    if secret[:4] in ("vse_", "vac_", "vat_", "vrt_"):
        raws |= {secret[4:].encode(), base64.urlsafe_b64decode(secret[4:] + "=")}
    for raw in raws:
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        for shift in range(3):
            # The letters at the edges depend on the neighbours too.
            coded = base64.b64encode(bytes(shift) + raw + bytes(2))
            inner = coded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@sqlite_only
def test_no_secret_stands_in_any_file(whole: Whole, tmp_path: Path) -> None:
    """Neither plain, nor in hex or base64: in the database, its log, or the vault's home."""
    whole.go_on()
    found = files(tmp_path)
    assert {name for name in found if name.endswith(("vault.db", "vault.db-wal"))}
    assert any(name.startswith("home/") for name in found)
    for what, secret in whole.secrets.items():
        for spelling in spellings(secret):
            for name, content in found.items():
                assert spelling not in content, f"{what} stands in {name}"


def test_the_search_would_find_a_secret(tmp_path: Path) -> None:
    """The test above is no better than its search."""
    secret = WORDS["title"]
    for before in (b"", b"a", b"ab"):
        written = before + secret.encode() + b"tail"
        for content in (written, base64.b64encode(written), written.hex().encode()):
            assert any(spelling in content for spelling in spellings(secret))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_bytes(b"x")
    assert files(tmp_path) == {"sub/file": b"x"}


def loot(whole: Whole, *texts: str, old: Copy | None = None) -> Loot:
    """What the database, the server's own file and some credentials open."""
    keys = ServerKeys.load(whole.story.store.keys._path)
    with whole.story.database.read() as conn:
        copies = [steal(conn), *([old] if old else [])]
    return Attacker(keys, *copies).attack(*parsed(texts))


def test_the_servers_own_secrets_open_no_record(whole: Whole) -> None:
    """The database and the key file together: nothing, of nobody, in any table."""
    whole.go_on()
    assert loot(whole).opened == []


def test_ended_credentials_open_nothing(whole: Whole) -> None:
    """What was withdrawn, replaced, redeemed or locked opens no more than the server's secrets."""
    reader = whole.go_on()
    live = {reader.token, reader.refresh_token, whole.story.session}
    ended = [text for text in whole.secrets.values() if text not in live]
    ended.remove(whole.secrets["new recovery code"])
    assert loot(whole, *ended).opened == []


def test_a_purchases_token_opens_purchases_alone(whole: Whole) -> None:
    """No gift, no former version of one, no license key, no other kind, nothing of the vault's."""
    reader = whole.go_on()
    found = loot(whole, reader.token, reader.refresh_token, reader.code)
    assert found.compartments == {int(Compartment.PURCHASES)}
    assert {one.compartment for one in found.of("segments")} == {int(Compartment.PURCHASES)}
    tables = {"credentials", "holders", "receipts", "records", "segments"}
    assert {one.table for one in found.opened} == tables
    assert {orjson.loads(one.plaintext)["grant"] for one in found.of("receipts")} == {
        reader.grant_id
    }
    assert found.says(WORDS["corrected title"])
    assert found.says("Written afterwards")
    for name in ("title", "order number", "invoice number", "price", "license key", "preference"):
        assert not found.says(WORDS[name]), name


def test_a_copy_from_before_adds_only_what_was_readable_then(whole: Whole) -> None:
    """A vendor that was sent away, with a copy of its time: nothing that was written since."""
    story = whole.story
    gone = whole.connect(story.terms(*SHAREABLE), "Early")
    with story.database.read() as conn:
        old = steal(conn)
    story.consents.withdraw(story.vault, gone.grant_id)
    story.add(name="Written afterwards")
    whole.go_on()
    found = loot(whole, gone.token, gone.refresh_token, gone.code, old=old)
    assert found.says(WORDS["title"])
    assert found.says(WORDS["license key"])
    assert not found.says("Written afterwards")
    assert not found.of("grants")
    assert not found.of("ledger")


def receipts_in(found: Loot) -> set[tuple[str, str]]:
    """Event and grant of every receipt that was opened."""
    told = (orjson.loads(one.plaintext) for one in found.of("receipts"))
    return {(one["event"], one["grant"]) for one in told}


def amended(vendor: Vendor) -> None:
    """Let the customer change a consent in place."""
    story = vendor.story
    Amending(story.store).amend(story.vault, vendor.grant_id, story.terms(Kind.PURCHASE, days=3))


def taken_anew(vendor: Vendor) -> None:
    """Let the customer allow something else, which the vendor takes up."""
    vendor.allow(vendor.story.terms(Kind.ORDER))
    vendor.redeem()


def ended(vendor: Vendor) -> None:
    """Let the customer change a consent in place, and withdraw it."""
    amended(vendor)
    vendor.story.consents.withdraw(vendor.story.vault, vendor.grant_id)


@pytest.mark.parametrize("goes_on", [taken_anew, ended])
def test_an_old_copy_and_its_tokens_open_no_later_receipt(
    whole: Whole, goes_on: Callable[[Vendor], None]
) -> None:
    """Of an authorization that has ended: what it was given then, and nothing told since."""
    story = whole.story
    vendor = whole.connect(story.terms(Kind.PURCHASE), "One")
    with story.database.read() as conn:
        old = steal(conn)
    caught = (vendor.token, vendor.refresh_token, vendor.code)
    goes_on(vendor)
    assert receipts_in(loot(whole, *caught, old=old)) == {("given", vendor.grant_id)}
    assert receipts_in(loot(whole, *caught)) == set()


def test_a_live_token_opens_the_receipts_of_its_own_authorization(whole: Whole) -> None:
    """So that the test above fails for want of a key; another vendor's it does not open."""
    story = whole.story
    vendor, other = (whole.connect(story.terms(Kind.PURCHASE), name) for name in ("One", "Two"))
    amended(vendor)
    amended(other)
    own = {("given", vendor.grant_id), ("amended", vendor.grant_id)}
    assert receipts_in(loot(whole, vendor.token)) == own


def test_the_old_passphrase_opens_no_later_receipt(whole: Whole) -> None:
    """With a copy from before it was changed: the consents' keys were renewed with all others."""
    story = whole.story
    vendor = whole.connect(story.terms(Kind.PURCHASE), "One")
    with story.database.read() as conn:
        old = steal(conn)
    session = story.session
    story.session = story.rekeying.change_passphrase(story.vault, PASSPHRASE, NEW).session.token
    amended(vendor)
    assert receipts_in(loot(whole, session, old=old)) == {("given", vendor.grant_id)}
    assert ("amended", vendor.grant_id) in receipts_in(loot(whole, story.session))


def test_the_session_opens_all_of_it(whole: Whole) -> None:
    """So that the attacks above fail for want of a key, and not of skill."""
    whole.go_on()
    found = loot(whole, whole.story.session)
    for name, word in WORDS.items():
        if "passphrase" not in name:
            assert found.says(word), name


@sqlite_only
def test_nothing_of_a_gift_lingers_in_freed_pages(whole: Whole, tmp_path: Path) -> None:
    """Former rows and segments are gone from the file and its log, down to their pieces."""
    story = whole.story
    for number in range(60):
        story.add(name=f"Thing {number}", seller=PARTY)
    with story.database.read() as conn:
        before = steal(conn)
    story.mark(story.ids()[WORDS["title"]])
    with story.database.read() as conn:
        after = steal(conn)
    pieces = list(_erased(before, after))
    assert len(pieces) > 8
    contents = files(tmp_path)
    for piece in pieces:
        for name, content in contents.items():
            assert piece not in content, f"a piece of what was erased stands in {name}"


def _erased(before: Copy, after: Copy) -> Iterator[bytes]:
    """Pieces of every ciphertext that was there and is not any more."""
    for table, columns in (
        ("records", ["ciphertext"]),
        ("segments", ["lines", "manifest", "summary"]),
    ):
        for column in columns:
            kept = {bytes(row[column]) for row in after[table]}
            for row in before[table]:
                sealed = bytes(row[column])
                if sealed not in kept:
                    yield from (sealed[n : n + 24] for n in range(2, len(sealed) - 24, 48))


@sqlite_only
def test_errors_name_no_secret(whole: Whole) -> None:
    """What goes wrong says the kind of thing, never the thing."""
    story = whole.story
    with pytest.raises(Exception, match=r".") as raised:
        story.add(Kind.PURCHASE, name="", seller=PARTY, orderNumber=WORDS["order number"])
    assert WORDS["order number"] not in str(raised.value)
    with story.database.write() as conn:
        conn.exec_driver_sql("UPDATE records SET ciphertext = x'0102' || randomblob(60)")
    with pytest.raises(Exception, match=r".") as raised:
        story.export()
    assert not any(word in str(raised.value) for word in WORDS.values())
    shown = repr((story.vault, story.connect, rule(Kind.PURCHASE), whole.story.store))
    assert story.session not in shown
