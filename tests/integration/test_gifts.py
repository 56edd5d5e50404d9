"""Gifts: what would betray one moves with it, leaves nothing behind, and comes back in time."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.attack import Attacker, parsed, steal
from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import NotFound

CDW = {"name": "CDW"}


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def family(number: str = "1001", **seller: Any) -> list[bytes]:
    """Two purchases of one order, with an invoice that lists them and a license for one."""
    party = seller or AMAZON
    order, invoice = f"order-{number}", f"invoice-{number}"
    refs = (order, invoice)
    return [
        line(Kind.PURCHASE, f"{number}/1", refs, name="Ring", orderNumber=number, seller=party),
        line(Kind.PURCHASE, f"{number}/2", refs, name="Rope", orderNumber=number, seller=party),
        line(Kind.ORDER, order, orderNumber=number, seller=party, totalPrice="99.00"),
        line(
            Kind.INVOICE,
            invoice,
            invoiceNumber=f"INV-{number}",
            provider=party,
            referencesOrder=[number],
        ),
        line(Kind.LICENSE, f"license-{number}", name="Ring app", orderNumber=number, seller=party),
    ]


def shape(story: Story) -> dict[str, list[str]]:
    """What stands in gift twins, by kind: names and numbers."""
    hidden = {record_id.hex() for record_id in story.hidden()}
    exported = story.everything()
    name = {"orders": "orderNumber", "invoices": "invoiceNumber"}
    found = {
        kind: sorted(str(one[name.get(kind, "name")]) for one in records if one["id"] in hidden)
        for kind, records in exported.items()
        if kind != "preferences"
    }
    return {kind: names for kind, names in found.items() if names}


ALL_OF_IT = {
    "purchases": ["Ring"],
    "orders": ["1001"],
    "invoices": ["INV-1001"],
    "licenses": ["Ring app"],
}


def test_everything_that_names_a_gift_moves_with_it_in_one_step(story: Story) -> None:
    """Purchase, order, invoice, license and license key; the sibling line is not touched."""
    story.bring(*family())
    license_id = story.ids(Kind.LICENSE)["Ring app"]
    story.records.edit(
        story.vault,
        Kind.LICENSE,
        license_id,
        {"name": "Ring app", "orderNumber": "1001", "seller": AMAZON, "keys": ["AAAA-1111"]},
    )
    before = counter(story)
    sibling = row_of(story, story.ids()["Rope"])
    story.mark(story.ids()["Ring"])
    assert shape(story) == ALL_OF_IT
    assert len(story.hidden()) == 5, "the license's key among them"
    assert counter(story) == before + 5
    assert row_of(story, story.ids()["Rope"]) == sibling
    [event] = story.events("gifts_marked")
    assert event.details["moved"] == 5


def counter(story: Story) -> int:
    """The number of the vault's last change."""
    with story.database.read() as conn:
        return int(conn.execute(text("SELECT change FROM vaults")).scalar_one())


def row_of(story: Story, record_id: str) -> list[tuple[Any, ...]]:
    """The rows of a record as they stand."""
    with story.database.read() as conn:
        rows = conn.execute(
            text(
                "SELECT compartment, change, revision, ciphertext FROM records WHERE record_id=:i"
            ),
            {"i": bytes.fromhex(record_id)},
        )
        return [tuple(row) for row in rows]


def test_no_former_version_of_a_gift_is_left(story: Story) -> None:
    """No row of what moved is older than the move, and a purchases-only token opens none of it."""
    story.bring(*family())
    ring = story.ids()["Ring"]
    form = {"name": "Ring", "orderNumber": "1001", "seller": AMAZON, "brand": "Goldsmith"}
    story.records.edit(story.vault, Kind.PURCHASE, ring, form)
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER, Kind.INVOICE, Kind.LICENSE))
    assert vendor.names() == {"Ring", "Rope"}
    before = counter(story)
    story.mark(ring)
    for record_id in story.hidden():
        assert [
            change for _, change, *_ in row_of(story, record_id.hex()) if change <= before
        ] == []
    with story.database.read() as conn:
        loot = Attacker(story.store.keys, steal(conn)).attack(*parsed([vendor.token]))
    assert loot.says("Rope")
    assert not any(loot.says(word) for word in ("Ring", "Goldsmith", "INV-1001", "99.00"))
    assert vendor.names() == {"Rope"}
    for kind in (Kind.ORDER, Kind.INVOICE, Kind.LICENSE):
        assert vendor.items(kind) == []


def test_a_record_comes_back_only_when_no_gift_remains_in_it(story: Story) -> None:
    """Two gifts of one order: the order returns with the second."""
    story.bring(*family())
    ids = story.ids()
    story.mark(ids["Ring"], ids["Rope"])
    story.unmark(ids["Ring"])
    assert shape(story) == {**ALL_OF_IT, "purchases": ["Rope"]}
    story.unmark(ids["Rope"])
    assert shape(story) == {}
    assert story.verification.verify(story.vault).problems == []


def test_two_sellers_with_one_order_number_are_kept_apart(story: Story) -> None:
    """A gift from one shop hides nothing of another that counts its orders alike."""
    lines = [one.replace(b"Ring", b"Lamp").replace(b"Rope", b"Bulb") for one in family(**CDW)]
    story.bring(*family())
    story.imports.confirm(story.vault, story.stage(*renamed(lines)))
    story.mark(story.ids()["Ring"])
    assert shape(story) == ALL_OF_IT
    assert len(story.hidden()) == 4


def renamed(lines: list[bytes]) -> list[bytes]:
    """The same lines under other source ids."""
    return [one.replace(b'"sourceId":"', b'"sourceId":"x').replace(b'["', b'["x') for one in lines]


def test_a_number_without_a_seller_counts_for_all(story: Story) -> None:
    """Where one side states no seller the number alone decides: too much is withheld, not less."""
    story.add(name="Ring", orderNumber="7")
    story.add(Kind.ORDER, orderNumber="7", seller=CDW)
    story.mark(story.ids()["Ring"])
    assert shape(story) == {"purchases": ["Ring"], "orders": ["7"]}


def test_a_license_named_by_its_invoice_moves_with_the_gift(story: Story) -> None:
    """It names neither purchase nor order, but the invoice that lists the gift."""
    story.bring(*family())
    party = {"seller": AMAZON, "invoiceNumber": "INV-1001"}
    story.add(Kind.LICENSE, name="Plug-in", keys=["BBBB-2222"], **party)
    story.add(Kind.LICENSE, name="Other", seller=AMAZON, invoiceNumber="INV-9")
    story.mark(story.ids()["Ring"])
    assert shape(story)["licenses"] == ["Plug-in", "Ring app"]
    story.add(Kind.LICENSE, name="Later", **party)
    assert shape(story)["licenses"] == ["Later", "Plug-in", "Ring app"]
    story.unmark(story.ids()["Ring"])
    assert shape(story) == {}
    assert len(story.hidden()) == 0, "the key came back too"


def test_the_keys_of_a_license_stand_where_it_stands(story: Story) -> None:
    """Also where the license took its number after the keys were added, or is moved by an edit."""
    license_id = story.add(Kind.LICENSE, name="Ring app", keys=["AAAA-1111"])
    story.records.edit(
        story.vault, Kind.LICENSE, license_id, {"name": "Ring app", "orderNumber": "7"}
    )
    other = story.add(Kind.LICENSE, name="Plug-in", keys=["BBBB-2222"])
    ring = story.add(name="Ring", orderNumber="7")
    story.mark(ring)
    assert len(story.hidden()) == 3
    story.records.edit(story.vault, Kind.LICENSE, other, {"name": "Plug-in", "orderNumber": "7"})
    assert len(story.hidden()) == 5
    assert story.records.license_keys(story.vault, other) == ["BBBB-2222"]
    story.unmark(ring)
    assert story.hidden() == set()


def test_what_is_added_by_hand_and_names_a_gift_is_hidden_at_once(story: Story) -> None:
    """Orders and invoices by hand go to the twin; a gift added by hand takes its own along."""
    story.add(Kind.ORDER, orderNumber="7")
    story.add(name="Ring", orderNumber="7", isGift=True)
    story.add(Kind.INVOICE, invoiceNumber="I-1", referencesOrder=["7"])
    assert shape(story) == {"purchases": ["Ring"], "orders": ["7"], "invoices": ["I-1"]}


def test_editing_neither_makes_nor_ends_a_gift(story: Story) -> None:
    """Only marking does: it moves whatever would betray the gift."""
    plain, gift = story.add(name="Rope"), story.add(name="Ring", isGift=True)
    story.records.edit(story.vault, Kind.PURCHASE, plain, {"name": "Rope", "isGift": True})
    story.records.edit(story.vault, Kind.PURCHASE, gift, {"name": "Gold ring", "isGift": False})
    story.records.edit(story.vault, Kind.PURCHASE, gift, {"name": "Gold ring", "orderNumber": "7"})
    assert shape(story) == {"purchases": ["Gold ring"]}
    story.add(Kind.ORDER, orderNumber="7")
    assert shape(story) == {"purchases": ["Gold ring"], "orders": ["7"]}


def test_unmarked_by_hand_stays_unmarked_through_every_import(story: Story) -> None:
    """The customer's word stands over the document's, whatever else the document changes."""
    stated: dict[str, Any] = {"orderNumber": "1", "isGift": True}
    story.bring(
        line(Kind.PURCHASE, "a", name="Ring", **stated), line(Kind.ORDER, "o", poNumber="1")
    )
    ring = story.ids()["Ring"]
    assert shape(story) == {"purchases": ["Ring"]}
    story.unmark(ring)
    story.bring(line(Kind.PURCHASE, "a", name="Gold ring", **stated))
    assert shape(story) == {}
    story.mark(ring)
    story.bring(line(Kind.PURCHASE, "a", name="Ring of gold", orderNumber="1"))
    assert shape(story) == {"purchases": ["Gold ring"]}


def test_a_gift_deleted_leaves_what_names_it_hidden(story: Story) -> None:
    """An order's total or an invoice's lines would still betray what is no longer there."""
    story.bring(*family())
    ring = story.ids()["Ring"]
    story.mark(ring)
    story.records.delete(story.vault, Kind.PURCHASE, [ring])
    assert shape(story) == {name: found for name, found in ALL_OF_IT.items() if name != "purchases"}
    assert row_of(story, ring) == []
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_marking_twice_and_marking_what_is_not_there(story: Story) -> None:
    """A second mark changes nothing; an unknown id, or another kind's, changes nothing either."""
    story.bring(*family())
    ids = story.ids()
    story.mark(ids["Ring"], ids["Ring"])
    before = counter(story)
    assert story.gifts.mark(story.vault, [ids["Ring"]]).moved == 0
    for bad in ("00" * 16, "zz", "", story.ids(Kind.ORDER)["1001"]):
        with pytest.raises(NotFound):
            story.mark(ids["Rope"], bad)
    assert counter(story) == before
    assert len(story.events("gifts_marked")) == 1


@sqlite_only
def test_the_consequence_counts_vendors_that_would_stop_seeing_it(story: Story) -> None:
    """Those that see gifts, and those that never saw it, do not count."""
    ring = story.add(name="Ring", seller=AMAZON)
    story.connect(story.terms(Kind.PURCHASE), "A")
    story.connect(story.terms(Kind.PURCHASE, gifts=True), "B")
    story.connect(story.terms(Kind.PURCHASE, fields=frozenset({"name"}), from_date="2030-01-01"))
    assert story.gifts.consequence(story.vault, [ring]) == 1
    assert story.gifts.mark(story.vault, [ring]).vendors == 1
    assert story.gifts.consequence(story.vault, [ring]) == 0
