"""Filing: once, whole, and with the gifts known before anybody can read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest

from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, line, public_parts
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Busy, Conflict, VaultError
from vault.services.importing import staging
from vault.services.importing.filing import Outcome
from vault.services.importing.storing import Storing
from vault.storage import inbox
from vault.storage.vaults import LEASE_SECONDS

RING = line(Kind.PURCHASE, "a/1", ("o",), name="Ring", orderNumber="7", seller=AMAZON, isGift=True)
ROPE = line(Kind.PURCHASE, "a/2", ("o",), name="Rope", orderNumber="7", seller=AMAZON)
ORDER = line(Kind.ORDER, "o", orderNumber="7", seller=AMAZON, totalPrice="12.00")
INVOICE = line(Kind.INVOICE, "i", invoiceNumber="I-7", provider=AMAZON, referencesOrder=["7"])


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def hidden(story: Story) -> set[str]:
    """The kinds of what stands in gift twins."""
    ids = {record_id.hex() for record_id in story.hidden()}
    return {
        kind
        for kind, records in story.everything().items()
        for record in records
        if record["id"] in ids
    }


def test_a_file_brought_in_twice_adds_nothing(story: Story) -> None:
    """The second time everything is known, and the export is the same."""
    assert story.bring(RING, ROPE, ORDER) == Outcome(added=3, gifts=1)
    before = story.everything()
    assert story.bring(RING, ROPE, ORDER) == Outcome(unchanged=3)
    assert story.everything() == before


@sqlite_only
def test_what_a_file_says_twice_is_filed_once(story: Story) -> None:
    """Twins with one source id are one record."""
    assert story.bring(ROPE, ROPE) == Outcome(added=1, unchanged=1)


def test_two_imports_of_one_file_at_once_make_one_set(story: Story) -> None:
    """Both are confirmed, one after the other; the second finds everything known."""
    staged = [story.stage(RING, ROPE, ORDER) for _ in range(2)]

    def confirm(import_id: str) -> Outcome:
        while True:
            try:
                return story.imports.confirm(story.vault, import_id)
            except Busy:
                continue

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(confirm, staged))
    assert sorted(one.added for one in outcomes) == [0, 3]
    assert len(story.ids()) == 2
    assert story.verification.verify(story.vault).problems == []


def test_of_two_confirmations_of_one_import_one_files_it(story: Story) -> None:
    """The other is told so, and the import stands as filed, to be undone whole."""
    staged = story.stage(RING, ROPE, ORDER)

    def confirm(_: int) -> Outcome | VaultError:
        try:
            return story.imports.confirm(story.vault, staged)
        except VaultError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(confirm, range(4)))
    [filed] = [one for one in outcomes if isinstance(one, Outcome)]
    assert filed.added == 3
    assert all(isinstance(one, Busy | Conflict) for one in outcomes if one is not filed)
    with pytest.raises(Conflict):
        story.imports.confirm(story.vault, staged)
    story.imports.undo(story.vault, staged)
    assert story.ids() == {}


@sqlite_only
@pytest.mark.parametrize("lines", list(permutations([RING, ORDER, INVOICE])))
def test_a_stated_gift_takes_its_order_along_in_whatever_order_they_come(
    story: Story, lines: tuple[bytes, ...]
) -> None:
    """Nothing of it is readable for a moment: no tombstone is needed, and none is written."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER, Kind.INVOICE))
    story.bring(*lines, ROPE)
    assert hidden(story) == {"purchases", "orders", "invoices"}
    assert vendor.names() == {"Rope"}
    assert vendor.items(Kind.ORDER) == vendor.items(Kind.INVOICE) == []
    with story.database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM tombstones").scalar() == 0
        assert conn.exec_driver_sql("SELECT max(revision) FROM records").scalar() == 1


@sqlite_only
@pytest.mark.parametrize("whose_word", ["the document", "the customer"])
def test_an_order_that_comes_later_than_its_gift_goes_to_the_twin(
    story: Story, whose_word: str
) -> None:
    """Whoever said that it is a gift."""
    marked = whose_word == "the customer"
    story.bring(RING if not marked else RING.replace(b',"isGift":true', b""))
    if marked:
        story.mark(story.ids()["Ring"])
    story.bring(ORDER, INVOICE)
    assert hidden(story) == {"purchases", "orders", "invoices"}
    assert len(story.hidden()) == 3


def test_an_import_that_states_a_gift_hides_what_was_there_before(story: Story) -> None:
    """Order and invoice of earlier imports and by hand move, and a vendor's mirror follows."""
    story.bring(ORDER, INVOICE, ROPE)
    story.add(Kind.LICENSE, name="App", orderNumber="7", keys=["AAAA-1"])
    kinds = (Kind.PURCHASE, Kind.ORDER, Kind.INVOICE, Kind.LICENSE)
    vendor = story.connect(story.terms(*kinds))
    assert [len(vendor.catch_up(kind)) for kind in kinds] == [1, 1, 1, 1]
    story.bring(ORDER, RING)
    assert len(story.hidden()) == 5
    assert [len(vendor.catch_up(kind)) for kind in kinds] == [1, 0, 0, 0]


@sqlite_only
def test_a_known_purchase_that_turns_out_to_be_a_gift_moves(story: Story) -> None:
    """A later report states what an earlier one left out."""
    story.bring(RING.replace(b',"isGift":true', b""), ORDER)
    assert story.hidden() == set()
    story.bring(RING)
    assert hidden(story) == {"purchases", "orders"}


@sqlite_only
def test_a_marked_gift_that_is_imported_anew_hides_what_it_names_now(story: Story) -> None:
    """The order number comes with a later document; the order was there, or comes with it."""
    story.bring(line(Kind.PURCHASE, "a/1", name="Ring"))
    story.bring(line(Kind.ORDER, "there", orderNumber="8"))
    story.mark(story.ids()["Ring"])
    new = line(Kind.PURCHASE, "a/1", ("o",), name="Ring", orderNumber="8")
    story.bring(line(Kind.ORDER, "o", poNumber="P"), new)
    assert len(story.hidden()) == 3


def test_what_the_customer_corrected_stays_corrected(story: Story) -> None:
    """A changed record brings what is new, beside what was known, and leaves what was edited."""
    story.bring(line(Kind.PURCHASE, "a", name="Kettel", brand="Acme", price="10.00"))
    [record_id] = story.ids().values()
    corrected = {"name": "Kettle", "brand": "Acme", "price": "10.00"}
    story.records.edit(story.vault, Kind.PURCHASE, record_id, corrected)
    new = line(Kind.PURCHASE, "a", name="Kettel 2", brand="Acme", price="9.00", itemStatus="sent")
    assert story.bring(new) == Outcome(changed=1)
    [record] = story.everything()["purchases"]
    [conflict] = record.pop("conflicts")
    assert conflict["field"] == "price"
    assert {one["value"] for one in conflict["values"]} == {"10.00", "9.00"}
    assert {one["stated"]["name"] for one in record.pop("sources")} == {"Kettel", "Kettel 2"}
    expected = {"name": "Kettle", "brand": "Acme", "price": "9.00", "itemStatus": "sent"}
    assert public_parts(record) == expected


@sqlite_only
def test_connectors_are_kept_apart(story: Story) -> None:
    """A source id is its connector's: kinds are kept apart too."""
    story.bring(line(Kind.PURCHASE, "1", name="One"), line(Kind.ORDER, "1", orderNumber="1"))
    found = {kind: len(records) for kind, records in story.everything().items() if records}
    assert found == {"purchases": 1, "orders": 1}


@sqlite_only
def test_a_filing_that_was_interrupted_is_finished_by_the_next_session(story: Story) -> None:
    """What was confirmed is filed from the inbox, once."""
    staged = story.stage(RING, ROPE, ORDER)
    with story.database.write() as conn:
        story.imports._confirm(conn, story.vault.vault_id, bytes.fromhex(staged))
    assert story.ids() == {}
    assert story.imports.finish(story.vault) == 1
    assert story.imports.finish(story.vault) == 0
    assert len(story.ids()) == 2


@sqlite_only
def test_an_import_kept_waiting_is_confirmed_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent away because another write was under way, it goes on when asked again."""
    staged = story.stage(ROPE)

    def busy(*_: object) -> Outcome:
        raise Busy("another write is under way", retry_after=1)

    with monkeypatch.context() as patched, pytest.raises(Busy):
        patched.setattr(Storing, "file", busy)
        story.imports.confirm(story.vault, staged)
    assert story.imports.confirm(story.vault, staged).added == 1


@sqlite_only
def test_a_long_import_is_not_overtaken_while_it_is_read(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not written anything for longer than a lease lasts, and is the writer all the same."""
    monkeypatch.setattr(staging, "_ITEM_BYTES", 1)
    staged = story.stage(*(line(Kind.PURCHASE, str(n), name=f"Thing {n}") for n in range(4)))
    quick = inbox.contents

    def slow(*of: Any) -> Iterator[bytes]:
        for content in quick(*of):
            with pytest.raises(Busy):
                story.add(name="Meanwhile")
            story.clock.ahead += LEASE_SECONDS // 2
            yield content

    monkeypatch.setattr(inbox, "contents", slow)
    assert story.imports.confirm(story.vault, staged).added == 4


def test_many_lines_are_filed_in_slices_and_appear_at_once(story: Story) -> None:
    """A long import stages in slices; until its flip nobody sees a row of it."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    lines = [
        line(Kind.PURCHASE, str(n), name=f"Thing {n}", orderDate=f"20{n % 25:02d}-01-01")
        for n in range(2_300)
    ]
    staged = story.stage(*lines)
    seen: list[int] = []
    real = story.imports._storing.items

    def items(*args: object) -> object:
        for number, item in enumerate(real(*args)):  # type: ignore[arg-type]
            if number in (1_100, 2_200):
                seen.append(len(vendor.items()))
            yield item

    story.imports._storing.items = items  # type: ignore[assignment, method-assign]
    assert story.imports.confirm(story.vault, staged).added == 2_300
    assert set(seen) == {0}
    assert len(vendor.catch_up(limit=1_000)) == 2_300
    result = story.verification.verify(story.vault)
    assert (result.records, result.problems) == (2_300, [])
